package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/lab"
	"certwright/tui/text"
)

func (p *program) labCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lab",
		Short: "Make directories with planted faults for students, and mark their repair",
		Long: `Make directories with planted faults for students, and mark their repair.

Each student gets a set of certificates with keys of its own, in which faults are
planted, and a task sheet that tells what is seen and not why. The same seed gives
the same faults in the same places.`,
		Example: `  certwright lab list
  certwright lab new class --answers answers.yaml --students 30 --level 2 --key class-key.json
  certwright lab mark class --key class-key.json`,
		RunE: subcommand,
	}
	cmd.AddCommand(p.labListCommand(), p.labNewCommand(), p.labMarkCommand())
	return cmd
}

func (p *program) labListCommand() *cobra.Command {
	level, format := 0, "text"
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the faults that can be planted",
		Args:  arguments(0, 0),
		RunE: p.work(func(*cobra.Command, []string) error {
			if err := oneOf("--format", format, reportFormats); err != nil {
				return err
			}
			if err := checkLevel(level); err != nil {
				return err
			}
			return p.labList(level, format)
		}),
	}
	cmd.Flags().IntVar(&level, "level", 0, "only faults of this level: 1 easy, 2 medium, 3 hard")
	addFormat(cmd, &format, reportFormats)
	return cmd
}

func checkLevel(level int) error {
	if level != 0 && (level < lab.Easy || level > lab.Hard) {
		return usage("", "--level %d: 1 (easy), 2 (medium) or 3 (hard) is expected", level)
	}
	return nil
}

// labFault is one fault as lab list --format json prints it. Fields are only ever
// added to it.
type labFault struct {
	ID      string   `json:"fault"`
	Check   string   `json:"check"`
	Level   int      `json:"level"`
	Title   string   `json:"title"`
	Layouts []string `json:"layouts"`
	Needs   string   `json:"needs,omitempty"`
}

func (p *program) labList(level int, format string) error {
	out := []labFault{}
	for i := range lab.Faults {
		f := &lab.Faults[i]
		if level == 0 || level == f.Level {
			out = append(out, labFault{f.ID, f.Check().ID, f.Level, f.Title, f.Layouts, f.Needs})
		}
	}
	slices.SortStableFunc(out, func(a, b labFault) int { return a.Level - b.Level })
	if format == "json" {
		return p.printJSON(out)
	}
	t := text.Table{Columns: []text.Column{{Title: "FAULT"}, {Title: "LEVEL"}, {Title: "LAYOUTS", Min: 10}, {Title: "WHAT IS DONE", Min: 24}}}
	for _, f := range out {
		layouts, title := strings.Join(f.Layouts, ", "), f.Title
		if len(f.Layouts) == len(catalog.Layouts) {
			layouts = "any"
		}
		if f.Needs != "" {
			title += "; needs " + f.Needs
		}
		t.Rows = append(t.Rows, []string{f.ID, strconv.Itoa(f.Level), layouts, title})
	}
	return t.Write(p.stdout, p.width())
}
