package spec

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"certwright/pkigen/cluster/problem"
)

// checkProblems holds what every parser promises of its problems.
func checkProblems(t *testing.T, key, input string, ps []problem.Problem) {
	t.Helper()
	line := 0
	for _, p := range ps {
		if p.Key != key {
			t.Fatalf("%s has the key %q", p.Code, p.Key)
		}
		if p.Line > 0 && p.Line < line {
			t.Fatalf("line %d after line %d", p.Line, line)
		}
		line = max(line, p.Line)
		s := p.Error()
		if strings.Contains(s, "%!") && !strings.Contains(normalise(input), "%!") {
			t.Fatalf("%s: %s", p.Code, s)
		}
		for _, r := range s {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%s: %q would reach the terminal", p.Code, s)
			}
		}
		if len(s) > 2000 {
			t.Fatalf("%s: a sentence of %d bytes", p.Code, len(s))
		}
	}
}

// checkSAN holds that cfssl makes an IP or DNS name of the host: the three
// questions of csr.Generate (cfssl v1.6.5), in its order.
func checkSAN(t *testing.T, h Host) {
	t.Helper()
	s := h.String()
	if ip := net.ParseIP(s); ip != nil {
		if !h.Addr.IsValid() || h.Addr.Is4In6() || h.Addr.Zone() != "" {
			t.Fatalf("%q is an address to cfssl, %+v here", s, h)
		}
		return
	}
	if h.Addr.IsValid() {
		t.Fatalf("%q is an address here, none to cfssl", s)
	}
	if a, err := mail.ParseAddress(s); err == nil {
		t.Fatalf("%q is the e-mail address %v to cfssl", s, a)
	}
	if u, err := url.ParseRequestURI(s); err == nil {
		t.Fatalf("%q is the URI %v to cfssl", s, u)
	}
	name := strings.TrimPrefix(s, "*.")
	if len(s) > 253 || name != s && !strings.Contains(name, ".") {
		t.Fatalf("%q is accepted", s)
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Fatalf("%q has the label %q", s, label)
		}
	}
	if strings.Contains(s, ".") && strings.Trim(s, "0123456789.") == "" {
		t.Fatalf("%q is a mistyped address", s)
	}
}

func FuzzNodes(f *testing.F) {
	for _, tc := range nodeCases {
		f.Add(tc.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		nodes, ps := ParseNodes("nodes", text)
		checkProblems(t, "nodes", text, ps)
		var b strings.Builder
		for _, n := range nodes {
			checkSAN(t, Host{Name: n.Name})
			for _, a := range n.Aliases {
				checkSAN(t, Host{Name: a})
			}
			for _, a := range n.Addresses {
				checkSAN(t, Host{Addr: a})
			}
			if n.Roles == 0 || len(n.Addresses) == 0 || strings.Contains(n.Name, "*") {
				t.Fatalf("node %+v", n)
			}
			b.WriteString(n.String() + "\n")
		}
		again, ps := ParseNodes("nodes", b.String())
		if len(again) != len(nodes) {
			t.Fatalf("%d nodes, %d when read back: %v\n%s", len(nodes), len(again), ps, b.String())
		}
		for i := range again {
			a, n := again[i], nodes[i]
			if a.Name != n.Name || a.Roles != n.Roles || !slices.Equal(a.Addresses, n.Addresses) || !slices.Equal(a.Aliases, n.Aliases) {
				t.Fatalf("%+v reads back as %+v", n, a)
			}
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, tc := range hostCases {
		f.Add(tc.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, ps := parseHost("certSANs", 1, s)
		checkProblems(t, "certSANs", s, ps)
		if h.IsZero() != problem.HasErrors(ps) {
			t.Fatalf("host %q beside %v", h, ps)
		}
		if h.IsZero() {
			return
		}
		checkSAN(t, h)
		if again, _ := parseHost("certSANs", 1, h.String()); again != h {
			t.Fatalf("%q reads back as %q", h, again)
		}
		if e, _ := ParseEndpoint("e", s); !e.IsZero() {
			if again, ps := ParseEndpoint("e", e.String()); again != e || len(ps) > 0 && ps[0].Severity() == problem.Error {
				t.Fatalf("endpoint %q reads back as %q: %v", e, again, ps)
			}
		}
	})
}

func FuzzServiceSubnets(f *testing.F) {
	for _, tc := range subnetCases {
		f.Add(tc.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		nets, ps := ParseServiceSubnets("serviceSubnet", s)
		checkProblems(t, "serviceSubnet", s, ps)
		if len(nets) == 0 && !problem.HasErrors(ps) {
			t.Fatal("nothing is accepted")
		}
		if problem.HasErrors(ps) {
			return
		}
		if len(nets) > 2 {
			t.Fatalf("%v", nets)
		}
		for _, p := range nets {
			if p != p.Masked() || !p.Contains(FirstServiceAddr(p)) || p.Addr().BitLen()-p.Bits() < 3 {
				t.Fatalf("%v", p)
			}
		}
		again, _ := ParseServiceSubnets("serviceSubnet", strings.Join(strs(nets), ","))
		if !slices.EqualFunc(again, nets, func(a, b netip.Prefix) bool { return a == b }) {
			t.Fatalf("%v reads back as %v", nets, again)
		}
	})
}

func FuzzDuration(f *testing.F) {
	for _, tc := range durationCases {
		f.Add(tc.in)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ps := ParseDuration("ca.expiry", s)
		checkProblems(t, "ca.expiry", s, ps)
		if (d == 0) != problem.HasErrors(ps) {
			t.Fatalf("%v beside %v", d, ps)
		}
		if d == 0 {
			return
		}
		if d < time.Hour || d%time.Second != 0 {
			t.Fatalf("%v is accepted", d)
		}
		text := DurationText(d)
		if again, ps := ParseDuration("ca.expiry", text); again != d || len(ps) > 0 {
			t.Fatalf("%q reads back as %v: %v", text, again, ps)
		}
		// cfssl's own reader has to agree: the text goes into ca-config.json.
		if cfssl, err := time.ParseDuration(text); err != nil || cfssl != d {
			t.Fatalf("%q is %v to cfssl: %v", text, cfssl, err)
		}
		if FormatDuration(d) == "" {
			t.Fatal("nothing for people")
		}
	})
}
