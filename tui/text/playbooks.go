package text

import (
	"io"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
)

// Playbooks prints how the playbooks in a folder are run. inventory is the operator's, ""
// for none.
func Playbooks(w io.Writer, to, inventory string, files int, width int) error {
	p := newPrinter(w, width)
	p.text("", spec.Count(files, "file", "files")+" for Ansible in "+Clean(to)+"; none of them holds a secret.")
	p.line("First look at what would be installed, then install it, then restart:")
	with := shell.Command("ansible-playbook")
	if inventory != "" {
		with = with.Own("-i").File(inventory)
	}
	with = with.Own("-i").File(to + "/inventory.yaml")
	p.command("  ", with.File(to+"/handout.yaml").Own("--check"))
	p.command("  ", with.File(to+"/handout.yaml"))
	p.command("  ", with.File(to+"/restart.yaml"))
	p.text("", "Its README.md says what they do, and what is yours to set.")
	return p.end()
}
