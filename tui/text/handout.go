package text

import (
	"fmt"
	"io"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/rollout/handout"
)

// Handout prints where each node's archive lies, what is in it, and how it is
// installed.
func Handout(w io.Writer, archives []handout.Archive, width int) error {
	p := newPrinter(w, width)
	table := Table{Columns: []Column{{Min: 20}, {}, {}}}
	secrets := 0
	for _, a := range archives {
		secrets += a.Secrets
		table.Rows = append(table.Rows, []string{Clean(a.File), handoutContent(a), fmt.Sprintf("%d KiB", (a.Size+1023)/1024)})
	}
	p.table("", table)
	p.line("Install each on its own node, as root:")
	p.command("  ", handout.InstallArchive)
	p.text("", "It checks the files against their sums, renames each that differs into its place, and keeps what it replaces below /var/lib/certwright.")
	if secrets > 0 {
		p.text("! ", "Each archive holds the secrets of its node: bring it there over a safe way such as scp, "+
			"and delete it here and there when it is installed.")
	}
	return p.end()
}

// handoutContent is "28 files, 9 of them secret (0600)".
func handoutContent(a handout.Archive) string {
	text := spec.Count(a.Files, "file", "files")
	if a.Secrets > 0 {
		text += ", " + secrets(a.Files, a.Secrets) + secretMode
	}
	return text
}
