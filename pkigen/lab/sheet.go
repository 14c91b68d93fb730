package lab

import (
	"fmt"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/connections"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/reading/survey"
)

// Sheet is the task of a student in Markdown: the cluster, what its components
// say, what is to be done. It names no file and no cause.
//
// heard gives what a component was heard to say of a fault, as an item of a list;
// "" where nothing was, and the words of the check are taken. It may be nil.
func Sheet(student string, b *Bed, planted []Planted, answers string, heard func(*Planted) string) string {
	var w strings.Builder
	fmt.Fprintf(&w, "# Task for %s\n\n", student)
	fmt.Fprintf(&w, "The folder pki holds the certificates of a Kubernetes cluster that was installed\n"+
		"by hand. Something is wrong with them: %s. Find out what,\nand repair it.\n\n", count(len(planted), "fault was planted", "faults were planted"))
	w.WriteString("## The cluster\n\n")
	fmt.Fprintf(&w, "- Layout %s: %s.\n", b.Layout.Name, b.Layout.Title)
	for i := range b.Cluster.Nodes {
		n := &b.Cluster.Nodes[i]
		var addrs []string
		for _, a := range n.Addresses {
			addrs = append(addrs, a.String())
		}
		fmt.Fprintf(&w, "- Node %s, %s: %s.\n", n.Name, strings.Join(addrs, " and "), n.Roles)
	}
	if url := b.Cluster.EndpointURL(); url != "" {
		fmt.Fprintf(&w, "- The API is reached at %s.\n", url)
	}
	fmt.Fprintf(&w, "- What each certificate should be stands in %s.\n\n", answers)
	w.WriteString("## What is seen\n\n")
	for i := range planted {
		text := ""
		if heard != nil {
			text = heard(&planted[i])
		}
		if text == "" {
			text = symptom(&planted[i].Findings[0], b.Cluster)
		}
		fmt.Fprintf(&w, "%d. %s\n", i+1, text)
	}
	w.WriteString(strings.ReplaceAll(rules, "ANSWERS", answers))
	return w.String()
}

const rules = `Where a key asks for a passphrase: whoever worked here before always took
"` + Passphrase + `".

## What is to be done

1. Find the cause of each symptom: read the certificates, for example with
   openssl x509 -noout -text -in FILE, with cfssl certinfo -cert FILE, or with
   certwright inspect pki.
2. Repair it, by openssl, cfssl, certwright or with your hands. Sign again what
   has to be signed again, with the CA that is there.
3. Write down for each fault: the file, what was wrong, how you saw it, and what
   it would have done to the cluster.

## How it is marked

- One point for each fault that is repaired, one point less for each new problem.
- Files that were right stay as they are. Do not change ANSWERS.
- Whoever makes a new CA makes all of the cluster anew: that gives no points,
  unless the CA itself was the fault.
- Leave no copies of keys behind.
`

func count(n int, one, many string) string {
	if n == 1 {
		return "one " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// symptom is what is seen of a fault: the words of a component, or where none says
// anything, why it matters.
func symptom(f *check.Finding, c *spec.Cluster) string {
	words := f.Says()
	if len(words) == 0 {
		return fmt.Sprintf("An audit says of one file: %q\n", f.Why())
	}
	says := words[0]
	about := ""
	if node := nodeOf(f); node != "" {
		about = ", about " + node
	}
	return fmt.Sprintf("%s logs%s:\n\n       ... %s ...\n", speaker(says.At, f.Seat, c), about, says.Text)
}

// nodeOf is the node whose tree a finding is in.
func nodeOf(f *check.Finding) string {
	node, _ := catalog.SplitNode(f.File)
	if node == "" || len(f.Also) > 0 {
		return "" // more than one node has it
	}
	return "the node " + node
}

// speaker names the program that would say something of a role's certificate.
func speaker(at string, seat *survey.Seat, c *spec.Cluster) string {
	if seat == nil {
		if strings.HasPrefix(at, "the ") {
			return "a component"
		}
		return at
	}
	var found []string
	switch at {
	case "the other side", "its clients":
		found = peers(seat.Entry.Name, c)
	case "its owner", "its user", "the program that reads it", "the program that shows it":
		for _, u := range seat.Entry.Uses {
			found = append(found, u.Component)
		}
	default:
		return at
	}
	slices.Sort(found)
	if found = slices.Compact(found); len(found) == 0 {
		return "a component"
	}
	return found[0]
}

// peers are the programs that check a role's certificate.
func peers(name string, c *spec.Cluster) []string {
	var out []string
	for i := range connections.All {
		a := &connections.All[i]
		if a.When != nil && !a.When(c) {
			continue
		}
		if a.Answers == name {
			out = append(out, a.From)
		}
		if a.Shows == name {
			out = append(out, a.To)
		}
	}
	return out
}
