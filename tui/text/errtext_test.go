package text

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/judging/explain"
)

func explainErrors(t *testing.T, text string, width int, findings ...explain.Finding) string {
	t.Helper()
	var all []explain.Explanation
	for _, m := range explain.Explain(text) {
		x := m.Explanation()
		x.Findings = findings
		all = append(all, x)
	}
	var b strings.Builder
	if err := Errors(&b, all, width); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const etcdRefuses = `Nov 24 10:00:00 etcd1 etcd[77]: {"level":"warn","caller":"embed/config_logging.go:170","msg":"rejected connection on client endpoint",` +
	`"remote-addr":"10.0.0.5:40312","server-name":"","error":"tls: failed to verify certificate: x509: certificate signed by unknown authority ` +
	`(possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"etcd-ca\")"}`

// The page as it was last looked at; UPDATE_GOLDEN=1 rewrites it.
func TestErrorsPage(t *testing.T) {
	got := explainErrors(t, etcdRefuses, 80, explain.Finding{Check: "two-cas-one-name", File: "etcd/ca.crt", What: "two CAs are named etcd-ca", Fix: "Use one.", Command: "true"})
	file := filepath.Join("testdata", "error-etcd.txt")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it, then run UPDATE_GOLDEN=1 go test ./tui/text\n%s", file, got)
	}
}

// Nothing but commands is wider than the terminal, and nothing of the text can
// play with it.
func TestErrorsWidth(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		for _, e := range explain.Entries() {
			for _, text := range e.Texts {
				got := explainErrors(t, text, width)
				for line := range strings.SplitSeq(got, "\n") {
					if cellWidth(line) > width && !strings.HasPrefix(strings.TrimLeft(line, " "), "$ ") {
						t.Errorf("%s at %d: %q", e.ID, width, line)
					}
				}
			}
		}
	}
	got := explainErrors(t, "x509: certificate is valid for a\u202eb\u009b, not c\u2066d", 80)
	if got == "" || strings.ContainsAny(got, "\u202e\u009b\u2066") {
		t.Errorf("got %q", got)
	}
}

// Of many errors some are explained, and all are named.
func TestManyErrors(t *testing.T) {
	got := explainErrors(t, "x509: certificate is valid for a, not b\nx509: certificate is valid for a, not c\nx509: certificate is valid for a, not d\n"+
		"x509: certificate is valid for a, not e\nremote error: tls: bad certificate\n", 80)
	if n := strings.Count(got, "Causes, the likeliest first:"); n != shownErrors {
		t.Errorf("%d are explained, want %d", n, shownErrors)
	}
	for _, want := range []string{"\n  - line 4: x509: certificate is valid for a, not e\n", "\n  - line 5: remote error: tls: bad certificate\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
