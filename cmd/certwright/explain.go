package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/plan"
	"certwright/steps"
	"certwright/tui/text"
)

// explainer is one call of the command.
type explainer struct {
	*program
	answers string
	layout  string
	format  string
	chosen  bool   // --layout was given
	live    bool   // look at the running cluster
	reach   string // a key that somebody else may have
	dir     string // the directory that was named
}

var explainFormats = []string{"text", "mermaid", "json"}

func (p *program) explainCommand() *cobra.Command {
	e := &explainer{program: p}
	cmd := &cobra.Command{
		Use:   "explain [DIR] [FILE|NAME...|ERROR|-]",
		Short: "Draw who shows which certificate to whom, or say what an error about certificates means",
		Long: `Draw the connections of a cluster: who dials whom, which certificate each side
shows, by which CA and flag the other side checks it, and which error one sees
where that fails.

Behind it stand files (in a directory, or as they lie on a node), certificates,
CAs or programs; without them the whole cluster is drawn. The cluster is that of
the answers.yaml in DIR, or of --answers; without both it is drawn in general.

With --reach and a private key, a kubeconfig, a name or a node it draws what whoever
has that key can open, and says what shuts him out.

Given an error text, or with - the lines of a log on the standard input, it says
what the error means, which side prints it and which has the fault, what may have
caused it, the likeliest first, and what fixes it. With DIR it is held against the
files there, and with --live against what the running cluster shows now. It ends with 1 where the text
holds no error that it knows.`,
		Example: `  certwright explain pki
  certwright explain pki /etc/kubernetes/pki/apiserver.crt
  certwright explain apiserver-etcd-client
  certwright explain pki --reach ~/found/admin.conf
  certwright explain --layout single-ca etcd
  certwright explain pki --format mermaid > trust.mmd
  certwright explain "x509: certificate is valid for 10.254.0.1, not 192.168.214.91"
  certwright explain --live pki "tls: failed to verify certificate: x509: certificate has expired or is not yet valid"
  journalctl -u kube-apiserver | certwright explain -`,
		ValidArgsFunction: e.complete,
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			e.chosen = cmd.Flags().Changed("layout")
			return e.run(cmd.Context(), args)
		}),
	}
	addAnswers(cmd, &e.answers)
	f := cmd.Flags()
	f.StringVar(&e.layout, "layout", "three-ca", "layout to explain where there are no answers")
	f.BoolVar(&e.live, "live", false, "with DIR and an error: rank the causes by what the running cluster shows now")
	f.StringVar(&e.format, "format", "text", "text, mermaid (a flowchart for documents) or json")
	f.StringVar(&e.reach, "reach", "", "a private key, kubeconfig or name: draw what whoever has it can open, and say what shuts him out")
	completeValues(cmd, "layout", layoutNames())
	completeValues(cmd, "format", explainFormats)
	return cmd
}

// reached is the map of what a key opens, with what is known of it.
type reached struct {
	Map   any `json:"map"`
	Leaks any `json:"leaks"`
}

// explainReach draws what whoever has a key can open.
func (e *explainer) explainReach(l *catalog.Layout, c *spec.Cluster) error {
	if e.dir == "" {
		return usage("such as certwright explain pki --reach admin.conf", "--reach is about the keys of a directory: name it")
	}
	job := pkigen.Job{Dir: e.dir, Cluster: c, Now: time.Now}
	found, _, err := job.Leaked([]string{e.reach})
	if err != nil {
		return usage("", "%w", err)
	}
	var names []string
	for _, k := range found.Leaks {
		names = append(names, k.Name)
	}
	m, unknown := pkigen.Trust(l, c, names...)
	switch {
	case unknown != "":
		return unknownName(unknown, m.Names())
	case e.format == "json":
		return e.printJSON(reached{m, found.Leaks})
	case e.format == "mermaid":
		_, err := e.stdout.Write([]byte(m.Mermaid()))
		return err
	}
	if err := text.Leaks(e.stdout, found, e.width()); err != nil {
		return err
	}
	return text.Trust(e.stdout, m, e.width())
}

