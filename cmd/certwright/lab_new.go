package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/lab"
	"certwright/steps"
	"certwright/tui/text"
)

// labNew is one call of lab new.
type labNew struct {
	*program
	dir, answers, keyFile string
	students              string
	selection             lab.Selection
	seed                  uint64

	given   *given
	cluster *spec.Cluster
}

const defaultFaults = 3

func (p *program) labNewCommand() *cobra.Command {
	l := &labNew{program: p}
	var seed string
	cmd := &cobra.Command{
		Use:   "new DIR [--answers FILE]",
		Short: "Make a directory with planted faults for each student",
		Long: `Make DIR/STUDENT for each student: the folder pki with a set of certificates by
the answers, with keys of its own and with planted faults, and TASK.md, which says
what is seen and what is to be done.

Which faults are where is printed here, and written to --key, which lab mark needs;
it is not found in the student's directory, where all files have one time and the
sums are made again. Keep the key and the seed outside of DIR: who knows the seed
can plant the same.

Without --answers they are those in DIR/answers.yaml.`,
		Example: `  certwright lab new class --answers answers.yaml --students 30 --key class-key.json
  certwright lab new class --answers answers.yaml --students ann,ben --faults expired,san-missing
  certwright lab new class --answers answers.yaml --level 3 --count 2`,
		Args: arguments(1, 1),
		RunE: p.work(func(cmd *cobra.Command, args []string) error {
			l.dir = args[0]
			if err := l.settle(seed); err != nil {
				return err
			}
			if len(l.selection.IDs) > 0 && (cmd.Flags().Changed("level") || cmd.Flags().Changed("count")) {
				return usage("", "--faults names the faults: leave out --level and --count")
			}
			return l.run(cmd.Context())
		}),
	}
	addAnswers(cmd, &l.answers)
	f := cmd.Flags()
	f.StringVar(&l.students, "students", "1", "how many students, or their names, separated by commas")
	f.StringSliceVar(&l.selection.IDs, "faults", nil, "the faults to plant, by their names in certwright lab list")
	f.IntVar(&l.selection.Level, "level", 0, "plant faults of this level: 1 easy, 2 medium, 3 hard (default any)")
	f.IntVar(&l.selection.Count, "count", defaultFaults, "how many faults to plant for each student")
	f.StringVar(&seed, "seed", "", "number that settles which faults go where (default a random one)")
	f.StringVar(&l.keyFile, "key", "", "file for what lab mark has to know, outside of DIR; holds no private key")
	must(cmd.RegisterFlagCompletionFunc("faults", completeFaults))
	return cmd
}

// settle takes the seed that was given, or a random one.
func (l *labNew) settle(seed string) (err error) {
	if seed == "" {
		l.seed = rand.Uint64() >> 11 // more than anybody tries out, and whole in any JSON
		return nil
	}
	if l.seed, err = strconv.ParseUint(seed, 10, 64); err != nil {
		return usage("leave it out, and one is drawn", "--seed %q is no seed: a whole number from 0 on is expected", seed)
	}
	return nil
}

