package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutputWhole reads the file of --output while it is written again and again:
// a collector may come at any moment.
func TestOutputWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.prom")
	c := &inspectCall{program: &program{stderr: io.Discard}, format: formatMetrics, output: file}
	write := func(n int) error {
		return c.into(func(p *program) error {
			for range 2_000 { // far more than a pipe or a buffer takes at once
				if _, err := fmt.Fprintf(p.stdout, "line of writing %d\n", n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := write(0); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		for n := 1; n <= 30; n++ {
			if err := write(n); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for reads := 0; ; reads++ {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(data), "\n")
		if got := strings.Count(string(data), first+"\n"); got != 2_000 || len(data) != got*(len(first)+1) {
			t.Fatalf("read %d: %d bytes with %d lines %q", reads, len(data), got, first)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}
