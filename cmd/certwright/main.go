// Command certwright makes the TLS certificates of a Kubernetes cluster that is
// installed by hand: as a wizard on the whole screen, line by line, or without
// questions from an answers file.
//
// This package picks a door and prints how it ended. It decides nothing about
// certificates and asks no question itself.
package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/spf13/cobra"

	"certwright/pkigen/making/store"
)

func main() { os.Exit(run(os.Args[1:])) }

// run is the whole program, but for the exit.
func run(args []string) int {
	debug.SetMemoryLimit(memoryLimit)
	debug.SetGCPercent(gcPercent)
	p := &program{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, args: args, caught: context.Background()}
	root := p.command()
	root.SetArgs(singleDash(args))
	return p.exit(root.ExecuteContext(context.Background()))
}

// memoryLimit is where the collector begins to work harder. It is no bound: a
// cluster of 5,000 nodes was made with 320 MB in all, and took 550 without.
const memoryLimit = 300 << 20

// judgingLimit is the same for a judgement, which holds 350 MB of a cluster of
// 5,000 nodes: by memoryLimit the collector would never rest, and take as long as
// the rest.
const judgingLimit = 500 << 20

// gcPercent lets the heap of a short run grow to some twenty megabytes before
// the first collection; memoryLimit holds the long ones.
const gcPercent = 400

// program is the process around the commands: its streams and its environment.
type program struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(string) string
	verbose        bool     // print each file and certificate
	args           []string // of the command line, without the program
	// started is set once a command has begun its work: an error from before is
	// one of usage.
	started bool
	// recovered says what a run that was stopped had left, and how it was ended.
	recovered []string
	// caught is the context that signals end, once they are caught.
	caught context.Context
}

// command is the root with everything below it.
func (p *program) command() *cobra.Command {
	root := p.wizardCommand()
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SilenceUsage = true
	root.SilenceErrors = true
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(p.generateCommand(), p.adoptCommand(), p.renewCommand(), p.changeCommand(), p.rotateCommand(), p.protectCommand(), p.revokeCommand(), p.leakedCommand(), p.undoCommand(), p.historyCommand(), p.inspectCommand(), p.verifyCommand(), p.liveCommand(), p.certinfoCommand(), p.handoutCommand(), p.explainCommand(), p.labCommand())
	addVersion(root)
	p.addHelp(root)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" { // cobra prints its help for a shell that it does not know
			c.Args, c.RunE = cobra.ArbitraryArgs, subcommand
		}
	}
	return root
}

// work wraps what a command does, and notes that usage errors are over.
func (p *program) work(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		p.started = true
		if of := store.StandsInBackup(); of != "" && slices.ContainsFunc(args, func(a string) bool { return !filepath.IsAbs(a) }) {
			p.talk("note", "this shell stands in a backup of %s, since a run has replaced that folder: type `cd .` to see the new one", of)
		}
		return f(cmd, args)
	}
}
