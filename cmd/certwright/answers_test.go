package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certwright/steps"
)

// TestComplainIsBounded: a mistake in the form of a list is one in each line, and
// nobody reads five thousand of them. How many there are is said all the same.
func TestComplainIsBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("layout: three-ca\nnodes:\n")
	for i := range 300 {
		fmt.Fprintf(&text, "  - name: w%d\n", i)
	}
	wrong := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(wrong, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	twice := filepath.Join(t.TempDir(), "b.yaml")
	text.Reset()
	text.WriteString("layout: three-ca\nnodes:\n  - cp-1 10.0.0.1 control-plane,etcd\n")
	for range 300 {
		text.WriteString("  - Upper 10.0.0.2 worker\n")
	}
	if err := os.WriteFile(twice, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{wrong, twice} {
		var out bytes.Buffer
		p := &program{stderr: &out}
		g, err := p.readAnswers(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, ps := steps.Build(g.answers(), time.Now())
		err = p.complain(g, ps)
		if lines := strings.Count(out.String(), "\n"); lines > 2*mostProblems+2 || !strings.Contains(out.String(), " more") {
			t.Errorf("%d lines", lines)
		}
		n := 0
		if _, bad := fmt.Sscanf(fmt.Sprint(err), "%d problems", &n); bad != nil || n < 299 {
			t.Errorf("got %v", err)
		}
	}
}