func layoutNames() []string {
	var out []string
	for _, l := range catalog.Layouts {
		out = append(out, l.Name)
	}
	return out
}

func (e *explainer) run(ctx context.Context, args []string) error {
	if err := oneOf("--format", e.format, explainFormats); err != nil {
		return err
	}
	if err := oneOf("--layout", e.layout, layoutNames()); err != nil {
		return err
	}
	for _, arg := range args {
		if err := e.recoverFirst(arg, false); err != nil {
			return err
		}
	}
	if a, err := e.errorText(args); err != nil {
		return err
	} else if a != nil {
		return e.explainError(ctx, a)
	}
	if e.live {
		return usage("such as "+shell.Command("certwright explain --live pki").Word("x509: certificate signed by unknown authority").String(), "--live is for an error: name the directory and the text")
	}
	args, err := e.findAnswers(args)
	if err != nil {
		return err
	}
	cluster, err := e.cluster()
	if err != nil {
		return err
	}
	layout, ok := catalog.LayoutOf(cluster)
	if !ok {
		return usage("", "layout %q is not known: write one of %s", cluster.Layout, strings.Join(layoutNames(), ", "))
	}
	if e.reach != "" {
		return e.explainReach(layout, cluster)
	}
	m, unknown := pkigen.Trust(layout, cluster, args...)
	if unknown != "" {
		return unknownName(unknown, m.Names())
	}
	switch e.format {
	case "json":
		return e.printJSON(m)
	case "mermaid":
		_, err := e.stdout.Write([]byte(m.Mermaid()))
		return err
	}
	return text.Trust(e.stdout, m, e.width())
}

// findAnswers takes the directory off the front of the arguments, and its
// answers file where none is given.
func (e *explainer) findAnswers(args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	info, err := os.Stat(args[0])
	if err != nil || !info.IsDir() {
		return args, nil
	}
	file := pkigen.Dir(args[0]).FindAnswers()
	if file == "" {
		if e.knows(args[0]) {
			return args, nil // a folder that happens to be called "etcd"
		}
		if e.answers == "" && !e.chosen {
			return nil, usage("name the file of its answers with --answers, or its layout with --layout",
				"%q holds no %s, so that its layout is not known", args[0], plan.AnswersFile)
		}
		e.dir = args[0]
		return args[1:], nil
	}
	if e.answers == "" && !e.chosen {
		e.answers = file
	}
	e.dir = args[0]
	return args[1:], nil
}

// knows reports whether a word is a name of the map, whatever the cluster.
func (e *explainer) knows(word string) bool {
	return slices.Contains(e.names(), word)
}

// cluster is that of the answers, or one without nodes that stands for all.
func (e *explainer) cluster() (*spec.Cluster, error) {
	if e.answers == "" {
		c, _ := steps.Build(steps.NewAnswers(), time.Now()) // the defaults: what is missing is not drawn
		c.Layout, c.Nodes = e.layout, nil
		return c, nil
	}
	if e.chosen {
		return nil, usage("leave out --layout", "the answers say the layout, so --layout cannot")
	}
	given, err := e.readAnswers(e.answers, nil)
	if err != nil {
		return nil, err
	}
	c, problems := steps.Build(given.answers(), time.Now())
	return c, e.complain(given, only(problems, problem.Error))
}

func unknownName(name string, known []string) error {
	hint := "certificates, CAs and programs are known, and files of this cluster; without a name the whole cluster is drawn"
	if near := spec.Nearest(name, known, 3); near != "" {
		hint = "did you mean " + near + "?"
	}
	return usage(hint, "%q is no certificate, file or program of this cluster", name)
}

// complete offers the names of the map besides files.
func (e *explainer) complete(_ *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return e.names(), cobra.ShellCompDirectiveDefault
}

// names are those of the map, whatever the cluster.
func (e *explainer) names() []string {
	l, ok := catalog.FindLayout(e.layout)
	if !ok {
		return nil
	}
	m, _ := pkigen.Trust(l, &spec.Cluster{})
	return m.Names()
}
