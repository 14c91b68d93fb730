package rehearse

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Matrix is who can talk to whom. Machines whose cells are all the same are one
// row or one column. Its JSON form only ever grows.
type Matrix struct {
	Columns []Group `json:"columns"` // who answers
	Rows    []Row   `json:"rows"`    // who dials; what must be refused comes last
}

// Group are machines that are alike.
type Group struct {
	Program  string   `json:"program"`            // with the port, where it answers at several
	Machines []string `json:"machines,omitempty"` // in the order of the cases; none for what is no certain one
	runs     []run
}

// run is machines that stand next to each other among all of their program.
type run struct{ first, last, size int }

// Row is one kind of dialling side.
type Row struct {
	Group
	Refuse bool   `json:"refuse"` // it must be refused
	Cells  []Cell `json:"cells"`  // by column
}

// Cell is what becomes of a connection; without a state there is none to try.
type Cell struct {
	State State `json:"state,omitempty"`
}

// severity orders the states: a cell with several has the worst.
var severity = map[State]int{"": 0, Talks: 1, Refused: 2, Known: 3, Ended: 4, NotTried: 5, Untold: 6, Broken: 7, Opened: 8}

// line is one machine in a row or a column, before equal ones become one.
type line struct {
	key     [3]string // what it is: program, refusal and machine
	refuse  bool
	cells   map[int]State // by the number of the line across
	machine string
}

// NewMatrix arranges what was rehearsed.
func NewMatrix(results []Result) *Matrix {
	labels := newLabels(results)
	var rows, columns []*line
	rowAt, columnAt := map[[3]string]int{}, map[[3]string]int{}
	at := func(lines *[]*line, known map[[3]string]int, key [3]string, machine string, refuse bool) int {
		i, is := known[key]
		if !is {
			i = len(*lines)
			known[key] = i
			*lines = append(*lines, &line{key: key, machine: machine, refuse: refuse, cells: map[int]State{}})
		}
		return i
	}
	for i := range results {
		r := &results[i]
		from, to := labels.from(r.Case), labels.to(r.Case)
		row := at(&rows, rowAt, [3]string{from, refusalID(r.Case), r.Case.From.Machine}, r.Case.From.Machine, r.Case.Refusal != nil)
		column := at(&columns, columnAt, [3]string{to, "", r.Case.To.Machine}, r.Case.To.Machine, false)
		if severity[r.State] > severity[rows[row].cells[column]] {
			rows[row].cells[column] = r.State
			columns[column].cells[row] = r.State
		}
	}
	slices.SortStableFunc(columns, func(a, b *line) int {
		return cmp.Or(cmp.Compare(labels.order[a.key[0]], labels.order[b.key[0]]), cmp.Compare(labels.machines[a.machine], labels.machines[b.machine]))
	})
	return fold(rows, columns, columnAt)
}

func refusalID(c *Case) string {
	if c.Refusal == nil {
		return ""
	}
	return c.Refusal.ID
}

// fold joins equal columns, and then equal rows. A machine that does not dial
// itself has a cell less than the others, and is like them all the same.
func fold(rows, columns []*line, columnAt map[[3]string]int) *Matrix {
	m := &Matrix{}
	among, places := neighbours(columns), neighbours(rows)
	folded := make([]int, len(columns)) // the column of each line, by its number
	for _, group := range alike(columns) {
		for _, l := range group {
			folded[columnAt[l.key]] = len(m.Columns)
		}
		m.Columns = append(m.Columns, newGroup(group, among))
	}
	for _, l := range rows { // in the folded columns, the worst of each
		worst := map[int]State{}
		for n, s := range l.cells {
			if i := folded[n]; severity[s] > severity[worst[i]] {
				worst[i] = s
			}
		}
		l.cells = worst
	}
	for _, refuse := range []bool{false, true} {
		for _, group := range alike(slices.DeleteFunc(slices.Clone(rows), func(l *line) bool { return l.refuse != refuse })) {
			r := Row{Group: newGroup(group, places), Refuse: refuse, Cells: make([]Cell, len(m.Columns))}
			for i := range r.Cells {
				r.Cells[i].State = group[0].cells[i]
			}
			m.Rows = append(m.Rows, r)
		}
	}
	return m
}

// neighbours is where each line stands among those of its kind.
func neighbours(lines []*line) map[[3]string]int {
	out, count := map[[3]string]int{}, map[[2]string]int{}
	for _, l := range lines {
		kind := [2]string{l.key[0], l.key[1]}
		out[l.key] = count[kind]
		count[kind]++
	}
	return out
}

