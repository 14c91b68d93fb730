package handout

import (
	"archive/tar"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"time"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/render"
)

// earliest is the time of the files of a node without a certificate: GNU tar
// warns about the year 1970.
var earliest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Write writes the node's archive: tar in its POSIX form (ustar, and pax where a
// path is longer than ustar holds), paths relative to the root of the node and
// sorted, modes as they lie on the disk, owned by root, and behind them the script
// that installs them. The time of each lies in the week before the newest certificate
// became valid, and hangs on its bytes: the same tree gives the same archive, and who
// compares files by their times, as rsync and Ansible do, sees those that differ.
//
// Folders that belong to the node's system, such as etc and var/lib, are not
// entries of their own: unpacking would set their mode and time, and put a
// folder in the place of a link such as /lib.
func (n *Node) Write(w io.Writer) error {
	t := tar.NewWriter(w)
	made := n.made()
	for _, i := range append(slices.Clone(n.items), item{installFile, 0o644, installScript}) {
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: i.path, Mode: int64(i.mode.Perm()), Size: int64(len(i.data)),
			Uname: "root", Gname: "root", ModTime: timeOf(made, render.SumOf(i.data)),
		}
		if i.mode.IsDir() {
			h.Typeflag, h.Name, h.ModTime = tar.TypeDir, i.path+"/", made
		}
		if err := t.WriteHeader(h); err != nil {
			return fmt.Errorf("archive of %s: %q: %w", n.Name, i.path, err)
		}
		if _, err := t.Write(i.data); err != nil {
			return fmt.Errorf("archive of %s: %q: %w", n.Name, i.path, err)
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("archive of %s: %w", n.Name, err)
	}
	return nil
}

// spread is how far the times of files that differ may lie apart.
const spread = 7 * 24 * time.Hour

// timeOf is the time of bytes in an archive: all but never the same for two sums, in
// whole seconds, since that is all that many compare.
func timeOf(made time.Time, sum render.Sum) time.Time {
	n := binary.BigEndian.Uint64(sum[:8]) % uint64(spread/time.Second)
	return made.Add(-time.Duration(n) * time.Second)
}

// made is when the newest certificate of the node became valid.
func (n *Node) made() time.Time {
	newest := earliest
	for _, i := range n.items {
		certs, _ := pkey.Certificates(i.data)
		for _, c := range certs {
			if c.NotBefore.After(newest) {
				newest = c.NotBefore
			}
		}
	}
	return newest.UTC()
}

// systemFolders are the folders that a node has before it is one: those of the
// Filesystem Hierarchy Standard, and what distributions keep certificates and
// units in.
var systemFolders = map[string]bool{
	"bin": true, "boot": true, "dev": true, "etc": true, "home": true, "lib": true, "lib32": true, "lib64": true, "libx32": true,
	"media": true, "mnt": true, "opt": true, "proc": true, "root": true, "run": true, "sbin": true, "srv": true, "sys": true,
	"tmp": true, "usr": true, "var": true,
	"etc/default": true, "etc/opt": true, "etc/pki": true, "etc/pki/tls": true, "etc/pki/tls/certs": true, "etc/pki/tls/private": true,
	"etc/ssl": true, "etc/ssl/certs": true, "etc/ssl/private": true, "etc/sysconfig": true, "etc/systemd": true, "etc/systemd/system": true,
	"usr/bin": true, "usr/etc": true, "usr/lib": true, "usr/lib64": true, "usr/libexec": true, "usr/sbin": true, "usr/share": true, "usr/src": true,
	"usr/local": true, "usr/local/bin": true, "usr/local/etc": true, "usr/local/lib": true, "usr/local/sbin": true, "usr/local/share": true,
	"var/cache": true, "var/lib": true, "var/local": true, "var/lock": true, "var/log": true, "var/opt": true, "var/run": true,
	"var/spool": true, "var/tmp": true,
}

func ofTheSystem(folder string) bool { return systemFolders[folder] }
