package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/problem"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/store"
	"certwright/tui/text"
)

// inspectCall is one call of the command.
type inspectCall struct {
	*program
	format   string
	expiring string // "" for all certificates
	output   string // "" for stdout
	within   time.Duration
	now      time.Time
}

const formatMetrics = "prometheus"

var inspectFormats = []string{"table", "json", "certinfo", formatMetrics}

func (p *program) inspectCommand() *cobra.Command {
	var c inspectCall
	cmd := &cobra.Command{
		Use:   "inspect PATH...",
		Short: "Show the certificates in files, directories and kubeconfigs",
		Long: `Show every certificate in the given files and directories, those embedded in
kubeconfigs too: file, subject, usages, names, signer and the days left.

Nothing is changed. A file that cannot be read is shown with its reason, and the
exit code is 1 then.

With --expiring only what has to be seen to is shown, the most urgent first: what
has expired, what is not yet valid, and what expires within the time. A certificate
that lies in many places is shown once; what a kubelet has replaced and left
lying is only counted. The exit code is 1 where there is anything, where a file
cannot be read, and where no certificate is found; 0 where all is well. For two
levels of alarm ask twice: --expiring 1h fails for what has expired or is about to.

--format prometheus writes when each certificate begins and ends, for the textfile
collector of node_exporter: --output puts it in place in one step.`,
		Example: `  certwright inspect pki
  certwright inspect /etc/kubernetes --format json
  certwright inspect /etc/kubernetes /var/lib/kubelet/pki --expiring 30d
  certwright inspect /etc/kubernetes --format prometheus --output /var/lib/node_exporter/certwright.prom`,
		Args: arguments(1, -1),
		RunE: p.work(func(cmd *cobra.Command, paths []string) error {
			c.program, c.now = p, time.Now()
			if err := c.check(cmd); err != nil {
				return err
			}
			return c.run(cmd.Context(), paths)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&c.format, "format", "table", "table, json, certinfo (as cfssl-certinfo prints it), or prometheus")
	f.StringVar(&c.expiring, "expiring", "", "show only what expires within this time, such as 30d or 1y, has expired, or is not yet valid")
	f.StringVar(&c.output, "output", "", "write to this file, whole or not at all, instead of standard output")
	must(cmd.MarkFlagFilename("output"))
	completeValues(cmd, "format", inspectFormats)
	return cmd
}

func (c *inspectCall) check(cmd *cobra.Command) error {
	if err := oneOf("--format", c.format, inspectFormats); err != nil {
		return err
	}
	if cmd.Flags().Changed("output") && c.output == "" {
		return usage("", "--output %q names no file", c.output)
	}
	if !cmd.Flags().Changed("expiring") {
		return nil
	}
	var problems []problem.Problem
	if c.within, problems = spec.ParseDuration("--expiring", c.expiring); len(problems) > 0 {
		return usage(problems[0].Fix(), "--expiring: %s", problems[0].What())
	}
	return nil
}

func (c *inspectCall) run(ctx context.Context, paths []string) error {
	for _, path := range paths {
		if err := c.recoverFirst(path, false); err != nil {
			return err
		}
	}
	var watch *pkigen.Watch
	if c.within > 0 || c.format == formatMetrics { // whoever watches, watches what is in use
		watch = &pkigen.Watch{Within: c.within, Now: c.now}
	}
	found, err := pkigen.Inspect(ctx, paths, watch)
	if err != nil {
		return err
	}
	if found.Expiring != nil {
		c.links(found.Expiring.Links)
	}
	if err := c.into(func(p *program) error { return p.printFound(found, c.format, c.now) }); err != nil {
		return err
	}
	if found.Expiring != nil {
		return expiringVerdict(found)
	}
	// A person sees that a scan was cut off; a monitoring system only sees the exit code.
	if found.Unread(c.format == formatMetrics, func(string, string) {}) {
		return &failure{code: exitFailed}
	}
	return nil
}

// expiringVerdict is nil where there is nothing to see to.
func expiringVerdict(found *pkigen.Inspection) error {
	switch r := found.Expiring; {
	case r.Quiet():
		return nil
	case r.Certificates+r.Superseded == 0 && len(r.Unread) == 0:
		return &failure{exitFailed, "name the folders in which certificates lie", errors.New("no certificate was found: there is nothing to watch")}
	}
	return &failure{code: exitFailed}
}

// links says which directories were not looked into.
func (c *inspectCall) links(dirs []string) {
	const most = 5
	for _, d := range dirs[:min(len(dirs), most)] {
		c.talk("note", "%s is a link to a directory and was not followed: name it too, if its certificates count", d)
	}
	if n := len(dirs) - most; n > 0 {
		c.talk("note", "and so are %s", spec.Count(n, "other", "others"))
	}
}

// into lets print write to stdout, or into the file that was named.
func (c *inspectCall) into(print func(*program) error) error {
	if c.output == "" {
		return print(c.program)
	}
	var out bytes.Buffer
	p := *c.program
	p.stdout = &out
	if err := print(&p); err != nil {
		return err
	}
	if c.format == formatMetrics && filepath.Ext(c.output) != ".prom" {
		c.talk("note", "%s: node_exporter collects only files with names that end in .prom", c.output)
	}
	err := store.WriteFile(c.output, out.Bytes(), 0o644)
	if errors.Is(err, fs.ErrNotExist) {
		return &failure{exitFailed, "make the folder first", err}
	}
	return err
}

func (p *program) printFound(found *pkigen.Inspection, format string, now time.Time) error {
	broken := func(file, why string) { p.errorf("%s: %s", file, why) }
	switch {
	case format == "json":
		return p.printJSON(found.JSON())
	case format == "certinfo":
		return found.CertInfo(p.stdout, broken)
	case format == formatMetrics:
		found.Unread(true, broken) // the metrics only count them
		return found.Metrics(p.stdout, now)
	case found.Expiring != nil:
		return text.Expiring(p.stdout, found.Expiring, p.width())
	}
	return text.Inspect(p.stdout, found.Entries, now, p.width())
}

// printJSON prints a value for machines.
func (p *program) printJSON(v any) error { return text.JSON(p.stdout, v) }