// newGroup names lines that became one.
func newGroup(lines []*line, among map[[3]string]int) Group {
	g := Group{Program: lines[0].key[0]}
	before := -2
	for _, l := range lines {
		if l.machine == "" {
			continue
		}
		if at := among[l.key]; at == before+1 {
			r := &g.runs[len(g.runs)-1]
			r.last, r.size = len(g.Machines), r.size+1
			before = at
		} else {
			g.runs = append(g.runs, run{len(g.Machines), len(g.Machines), 1})
			before = at
		}
		g.Machines = append(g.Machines, l.machine)
	}
	return g
}

// alike parts lines into groups of the same kind whose cells agree: wherever two
// have a cell both, it is the same. The groups stand where their first line does.
func alike(lines []*line) [][]*line {
	type group struct {
		lines []*line
		cells map[int]State
	}
	var out []*group
	byKind := map[[2]string][]*group{}
	for _, l := range lines {
		kind := [2]string{l.key[0], l.key[1]}
		i := slices.IndexFunc(byKind[kind], func(g *group) bool { return agree(g.cells, l.cells) })
		if i < 0 {
			g := &group{cells: map[int]State{}}
			out = append(out, g)
			byKind[kind] = append(byKind[kind], g)
			i = len(byKind[kind]) - 1
		}
		g := byKind[kind][i]
		g.lines = append(g.lines, l)
		for n, s := range l.cells {
			g.cells[n] = s
		}
	}
	groups := make([][]*line, len(out))
	for i, g := range out {
		groups[i] = g.lines
	}
	return groups
}

func agree(a, b map[int]State) bool {
	for n, s := range b {
		if has, is := a[n]; is && has != s {
			return false
		}
	}
	return true
}

// labels name rows and columns so that different ones have different names.
type labels struct {
	shows map[[2]string]map[string]bool // connection's two programs -> roles shown
	ports map[string]map[int]bool       // program -> ports
	order map[string]int                // of the columns, by first appearance
	// machines are numbered by first appearance.
	machines map[string]int
}

func newLabels(results []Result) *labels {
	l := &labels{shows: map[[2]string]map[string]bool{}, ports: map[string]map[int]bool{}, order: map[string]int{}, machines: map[string]int{}}
	for i := range results {
		a := results[i].Case.Connection
		key := [2]string{a.From, a.To}
		if l.shows[key] == nil {
			l.shows[key] = map[string]bool{}
		}
		l.shows[key][a.Shows] = true
		if l.ports[a.To] == nil {
			l.ports[a.To] = map[int]bool{}
		}
		l.ports[a.To][a.Port] = true
	}
	for i := range results {
		c := results[i].Case
		if to := l.to(c); l.order[to] == 0 {
			l.order[to] = len(l.order) + 1
		}
		for _, m := range []string{c.From.Machine, c.To.Machine} {
			if l.machines[m] == 0 {
				l.machines[m] = len(l.machines) + 1
			}
		}
	}
	return l
}

// from is who dials, with what it shows where the program has several. What must
// be refused says as whom it poses.
func (l *labels) from(c *Case) string {
	switch {
	case c.Refusal != nil && c.Refusal.Poses != "":
		return c.Refusal.Who + " as " + string(c.Refusal.Poses)
	case c.Refusal != nil:
		return c.Refusal.Who
	case len(l.shows[[2]string{c.Connection.From, c.Connection.To}]) > 1 && c.Connection.From != c.Connection.To:
		return c.Connection.From + " (" + c.Connection.Shows + ")"
	}
	return c.Connection.From
}

// to is who answers, with its port where it answers at several.
func (l *labels) to(c *Case) string {
	if len(l.ports[c.Connection.To]) > 1 {
		return fmt.Sprintf("%s:%d", c.Connection.To, c.Connection.Port)
	}
	return c.Connection.To
}

// shownRuns bounds the name of a group with many gaps.
const shownRuns = 3

// String is the group in a few words: "kubelet w1 … w5000 (5000)", and with a gap
// "kubelet w1 … w9 w11 … w20 (19)".
func (g Group) String() string {
	words := []string{g.Program}
	short := false
	for i, r := range g.runs {
		if i == shownRuns {
			words, short = append(words, "…"), true
			break
		}
		words = append(words, g.Machines[r.first])
		if r.size > 2 {
			words, short = append(words, "…"), true
		}
		if r.size > 1 {
			words = append(words, g.Machines[r.last])
		}
	}
	if short {
		words = append(words, fmt.Sprintf("(%d)", len(g.Machines)))
	}
	return strings.Join(words, " ")
}
