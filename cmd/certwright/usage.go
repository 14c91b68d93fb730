package main

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"certwright/pkigen/cluster/shell"
	"certwright/pkigen/cluster/spec"
)

// arguments takes as many of them as a command has, and names the one that is
// missing as its usage line does. A negative most is for any number.
func arguments(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		how := strings.TrimSpace(strings.TrimSuffix(cmd.CommandPath(), cmd.Name()) + cmd.Use)
		switch {
		case len(args) < least:
			return usage(how, "%s is missing", strings.Trim(strings.Fields(cmd.Use)[1+len(args)], "[]."))
		case least > 0 && strings.TrimSpace(args[0]) == "":
			return usage(how, "%s is empty", strings.Trim(strings.Fields(cmd.Use)[1], "[]."))
		case most >= 0 && len(args) > most:
			return usage(how, "%q is one argument too many", args[most])
		}
		return nil
	}
}

// subcommand is what a command does that only holds others: it says which there
// are, or which was meant.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := cmd.CommandPath() + " --help lists its commands"
	cmd.SuggestionsMinimumDistance = cmd.Root().SuggestionsMinimumDistance
	if meant := cmd.SuggestionsFor(args[0]); len(meant) > 0 {
		hint = "did you mean " + strings.Join(meant, " or ") + "?"
	}
	return usage(hint, "unknown command %q for %q", args[0], cmd.CommandPath())
}

// noDirectory says that a directory is not there, or cannot be looked at.
func noDirectory(dir string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return usage("name a directory that certwright has written", "%q cannot be read: %w", dir, err)
}

// flagError says which flag was meant by one that does not exist.
func flagError(cmd *cobra.Command, err error) error {
	hint := cmd.CommandPath() + " --help lists its flags"
	var not *pflag.NotExistError
	if errors.As(err, &not) && not.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, f.Name)
			}
		})
		if meant := spec.Nearest(not.GetSpecifiedName(), names, 2); meant != "" {
			hint = "did you mean --" + meant + "?"
		}
	}
	return usage(hint, "%w", err)
}

// isThere says how to see what lies in a directory.
func isThere(dir string) string {
	return shell.Command("certwright inspect").File(dir).String() + " shows what is there"
}
