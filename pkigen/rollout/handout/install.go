package handout

import (
	_ "embed"

	"certwright/pkigen/cluster/shell"
)

// installFile is the name in an archive of the script that installs it.
const installFile = "install.sh"

// installScript puts the files of an unpacked archive into their places.
//
//go:embed install.sh
var installScript []byte

// InstallScript is the script that puts a node's files into their places, from the folder
// in which it lies beside them.
func InstallScript() []byte { return installScript }

// Install is what root runs on a node, in a shell, to install an archive that lies
// there. Unpacked over the files of running programs, tar would take each away before
// it writes the new one: kube-apiserver then stops watching its files, and etcd
// refuses handshakes.
func Install(archive string) shell.Line {
	return shell.Command("mkdir new && tar -xpf").File(archive).Own("-C new && sh new/install.sh")
}

// InstallArchive is what root runs on a node to install its archive.
var InstallArchive = Install("NODE.tar")

// InstallStream is Install for an archive that comes on the standard input. Of one
// that is cut off nothing is left either.
const InstallStream = unpackStream + " " + fillStream + " " + runStream + " " + clearStream

// The words of InstallStream, none of them longer than a line of a narrow terminal.
const (
	unpackStream shell.Line = `d=$(mktemp -d) &&`
	fillStream   shell.Line = `tar -xpf - -C "$d" &&`
	runStream    shell.Line = `sh "$d/install.sh" ||`
	clearStream  shell.Line = `{ rm -rf "$d"; false; }`
)

// InstallOver does InstallStream on the node to which ssh leads, which sets the words it
// is given side by side. So the command can be broken into lines between them.
func InstallOver(ssh shell.Line) shell.Line {
	for _, word := range []shell.Line{unpackStream, fillStream, runStream, clearStream} {
		ssh = ssh.Typed(word.String())
	}
	return ssh
}
