package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"certwright/pkigen"
	"certwright/pkigen/cluster/shell"
)

func (p *program) certinfoCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "certinfo -cert FILE",
		Short: "Print one certificate as cfssl-certinfo does",
		Long: `Print one certificate as JSON, byte for byte as "cfssl-certinfo -cert FILE" does.

The file holds one certificate in PEM form; - reads it from the standard input,
and <(COMMAND) of a shell is read too.
A file that cannot be read gives exit code 1, where cfssl-certinfo gives 0.`,
		Example: "  certwright certinfo -cert pki/kubernetes.pem",
		Args:    arguments(0, 0),
		RunE: p.work(func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return usage("write the certificate's file behind it: certwright certinfo -cert pki/ca.pem", "-cert is missing")
			}
			data, err := p.readInput(file, true)
			if err != nil {
				return err
			}
			out, err := pkigen.CertInfo(data)
			if err != nil {
				return &failure{code: exitFailed, err: fmt.Errorf("%s: %w", file, err),
					hint: shell.Command("certwright inspect").File(file).String() + " reads more: DER, several in one file, keys, kubeconfigs"}
			}
			_, err = p.stdout.Write(out)
			return err
		}),
	}
	cmd.Flags().StringVar(&file, "cert", "", "file of the certificate; - for the standard input")
	return cmd
}

// singleDash lets cfssl-certinfo's own "-cert FILE" through: pflag would read
// it as the short flags c, e, r and t.
func singleDash(args []string) []string {
	if len(args) == 0 || args[0] != "certinfo" {
		return args
	}
	out := slices.Clone(args)
	for i, a := range out {
		if a == "-cert" || strings.HasPrefix(a, "-cert=") {
			out[i] = "-" + a
		}
	}
	return out
}

// largest is the largest input that is read, in bytes.
const largest = 8 << 20

// readInput reads a file, which may be a pipe, or the standard input for "-".
func (p *program) readInput(name string, pipe bool) ([]byte, error) {
	if name != "-" {
		return pkigen.ReadFile(name, largest, pipe)
	}
	data, err := io.ReadAll(io.LimitReader(p.stdin, largest+1))
	if err != nil {
		return nil, fmt.Errorf("reading the standard input: %w", err)
	}
	if len(data) > largest {
		return nil, errors.New("the standard input is larger than 8 MiB")
	}
	return data, nil
}
