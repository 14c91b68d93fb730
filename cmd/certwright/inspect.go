package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"certwright/pkigen/certinfo"
	"certwright/tui/plain"
)

func (p *program) inspectCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "inspect PATH...",
		Short: "Show the certificates in files, directories and kubeconfigs",
		Long: `Show every certificate in the given files and directories, those embedded in
kubeconfigs too: file, subject, usages, names, signer and the days left.

Nothing is changed. A file that cannot be read is shown with its reason, and the
exit code is 1 then.`,
		Example: "  certwright inspect pki\n  certwright inspect /etc/kubernetes --format json",
		Args:    cobra.MinimumNArgs(1),
		RunE: p.work(func(_ *cobra.Command, paths []string) error {
			if err := oneOf("--format", format, inspectFormats); err != nil {
				return err
			}
			entries, err := certinfo.Scan(paths)
			if err != nil {
				return err
			}
			if err := p.printEntries(entries, format); err != nil {
				return err
			}
			for _, e := range entries {
				if e.Error != "" {
					return &failure{code: exitFailed}
				}
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&format, "format", "table", "table, json, or certinfo (as cfssl-certinfo prints it)")
	completeValues(cmd, "format", inspectFormats)
	return cmd
}

var inspectFormats = []string{"table", "json", "certinfo"}

func (p *program) printEntries(entries []certinfo.Entry, format string) error {
	switch format {
	case "json":
		if entries == nil {
			entries = []certinfo.Entry{}
		}
		return p.printJSON(entries)
	case "certinfo":
		return p.printCertinfo(entries)
	}
	return plain.Inspect(p.stdout, entries, time.Now(), p.width())
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

// printJSON prints a value for machines: indented, without HTML escapes.
func (p *program) printJSON(v any) error {
	enc := json.NewEncoder(p.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
