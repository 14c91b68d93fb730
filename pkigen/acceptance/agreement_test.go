package acceptance

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

var (
	agreementAll  = flag.Bool("agreement.all", false, "boot all 80 configurations of TestAgreement, not twelve")
	agreementSeed = flag.Uint64("agreement.seed", 15, "what TestAgreement draws its configurations by")
	agreementOnly = flag.Int("agreement.only", -1, "boot one configuration of TestAgreement, by its number")
)

// TestAgreement has certwright judge clusters as other tools lay them out, boots
// the real programs on the same files, and holds the one against the other: as a
// whole, and for each connection that was watched.
func TestAgreement(t *testing.T) {
	needsHost(t)
	const all, fixed = 80, 12
	drawn := draw(*agreementSeed, all)
	var mu sync.Mutex
	var rows []row
	t.Cleanup(func() { t.Log(table(*agreementSeed, rows)) })
	for _, c := range drawn {
		if *agreementOnly >= 0 && c.number != *agreementOnly || *agreementOnly < 0 && !*agreementAll && c.number >= fixed {
			continue
		}
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			c.sign(t)
			dir, tree, workerTree := c.layOut(t)
			v := askVerdict(t, dir) // before anything is booted
			r := c.boot(t, tree, workerTree)
			for _, connection := range slices.Sorted(maps.Keys(r.why)) {
				t.Logf("%s: %s", connection, r.why[connection])
			}
			apart := append(c.compare(v, r), c.meant(r)...)
			mu.Lock()
			rows = append(rows, row{c, v, r, apart})
			mu.Unlock()
			if len(apart) > 0 {
				t.Errorf("%s\n%s", strings.Join(apart, "\n"), v.text)
			}
		})
	}
}

func (c *configuration) String() string {
	fault := c.fault
	if fault == "" {
		fault = "healthy"
	}
	return fmt.Sprintf("%02d %s, %s, %s", c.number, c.convention.name, strings.Join(c.topology, " + "), fault)
}

// toldVerdict is what counts of certwright verify --format json, all connections
// with it.
type toldVerdict struct {
	Runs             *bool
	WrongConnections []connection
	Findings         []finding
	Matrix           struct {
		Columns []struct{ Program string }
		Rows    []struct {
			Program string
			Refuse  bool
			Cells   []struct{ State string }
		}
	}
	text string
}

// askVerdict has certwright judge a directory.
func askVerdict(t *testing.T, dir string) *toldVerdict {
	t.Helper()
	out, err := exec.Command(theHost.Certwright, "verify", dir, "--format", "json").Output()
	exit := new(exec.ExitError)
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("certwright verify: %v\n%s", err, exit.Stderr)
	}
	v := &toldVerdict{}
	if err := json.Unmarshal(out, v); err != nil {
		t.Fatalf("certwright verify: %v\n%s", err, out)
	}
	for _, f := range v.Findings {
		if f.Severity != "note" {
			v.text += f.String() + "\n"
		}
	}
	for _, w := range v.WrongConnections {
		v.text += fmt.Sprintf("%s: %s\n", w.Connection, w.Text)
	}
	return v
}

func (v *toldVerdict) runs() string {
	switch {
	case v.Runs == nil:
		return cannotBeTold
	case *v.Runs:
		return saidToWork
	}
	return saidToFail
}

// ends are the programs of a connection.
var ends = map[string][2]string{
	toEtcd: {"kube-apiserver", "etcd"}, ofAdmin: {"kubectl", "kube-apiserver"}, ofPods: {"pods", "kube-apiserver"},
	ofManager: {"kube-controller-manager", "kube-apiserver"}, ofScheduler: {"kube-scheduler", "kube-apiserver"},
	ofKubelet: {"kubelet", "kube-apiserver"}, toKubelet: {"kube-apiserver", "kubelet"}, ofFront: {"kube-apiserver", "extension server"},
}

// What a verdict says of a connection, and of all.
const (
	saidToWork, saidToFail = "works", "fails"
	cannotBeTold           = "cannot be told"
)

// of is what the verdict says of a connection; "" for nothing.
func (v *toldVerdict) of(id string) string {
	if slices.ContainsFunc(v.WrongConnections, func(w connection) bool { return w.Connection == id }) {
		return saidToFail
	}
	is := func(label, program string) bool {
		rest, is := strings.CutPrefix(label, program)
		return is && (rest == "" || strings.HasPrefix(rest, " (") || strings.HasPrefix(rest, ":"))
	}
	said := ""
	for _, r := range v.Matrix.Rows {
		if r.Refuse || !is(r.Program, ends[id][0]) {
			continue
		}
		for i, c := range r.Cells {
			switch {
			case c.State == "" || !is(v.Matrix.Columns[i].Program, ends[id][1]):
			case c.State == "cannot tell":
				return cannotBeTold
			case c.State != "talks":
				return saidToFail
			default:
				said = saidToWork
			}
		}
	}
	return said
}

// compare holds a verdict against what became of it. Where the files do not say what
// a fault breaks, neither may the verdict.
func (c *configuration) compare(v *toldVerdict, r *reality) []string {
	var apart []string
	hold := func(what, said string, works, untold bool, why string) {
		want := saidToFail
		switch {
		case untold && !works:
			want = cannotBeTold
		case works:
			want = saidToWork
		}
		if said != want {
			apart = append(apart, fmt.Sprintf("%s: the verdict is %q, want %q; it works: %t %s", what, said, want, works, why))
		}
	}
	hold("as a whole", v.runs(), r.runs(), c.untold, "")
	for _, connection := range slices.Sorted(maps.Keys(r.works)) {
		said := v.of(connection)
		if said == "" && c.hidden && connection == toEtcd {
			continue // nothing is said of what others run
		}
		hold(connection, said, r.works[connection], c.untold && slices.Contains(c.wrong, connection), r.why[connection])
	}
	return apart
}

// meant are differences between what was made and what became of it: a fault
// that breaks nothing, a healthy cluster that does not run.
func (c *configuration) meant(r *reality) []string {
	var out []string
	for _, connection := range c.wrong {
		if works, watched := r.works[connection]; !watched || works {
			out = append(out, fmt.Sprintf("%s was meant to be broken by %s; watched: %t, works: %t", connection, c.fault, watched, works))
		}
	}
	if c.fault == "" && !r.runs() {
		out = append(out, fmt.Sprintf("was meant to run: %v", r.why))
	}
	return out
}

// row is a line of the table.
type row struct {
	c     *configuration
	v     *toldVerdict
	r     *reality
	apart []string
}

// table is what was judged and what became of it.
func table(seed uint64, rows []row) string {
	agreed := 0
	slices.SortFunc(rows, func(a, b row) int { return a.c.number - b.c.number })
	out := fmt.Sprintf("seed %d\n%2s  %-9s %-48s %-52s %-14s %-14s %s\n", seed, "", "tool", "topology", "fault", "verdict", "reality", "agree")
	for _, w := range rows {
		became := saidToWork
		if !w.r.runs() {
			became = saidToFail
		}
		agree := fmt.Sprintf("yes, with %d connections", len(w.r.works))
		if len(w.apart) > 0 {
			agree = "NO: " + strings.Join(w.apart, "; ")
		} else {
			agreed++
		}
		fault := w.c.fault
		if fault == "" {
			fault = "none"
		}
		out += fmt.Sprintf("%2d  %-9s %-48s %-52s %-14s %-14s %s\n", w.c.number, w.c.convention.name, strings.Join(w.c.topology, ", "), fault, w.v.runs(), became, agree)
	}
	return out + fmt.Sprintf("%d of %d agree in everything", agreed, len(rows))
}
