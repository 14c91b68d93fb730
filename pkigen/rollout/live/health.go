package live

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/rollout/symptom"
)

// How long a lease may be old: kubelets renew theirs every ten seconds, who leads every
// two or so.
const (
	nodeLease   = 40 * time.Second
	leaderLease = 30 * time.Second
)

// mostAhead is by how much a clock may be wrong.
const mostAhead = time.Minute

// well notes that a program does its work, or not.
func (p *Program) well(is bool) {
	if p.Healthy == nil || *p.Healthy {
		p.Healthy = answer(is)
	}
}

// sick notes that it does not, and why.
func (t *target) sick(code symptom.Code, args ...any) {
	t.out.well(false)
	t.out.add(symptom.Finding{Code: code, Port: t.port.Address, Args: args})
}

// health says whether a program is well, by the questions that do not lie: /healthz of
// kube-controller-manager, of kube-scheduler and of a kubelet on its node say "ok" while
// the API server refuses them.
func (t *target) health() {
	switch component(t.prog).Asked {
	case components.AskDelegated:
		t.delegated()
	case components.AskLease:
		for _, p := range t.passages {
			switch p.code {
			case "":
			case symptom.KubeletUnknown:
				t.sick(p.code, p.by, p.detail)
			default:
				t.sick(p.code, p.by)
			}
		}
	case components.AskMembers:
		if t.at.Metrics != "" && len(t.told) > 0 {
			t.ready(t.told[0])
		}
	default:
		if len(t.said) > 0 {
			t.ready(t.said[0])
		}
	}
}

// ready reads the answer to whether a program is well.
func (t *target) ready(r *reply) {
	switch r.status {
	case http.StatusOK:
		t.out.well(true)
	case http.StatusUnauthorized, http.StatusForbidden: // nobody may ask
	default:
		t.sick(symptom.NotReady, t.port.Address, firstLine(r))
	}
}

// firstLine is what of an answer says why: the first check that failed, or its beginning.
func firstLine(r *reply) string {
	text := strings.TrimSpace(string(r.body))
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "[-]") {
			return strings.TrimSpace(line)
		}
	}
	line, _, _ := strings.Cut(text, "\n")
	if line == "" {
		return fmt.Sprintf("HTTP status %d", r.status)
	}
	return shorten(line)
}

// delegated reads by an answer to nobody whether the API server lets a program in, which
// it asks whether one may read a path.
func (t *target) delegated() {
	if len(t.said) == 0 {
		return
	}
	r := t.said[0]
	text := string(r.body)
	switch {
	case r.status == http.StatusForbidden:
		t.out.well(true)
	case r.status == http.StatusInternalServerError && strings.Contains(text, "Unauthorized"):
		t.sick(symptom.ConfigRefused)
	case r.status == http.StatusInternalServerError && strings.Contains(text, "x509:"):
		t.sick(symptom.ConfigDistrust, firstLine(r))
	case r.status == http.StatusInternalServerError:
		t.sick(symptom.ConfigAway, firstLine(r))
	}
	if len(t.said) > 1 && t.said[1].status == http.StatusInternalServerError {
		t.sick(symptom.NotReady, t.port.Address, firstLine(t.said[1]))
	}
}

// byLeases adds what only the API server sees: whether kubelets renew their leases, who
// leads, and since when kube-proxy runs.
func (l *looker) byLeases() {
	if l.cluster == nil {
		if slices.ContainsFunc(l.Model.Programs, func(p *programs.Program) bool { return p.Name == id.KubeAPIServer && p.Basis != programs.Assumed }) {
			l.view.Findings = append(l.view.Findings, symptom.Finding{Code: symptom.NoAPI})
		}
		return
	}
	for _, p := range l.view.Programs {
		switch component := components.Find(p.Name); component.Asked {
		case components.AskLease:
			l.nodeLease(p)
		case components.AskDelegated:
			node, renewed, known := l.cluster.leader(p.Name)
			if p.Leads = known && node == strings.ToLower(p.Node) && l.cluster.now.Sub(renewed) < leaderLease; p.Leads {
				p.well(true)
			}
		case components.AskHealthz:
			if at := l.cluster.starts[p.Node]; !at.IsZero() {
				p.started(at, "the event Starting of its Node")
			}
		}
	}
	l.nobodyLeads()
}

func (l *looker) nodeLease(p *Program) {
	held, known := l.cluster.leases[strings.ToLower(p.Node)]
	if p.State == symptom.Away {
		return // that says it all
	}
	switch old := l.cluster.now.Sub(held.renewed); {
	case !known:
		p.well(false)
		p.add(symptom.Finding{Code: symptom.LeaseMissing})
	case old > nodeLease:
		p.well(false)
		p.add(symptom.Finding{Code: symptom.LeaseOld, Args: []any{age(l.cluster.now, held.renewed)}})
	default:
		p.well(true)
	}
}

// nobodyLeads finds programs of which one should lead, and none does.
func (l *looker) nobodyLeads() {
	for i := range components.All {
		c := &components.All[i]
		if c.Asked != components.AskDelegated {
			continue
		}
		_, renewed, known := l.cluster.leader(c.Name)
		if known && l.cluster.now.Sub(renewed) >= leaderLease {
			for _, p := range l.view.Programs {
				if p.Name == c.Name {
					p.well(false)
					p.add(symptom.Finding{Code: symptom.NobodyLeads, Args: []any{c.Name, age(l.cluster.now, renewed)}})
				}
			}
		}
	}
}

// clocks finds nodes whose clock is wrong, by what any of their programs says.
func (l *looker) clocks() {
	ahead := map[string]time.Duration{}
	for _, p := range l.view.Programs {
		if p.clocked {
			ahead[p.Node] = p.ahead
		}
	}
	told := map[string]bool{}
	for _, p := range l.view.Programs {
		if !p.clocked {
			p.ahead = ahead[p.Node]
		}
		if by := ahead[p.Node]; by.Abs() > mostAhead && !told[p.Node] {
			told[p.Node] = true
			way := "ahead of"
			if by < 0 {
				way = "behind"
			}
			p.add(symptom.Finding{Code: symptom.WrongClock, Args: []any{by.Abs().Round(time.Second).String() + " " + way + " this machine's"}})
		}
	}
}
