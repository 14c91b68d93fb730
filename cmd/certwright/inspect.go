package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/cluster/visible"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/expiry"
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
has ended, what does not hold yet, and what ends within the time. A certificate
that lies in many places is shown once; what a kubelet has replaced and left
lying is only counted. The exit code is 1 where there is anything, where a file
cannot be read, and where no certificate is found; 0 where all is well. For two
levels of alarm ask twice: --expiring 1h fails for what has ended or is about to.

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
	f.StringVar(&c.expiring, "expiring", "", "show only what ends within this time, such as 30d or 1y, has ended, or does not hold yet")
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
	var problems []spec.Problem
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
	limit := certinfo.Everything
	if c.within > 0 || c.format == formatMetrics {
		limit = certinfo.Watch
	}
	entries, err := certinfo.ScanContext(ctx, paths, limit)
	if err != nil {
		return err
	}
	backups := 0
	if limit.Keep != nil { // whoever watches, watches what is in use
		entries, backups = withoutBackups(entries, paths)
	}
	verdict := error(nil)
	write := func(p *program) error { return p.printEntries(entries, c.format, c.now) }
	if c.within > 0 {
		r := expiry.Look(entries, c.now, c.within)
		r.Backups = backups
		c.links(r.Links)
		verdict = expiringVerdict(r)
		write = func(p *program) error { return p.printExpiring(entries, r, c.format) }
	} else if failed(entries, c.format) {
		verdict = &failure{code: exitFailed}
	}
	if err := c.into(write); err != nil {
		return err
	}
	return verdict
}

// failed reports whether something could not be read. A person sees that a scan
// was cut off; a monitoring system only sees the exit code.
func failed(entries []certinfo.Entry, format string) bool {
	for i := range entries {
		if e := &entries[i]; e.Error != "" || format == formatMetrics && e.Cut() {
			return true
		}
	}
	return false
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

func (p *program) printEntries(entries []certinfo.Entry, format string, now time.Time) error {
	switch format {
	case "json":
		if entries == nil {
			entries = []certinfo.Entry{}
		}
		return p.printJSON(entries)
	case "certinfo":
		return p.printCertinfo(entries)
	case formatMetrics:
		return p.printMetrics(entries, now)
	}
	return text.Inspect(p.stdout, entries, now, p.width())
}

// printCertinfo prints each certificate as cfssl-certinfo would, one after the
// other. What is not a certificate is left out; what is broken is told on stderr.
func (p *program) printCertinfo(entries []certinfo.Entry) error {
	for _, e := range entries {
		switch {
		case e.Error != "":
			p.errorf("%s: %s", e.File, e.Error)
		case e.Kind == certinfo.Certificate:
			out, err := e.CFSSL()
			if err != nil {
				return fmt.Errorf("%s: %w", e.File, err)
			}
			if _, err := p.stdout.Write(out); err != nil {
				return err
			}
		}
	}
	return nil
}

// printJSON prints a value for machines: indented, without HTML escapes. People read
// it on a terminal too, so that what would act there is escaped.
func (p *program) printJSON(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := p.stdout.Write(visible.JSON(b.Bytes()))
	return err
}