// completeFaults offers the faults.
func completeFaults(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for i := range lab.Faults {
		names = append(names, cobra.CompletionWithDesc(lab.Faults[i].ID, lab.Faults[i].Title))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (l *labNew) run(ctx context.Context) error {
	if err := l.cleanUp(); err != nil {
		return err
	}
	names, err := l.check()
	if err != nil {
		return err
	}
	if l.given, err = l.readAnswers(l.answers, nil); err != nil {
		return err
	}
	var problems []problem.Problem
	l.cluster, problems = steps.Build(l.given.answers(), time.Now())
	if err := l.complain(l.given, only(problems, problem.Error)); err != nil {
		return err
	}
	ctx, stop := l.catchSignals(ctx)
	defer stop()
	class := l.class()
	class.Made = func(_ string, done int) { l.progress(done, len(names)) }
	key, err := class.Make(ctx, names)
	switch {
	case errors.As(err, new(*pkigen.TakenError)):
		return &failure{code: exitRefused, err: err}
	case err != nil:
		return err
	}
	return l.tell(key)
}

// progress is one line: it is written over on a terminal, and else once, at the end.
func (l *labNew) progress(done, of int) {
	end := "\n"
	switch {
	case done < of && !isTerminal(l.stderr):
		return
	case done < of:
		end = ""
	}
	line := fmt.Sprintf("%d of %s made", done, spec.Count(of, "student", "students"))
	if isTerminal(l.stderr) {
		line = "\r" + line
	}
	fmt.Fprint(l.stderr, line+end)
}

// cleanUp removes what killed runs have left in the students' directory.
func (l *labNew) cleanUp() error {
	names, err := (&pkigen.Class{Dir: l.dir}).CleanUp()
	return errors.Join(l.tellRemoved(names), err)
}

// check judges the flags, before anything is made.
func (l *labNew) check() ([]string, error) {
	if l.answers == "" {
		l.answers = pkigen.Dir(l.dir).Answers()
		if _, err := os.Lstat(l.answers); err != nil {
			return nil, usage("certwright asks the questions, and writes an answers file when it is done", "--answers is missing, and there is no %s", l.answers)
		}
	}
	if err := checkLevel(l.selection.Level); err != nil {
		return nil, err
	}
	if l.selection.Count < 1 || l.selection.Count > len(lab.Faults) {
		return nil, usage("", "--count %d: 1 to %d faults are expected", l.selection.Count, len(lab.Faults))
	}
	for i, id := range l.selection.IDs {
		switch {
		case lab.Find(id) == nil:
			return nil, usage("certwright lab list shows them", "--faults: %q is no fault that is known", id)
		case slices.Contains(l.selection.IDs[:i], id):
			return nil, usage("name each once", "--faults: %q is there twice, and is planted once in a directory", id)
		}
	}
	names, err := studentNames(l.students)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		p := filepath.Join(l.dir, name)
		if _, err := os.Lstat(p); err == nil {
			return nil, &failure{exitRefused, "choose another directory, or move it away", fmt.Errorf("%q is there already, and is not written over", p)}
		}
	}
	return names, l.checkKey()
}

// checkKey refuses a key where students would find it, or where one is.
func (l *labNew) checkKey() error {
	if l.keyFile == "" {
		return nil
	}
	key, err := filepath.Abs(l.keyFile)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(l.dir)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(dir, key); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return usage("such as --key "+l.dir+"-key.json", "--key %q lies in the students' directory: it holds the answers", l.keyFile)
	}
	if _, err := os.Lstat(key); err == nil {
		return &failure{exitRefused, "it is what an earlier lab is marked by", fmt.Errorf("%q is there already, and is not written over", l.keyFile)}
	}
	return nil
}

// studentName is what may stand in paths everywhere.
var studentName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

const mostStudents = 1000

// studentNames are the names that were given, or student01 and so on.
func studentNames(text string) ([]string, error) {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > mostStudents {
			return nil, usage("", "--students %d: 1 to %d students are expected", n, mostStudents)
		}
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("student%0*d", max(2, len(text)), i+1))
		}
		return out, nil
	}
	var out []string
	for _, name := range strings.Split(text, ",") {
		name = strings.TrimSpace(name)
		switch {
		case !studentName.MatchString(name):
			return nil, usage("", "--students: %q is no name for a directory: letters, digits, \".\", \"_\" and \"-\" are expected", name)
		case slices.Contains(out, name):
			return nil, usage("", "--students names %q twice", name)
		}
		out = append(out, name)
	}
	return out, nil
}

// testOnlyLabStep is called before each step of lab new.
var testOnlyLabStep = func(string) {}

// class is what the answers and the flags ask for.
func (l *labNew) class() *pkigen.Class {
	a := l.given.answers()
	c := &pkigen.Class{Dir: l.dir, KeyFile: l.keyFile, Cluster: l.cluster, Answers: a.Replay(), Selection: l.selection, Seed: l.seed, Step: testOnlyLabStep}
	if !a.InSet() {
		c.Beside = pkigen.Dir(pkigen.LabSet).AnswersBeside()
	}
	return c
}

// tell prints what the trainer has to know.
func (l *labNew) tell(key *lab.Key) error {
	t := text.Table{Columns: []text.Column{{Title: "STUDENT"}, {Title: "FAULT"}, {Title: "WHERE", Min: 30}}}
	for _, s := range key.Students {
		for _, f := range s.Faults {
			t.Rows = append(t.Rows, []string{text.Clean(s.Name), f.ID, fewFiles(f.Files)})
		}
	}
	if err := t.Write(l.stdout, l.width()); err != nil {
		return err
	}
	fmt.Fprintf(l.stdout, "\nSeed %d: --seed %d plants the same faults in the same places again.\n"+
		"Each student gets DIR/STUDENT: the folder pki and TASK.md.\n", key.Seed, key.Seed)
	if l.keyFile == "" {
		_, err := fmt.Fprintln(l.stdout, "Without --key, lab mark cannot tell planted faults from new ones.")
		return err
	}
	_, err := fmt.Fprintf(l.stdout, "Marked by: %s\n", shell.Command("certwright lab mark").File(l.dir).Own("--key").File(l.keyFile))
	return err
}

// fewFiles names the first of some files.
func fewFiles(files []string) string {
	if len(files) < 2 {
		return strings.Join(files, "")
	}
	return files[0] + " " + spec.More(len(files)-1)
}
