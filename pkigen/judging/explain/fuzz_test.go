package explain

import (
	"strings"
	"testing"
	"unicode/utf8"

	"certwright/pkigen/cluster/shell/shelltest"
)

// FuzzExplain holds that no text makes the recogniser stumble, and that what it
// gives out is of the text, and ready to be shown.
func FuzzExplain(f *testing.F) {
	for _, l := range logLines {
		f.Add(l.text)
	}
	for _, e := range Entries() {
		for _, text := range e.Texts {
			f.Add(sample(text))
		}
	}
	for _, w := range shelltest.Hostile {
		f.Add(`Get "https://` + w + `:6443/api": x509: certificate is valid for a, not ` + w)
		f.Add("Forbidden (user=" + w + ", verb=get, resource=nodes, subresource=proxy)\nopen " + w + ": permission denied")
		f.Add(`tls: "` + w + `" does not match any of DNSNames ["` + w + `"] (remote ` + w + `)`)
	}
	f.Add(`{"MESSAGE":"{\"log\":\"{\\\"msg\\\":\\\"x509: certificate signed by unknown authority\\\"}\"}"}`)
	f.Add("x509: certificate is valid for \xff\xfe\x00, not \x1b]0;title\x07" + strings.Repeat(`\`, 99) + `"`)
	f.Fuzz(func(t *testing.T, text string) {
		r := Read(text)
		for i := range r.Matches {
			m := &r.Matches[i]
			if m.Line < 1 || m.Line > r.Lines || m.Count < 1 || m.Text == "" {
				t.Fatalf("match %d is at line %d of %d, %d times, %q", i, m.Line, r.Lines, m.Count, m.Text)
			}
			if strings.ContainsAny(m.Text, "\x00\x1b\r\n") || !utf8.ValidString(m.Text) {
				t.Fatalf("the text holds control characters: %q", m.Text)
			}
			if i > 0 && m.Rank > r.Matches[i-1].Rank {
				t.Fatalf("%s stands behind %s", m.ID, r.Matches[i-1].ID)
			}
			if m.Means() == "" || m.PrintedBy() == "" || m.FaultOf() == "" || m.Next() == "" || len(m.Causes()) == 0 && !m.Beside {
				t.Fatalf("%s has an empty sentence", m.ID)
			}
			for _, c := range m.Causes() {
				if err := shelltest.Check(c.Command); err != nil {
					t.Fatal(err)
				}
			}
			// What was found is found again when it is pasted by itself.
			if again := Explain(m.Text); len(again) == 0 && r.Lines == 1 {
				t.Fatalf("%s is lost in %q", m.ID, m.Text)
			}
		}
	})
}

// The worst text that we know: all errors in one line without end, and openings
// of errors that never close.
func BenchmarkRead(b *testing.B) {
	var all strings.Builder
	for _, e := range Entries() {
		for _, text := range e.Texts {
			all.WriteString(sample(text) + " ")
		}
	}
	line := `Nov 24 10:00:00 master1 kube-apiserver[1234]: I1124 10:00:00.123456    1234 trace.go:236] "Trace" name="Update" url="/apis/coordination.k8s.io/v1/leases" latency="12ms"` + "\n"
	for name, unit := range map[string]string{
		"everything": all.String(), "openings": "x509: certificate is valid for ", "log": line, "breaks": "a\n",
		"escapes": `\\\"`, "braces": `{"`,
	} {
		text := strings.Repeat(unit, Limit/len(unit))
		if name == "openings" {
			text = text[:Limit-len(all.String())] + all.String()
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Read(text)
			}
		})
	}
}
