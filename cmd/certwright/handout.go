package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/tui/text"
)

// handoutCall is one call of the command.
type handoutCall struct {
	*program
	dir    string
	nodes  []string
	to     string
	format string
	force  bool

	ansible   string // folder for the playbooks
	inventory string // of the operator's
}

// toStdout is the value of --to for the standard output.
const toStdout = "-"

func (p *program) handoutCommand() *cobra.Command {
	h := &handoutCall{program: p}
	cmd := &cobra.Command{
		Use:   "handout DIR [NODE...]",
		Short: "Pack the files of each node into an archive for it, or hand them to Ansible",
		Long: `Pack the files of the given nodes, or of all nodes, into one archive per node.

Each archive is NODE.tar (0600), with modes and owned by root, and install.sh, which
root runs on the node in the folder where it was unpacked: every file that differs
takes its place by one rename, and what it replaces is kept. Do not unpack it in /:
programs that run would find their files missing. The same files give the same bytes.
The archives hold secrets: delete them when they are installed.

The folder for the archives is one that others cannot read (0700).

Nothing is packed that differs from the node's SHA256SUMS, or is not listed
there. With --to - the archive of one node goes to the standard output.

With --ansible nothing is packed: playbooks are written that bring each node its
files from DIR and restart what has to be restarted, one node after another. They
hold no secret. certwright help ansible says more.`,
		Example: `  certwright handout pki
  certwright handout pki master1 --to out
  ` + shell.Command("certwright handout pki master1 --to -").Pipe(pkigen.InstallOver("ssh root@master1")).String() + `
  certwright handout pki --ansible rollout
  certwright handout pki --ansible rollout --inventory hosts.yaml`,
		Args:              arguments(1, -1),
		ValidArgsFunction: completeHandout,
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			h.dir, h.nodes = args[0], unique(args[1:])
			return h.run(cmd.Context())
		}),
	}
	f := cmd.Flags()
	f.StringVar(&h.to, "to", "", "folder for the archives (default DIR-handout, made if it is not there); - for the standard output")
	f.BoolVar(&h.force, "force", false, "replace archives that are there, and playbooks that were edited")
	f.StringVar(&h.ansible, "ansible", "", "folder for playbooks that bring the files and restart programs, made if it is not there")
	f.StringVar(&h.inventory, "inventory", "", "inventory of yours, in YAML or INI, whose hosts the playbooks are for")
	addFormat(cmd, &h.format, reportFormats)
	must(cmd.MarkFlagDirname("to"))
	must(cmd.MarkFlagDirname("ansible"))
	return cmd
}

// handoutReport is what handout --format json prints, also for a run that
// failed. Fields are only ever added to it.
type handoutReport struct {
	Dir      string           `json:"dir"`
	To       string           `json:"to"`
	Archives []handoutArchive `json:"archives"`
	Missing  []string         `json:"missing,omitempty"` // nodes of the answers without files
	Install  string           `json:"install"`
	Error    *reportError     `json:"error,omitempty"`
}

type handoutArchive struct {
	Node    string `json:"node"`
	File    string `json:"file"`
	Files   int    `json:"files"`
	Secrets int    `json:"secrets"` // files that hold a private key or a token
	Size    int64  `json:"size"`
	SHA256  string `json:"sha256"`
}

func (h *handoutCall) run(ctx context.Context) error {
	if err := oneOf("--format", h.format, reportFormats); err != nil {
		return err
	}
	if err := h.checkAnsible(); err != nil {
		return err
	}
	if err := h.recoverFirst(h.dir, false); err != nil {
		return err
	}
	if h.ansible != "" {
		return h.playbooks(ctx)
	}
	if h.to == toStdout {
		return h.stream(ctx)
	}
	packed := &pkigen.Packed{}
	err := h.reported(h.format, func() (err error) {
		ctx, stop := h.catchSignals(ctx)
		defer stop()
		packed, err = h.packing().HandOut(ctx)
		return errors.Join(h.tellRemoved(packed.Removed), handoutFailure(err))
	}, func(failed *reportError) any { return h.report(packed, failed) })
	if err != nil || h.format == "json" {
		return err
	}
	if err := text.Handout(h.stdout, packed.Archives, h.width()); err != nil {
		return err
	}
	return h.tellOfNodes(packed, "delete its archive, and its folder here", "no archive was made")
}

