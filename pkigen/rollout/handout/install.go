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
const InstallStream shell.Line = `d=$(mktemp -d) && tar -xpf - -C "$d" && sh "$d/install.sh" || { rm -rf "$d"; false; }`
