package check

import (
	"errors"
	"slices"

	"certwright/pkigen/cluster/render"
	"certwright/pkigen/reading/scan"
)

// TextDiffers is the check that finds a file which is not what the answers make. It
// is an error where a program does not work with it.
const TextDiffers = textDiffers

// textChecks are about the files that only answers make: what programs are told,
// manifests, and the sums of each node.
var textChecks = []Check{
	{textMissing, Error, "is missing: what a program on this node is told",
		"The program does not start, or starts without its certificates.",
		"Make it again.", nil, fix{by: again}},
	{TextDiffers, Warning, "is not what the answers make of it",
		"It was changed by hand, or by a copy: the program is told something else than the answers say.",
		"Make it again. Flags of your own belong into the unit that starts the program, behind the variable.", nil, fix{by: again}},
	{sumsDiffer, Warning, "does not fit: %[1]s",
		"Nothing is handed out to a node whose files are not as they were made, and a file may be another than it should.",
		"Make it again, after a look at that file.", nil, fix{by: again}},
}

// OfText reports whether a finding is about what is made of the answers alone, and not
// about certificates.
func (f *Finding) OfText() bool { return OfText(f.Check.ID) }

// OfText reports that of a check by its id.
func OfText(id string) bool {
	return slices.ContainsFunc(textChecks, func(c Check) bool { return c.ID == id })
}

// texts holds what the answers make besides certificates and kubeconfigs against
// what lies there, by the sums that the survey has taken.
func (c *checker) texts() {
	if c.site.Layout == nil || !c.site.Layout.PerNode {
		return
	}
	wrong := map[string]bool{} // trees with a finding
	for i := range c.found {
		tree, _ := render.SplitTree(c.found[i].File)
		wrong[tree] = true
	}
	texts := render.TextsOf(c.site.Layout, c.site.Cluster, c.certs)
	for i := range texts {
		t := &texts[i]
		if t.Part != "" || len(t.Needs) > 0 || t.Trusts != "" {
			continue // its certificates are judged, with it
		}
		f := c.site.File(t.Path)
		tree, _ := render.SplitTree(t.Path)
		switch want, err := t.Render(nil, nil); {
		case err != nil || isBroken(f):
			continue
		case f == nil && tree != "":
			c.add(textMissing, t.Path, nil)
		case f == nil:
			c.addAs(Warning, textMissing, t.Path, nil)
		case f.Sum != render.SumOf(want):
			c.add(TextDiffers, t.Path, nil)
		default:
			continue
		}
		wrong[tree] = true
	}
	files := map[string][]*scan.File{}
	for _, f := range c.site.Files {
		if tree, _ := render.SplitTree(f.Path); tree != "" {
			files[tree] = append(files[tree], f)
		}
	}
	for _, tree := range render.Trees(c.site.Cluster) {
		if !wrong[tree] {
			c.sums(tree, files[tree])
		}
	}
}

// sums holds the files of a node against their list. What the answers do not know
// need not be in it.
func (c *checker) sums(tree string, files []*scan.File) {
	path := render.SumsPath(tree)
	list := c.site.File(path)
	if list == nil {
		c.add(sumsDiffer, path, nil, "it is not there")
		return
	}
	have, others := map[string]render.Sum{}, map[string]render.Sum{}
	for _, f := range files {
		if _, rel := render.SplitTree(f.Path); c.known[f.Path] {
			have[rel] = f.Sum
		} else {
			others[rel] = f.Sum
		}
	}
	for {
		err := render.CheckSums(list.Text, have)
		var sum *render.SumError
		if err == nil {
			return
		}
		if errors.As(err, &sum) && sum.Fault == render.Missing {
			if other, there := others[sum.File]; there {
				have[sum.File] = other // its owner has listed it
				continue
			}
		}
		c.add(sumsDiffer, path, nil, err.Error())
		return
	}
}
