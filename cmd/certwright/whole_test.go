//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestVerifyWhole exchanges a directory with another set while it is read, as a
// run of certwright does. Both sets are right: every error that is found would
// come from two states.
func TestVerifyWhole(t *testing.T) {
	top := t.TempDir()
	at := func(name string) string { return filepath.Join(top, name) }
	answers := "layout: three-ca\nencryptionAlgorithm: ECDSA-P256\nserviceSubnet: 10.96.0.0/16\nnodes:\n"
	for name, nodes := range map[string]string{
		"pki":   "  - master1 10.0.0.1 control-plane,etcd\n",
		"other": "  - master1 10.0.0.1 control-plane,etcd\n  - worker1 10.0.0.2 worker\n",
	} {
		if err := os.WriteFile(at("answers.yaml"), []byte(answers+nodes), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, words := call("generate", "--answers", at("answers.yaml"), "--dir", at(name)); code != exitDone {
			t.Fatalf("exit code %d\n%s%s", code, out, words)
		}
	}
	swap := func() {
		if err := unix.Renameat2(unix.AT_FDCWD, at("pki"), unix.AT_FDCWD, at("other"), unix.RENAME_EXCHANGE); err != nil {
			t.Error(err)
		}
	}
	for n := range 12 {
		var swaps sync.WaitGroup
		swaps.Go(func() { // at another moment each time; every second time the first set comes back
			time.Sleep(time.Duration(n) * 4 * time.Millisecond)
			swap()
			if n%2 == 0 {
				time.Sleep(8 * time.Millisecond)
				swap()
			}
		})
		code, out, words := call("verify", at("pki"), "--format", "json")
		swaps.Wait()
		var j struct {
			Errors, Warnings int
			Findings         []struct{ Check, File string }
		}
		if err := json.Unmarshal([]byte(out), &j); err != nil {
			t.Fatalf("exit code %d: %v\n%s%s", code, err, out, words)
		}
		if code != exitDone || j.Errors+j.Warnings > 0 {
			t.Fatalf("run %d, exit code %d: %+v\n%s", n, code, j.Findings, words)
		}
	}
}

// call runs a command line in this process.
func call(args ...string) (code int, stdout, stderr string) {
	var out, words bytes.Buffer
	p := &program{stdin: strings.NewReader(""), stdout: &out, stderr: &words, getenv: func(string) string { return "" },
		args: args, caught: context.Background()}
	root := p.command()
	root.SetArgs(args)
	root.SetOut(io.Discard)
	code = p.exit(root.ExecuteContext(context.Background()))
	return code, out.String(), words.String()
}
