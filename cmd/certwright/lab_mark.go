package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/lab"
	"certwright/steps"
	"certwright/tui/text"
)

// labMark is one call of lab mark.
type labMark struct {
	*program
	dir, keyFile, format string
	names                []string
	key                  *lab.Key // nil without one
}

func (p *program) labMarkCommand() *cobra.Command {
	l := &labMark{program: p}
	cmd := &cobra.Command{
		Use:   "mark DIR [STUDENT...]",
		Short: "Mark what students have repaired",
		Long: `Judge the directories of the given students, or of all, and give points: one for
each planted fault that is repaired, one less for each new problem. The exit code
is 1 where something is left to do. A directory that cannot be judged is said to be
so, and gets no points; the others are judged all the same.

The key of lab new says what was planted, and holds the answers by which is judged:
those in a student's directory may have been changed. It also tells a repair from
a set that was made again with another CA, which gets no points. Without a key
nothing but what is wrong now can be told.`,
		Example: `  certwright lab mark class --key class-key.json
  certwright lab mark class student07 --key class-key.json --format json`,
		Args: arguments(1, -1),
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			l.dir, l.names = args[0], unique(args[1:])
			return l.run(cmd.Context())
		}),
	}
	cmd.Flags().StringVar(&l.keyFile, "key", "", "the file that lab new wrote for the trainer")
	must(cmd.MarkFlagFilename("key", "json"))
	addFormat(cmd, &l.format, reportFormats)
	return cmd
}

func (l *labMark) run(ctx context.Context) error {
	if err := oneOf("--format", l.format, reportFormats); err != nil {
		return err
	}
	if err := l.readKey(); err != nil {
		return err
	}
	if err := l.students(); err != nil {
		return err
	}
	marks, err := (&pkigen.Class{Dir: l.dir}).Mark(ctx, l.names, l.key, l.answers)
	if err != nil {
		return err
	}
	if err := l.print(marks); err != nil {
		return err
	}
	if slices.ContainsFunc(marks, func(m *lab.Mark) bool { return !m.Right() }) {
		return &failure{code: exitFailed}
	}
	return nil
}

func (l *labMark) readKey() error {
	if l.keyFile == "" {
		return nil
	}
	data, err := pkigen.ReadFile(l.keyFile, lab.LargestKey, false)
	if err != nil {
		return &failure{code: exitUsage, err: err}
	}
	if l.key, err = lab.ParseKey(data); err != nil {
		return &failure{code: exitUsage, err: fmt.Errorf("%s: %w", text.Clean(l.keyFile), err)}
	}
	return nil
}

// students are those that were named; else those of the key, or all folders with
// a set.
func (l *labMark) students() error {
	for _, name := range l.names {
		if l.key != nil && l.key.Student(name) == nil {
			return usage("", "student %q is not in the key %q", name, l.keyFile)
		}
	}
	switch {
	case len(l.names) > 0:
	case l.key != nil:
		for _, s := range l.key.Students {
			l.names = append(l.names, s.Name)
		}
	default:
		sets, err := filepath.Glob(filepath.Join(l.dir, "*", pkigen.LabSet))
		if err != nil {
			return err
		}
		for _, s := range sets {
			l.names = append(l.names, filepath.Base(filepath.Dir(s)))
		}
	}
	if len(l.names) == 0 {
		return usage("certwright lab new makes one", "%q holds no student's directory", l.dir)
	}
	return nil
}

// answers are those of the key, or without one those that lie there; changed tells
// that the two differ.
func (l *labMark) answers(set string) (c *spec.Cluster, changed bool, err error) {
	file := pkigen.Dir(set).FindAnswers()
	var text []byte
	if file != "" {
		if text, _, err = pkigen.ReadAnswers(file); err != nil && l.key == nil {
			return nil, false, err
		}
	}
	have, bad := steps.ParseFile(file, text)
	if l.key == nil {
		if file == "" || len(bad) > 0 {
			return nil, false, errors.New("its answers are missing or cannot be read, and no --key has them")
		}
		return build(have.Answers.AsMade(set))
	}
	want, wrong := steps.ParseFile(l.keyFile, []byte(l.key.Answers))
	if len(wrong) > 0 {
		return nil, false, fmt.Errorf("the answers in the key: %w", wrong[0])
	}
	c, _, err = build(want.Answers.AsMade(set))
	return c, file == "" || len(bad) > 0 || string(have.Answers.YAML()) != string(want.Answers.YAML()), err
}

func build(a *steps.Answers) (*spec.Cluster, bool, error) {
	c, problems := steps.Build(a, time.Now())
	if errs := only(problems, problem.Error); len(errs) > 0 {
		return nil, false, fmt.Errorf("the answers: %s", errs[0].What())
	}
	return c, false, nil
}

func (l *labMark) print(marks []*lab.Mark) error {
	if l.format == "json" {
		return l.printJSON(marks)
	}
	t := text.Table{Columns: []text.Column{{Title: "STUDENT"}, {Title: "PLANTED"}, {Title: "STILL THERE", Min: 18}, {Title: "NEW", Min: 18}, {Title: "POINTS"}}}
	for _, m := range marks {
		var left []string
		for _, f := range m.Faults {
			if f.State != lab.Repaired {
				left = append(left, f.Label())
			}
		}
		t.Rows = append(t.Rows, []string{text.Clean(m.Student), fmt.Sprint(m.Of), lines(left), lines(m.New), fmt.Sprintf("%d of %d", m.Points, m.Of)})
	}
	if err := t.Write(l.stdout, l.width()); err != nil {
		return err
	}
	for _, m := range marks {
		for _, r := range m.Remarks {
			fmt.Fprintf(l.stdout, "%s: %s\n", text.Clean(m.Student), text.Clean(r))
		}
	}
	return nil
}

const mostMarked = 5

// lines are some words below each other, and how many more there are.
func lines(words []string) string {
	if len(words) == 0 {
		return "-"
	}
	var out []string
	for _, w := range words[:min(mostMarked, len(words))] {
		out = append(out, text.Clean(w))
	}
	if more := len(words) - len(out); more > 0 {
		out = append(out, spec.More(more))
	}
	return strings.Join(out, "\n")
}