// tellOfNodes says of a token that goes along, and of nodes that have files or answers
// only: what to do with the ones, and what the others do not have.
func (h *handoutCall) tellOfNodes(packed *pkigen.Packed, gone, without string) error {
	if err := h.tellOfToken(packed.Known); err != nil {
		return err
	}
	if len(packed.Unknown) > 0 {
		if err := text.Text(h.stderr, "! ", fmt.Sprintf("the answers do not name %s: where such a node is gone, %s", text.Clean(spec.List(packed.Unknown, 8)), gone), h.width()); err != nil {
			return err
		}
	}
	if len(packed.Missing) == 0 {
		return nil
	}
	return text.Text(h.stderr, "! ", fmt.Sprintf("no files lie here for %s, which the answers name, and so %s: %s makes them",
		text.Clean(spec.List(packed.Missing, 8)), without, shell.Command("certwright generate --dir").File(h.dir)), h.width())
}

func (h *handoutCall) packing() pkigen.Packing {
	return pkigen.Packing{Dir: h.dir, Nodes: h.nodes, To: h.to, Force: h.force, Known: func() *pkigen.Known { return h.knownOf(h.dir) }}
}

// tellOfToken says that a token goes along, and how that ends.
func (h *handoutCall) tellOfToken(known *pkigen.Known) error {
	if known == nil || !known.Cluster.HasToken() {
		return nil
	}
	return text.Text(h.stderr, "! ", "The bootstrap token is among the files: when all nodes have joined, "+shell.Command("certwright change").File(h.dir).Own("--end-bootstrap").String()+" takes it out of them.", h.width())
}

// stream writes the archive of one node to the standard output: the whole of it
// or, where the node's files are not as they should be, nothing.
func (h *handoutCall) stream(ctx context.Context) error {
	if h.format != "text" {
		return usage("leave out --format", "--to - writes the archive itself to the standard output, not %s", h.format)
	}
	if f, ok := h.stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return usage("certwright handout --help shows how it goes to the node by ssh", "an archive is not for a terminal: write --to - only before a pipe")
	}
	if len(h.nodes) != 1 {
		return usage("name one node behind the directory; without --to every node has an archive of its own",
			"--to - takes exactly one node, and here are %d", len(h.nodes))
	}
	packed, err := h.packing().Stream(ctx, h.nodes[0], h.stdout)
	if err != nil {
		return handoutFailure(err)
	}
	return h.tellOfToken(packed.Known)
}

func (h *handoutCall) report(p *pkigen.Packed, failed *reportError) handoutReport {
	r := handoutReport{Dir: h.dir, To: p.To, Archives: []handoutArchive{}, Missing: p.Missing, Install: p.Install.String(), Error: failed}
	for _, a := range p.Archives {
		r.Archives = append(r.Archives, handoutArchive(a))
	}
	return r
}

// handoutFailure gives an error of the backend its exit code and hint.
func handoutFailure(err error) error {
	var unknown *pkigen.UnknownNodeError
	var exists *pkigen.ArchiveExistsError
	var open *pkigen.OpenFolderError
	switch {
	case errors.As(err, &unknown):
		return &failure{code: exitUsage, err: err}
	case errors.As(err, &open):
		chmod := shell.Command("chmod 700").File(open.Folder)
		if open.Above {
			chmod = shell.Command("chmod o-w").File(open.Folder)
		}
		return &failure{code: exitRefused, err: err, hint: chmod.String() + " closes it; or name another folder with --to"}
	case errors.As(err, &exists):
		return &failure{code: exitRefused, err: err, hint: "to replace it, add --force; or name another folder with --to"}
	case errors.Is(err, syscall.EROFS):
		return &failure{code: exitFailed, err: err, hint: "name a folder that can be written with --to"}
	}
	return err
}

// tellRemoved says which folders of killed runs are gone.
func (p *program) tellRemoved(folders []string) error {
	for _, f := range folders {
		if _, err := fmt.Fprintf(p.stderr, "certwright: note: removed %q, which a killed run left\n", text.Clean(f)); err != nil {
			return err
		}
	}
	return nil
}

// unique drops names that are given again.
func unique(names []string) []string {
	var out []string
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// completeHandout offers directories, and behind one the nodes in it.
func completeHandout(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	nodes := slices.DeleteFunc(pkigen.Dir(args[0]).Nodes(), func(n string) bool { return slices.Contains(args[1:], n) })
	return nodes, cobra.ShellCompDirectiveNoFileComp
}
