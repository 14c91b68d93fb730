package plan

import (
	"io/fs"

	"certwright/pkigen/cluster/render"
)

// outlived adds the files that go with nodes and roles: those of the paths that lie there and that nothing
// in the plan has a use for.
func (l *lister) outlived(paths []string) {
	if len(paths) == 0 {
		return
	}
	used := make(map[string]bool, len(l.out))
	for i := range l.out {
		used[l.out[i].Path] = true
	}
	trees := map[string]bool{}
	for _, tree := range render.Trees(l.plan.Cluster) {
		trees[tree] = true
		used[render.SumsPath(tree)] = true
	}
	for _, path := range paths {
		file, there := l.have[path]
		if !there || used[path] || file.Mode.IsDir() {
			continue
		}
		used[path] = true
		a := Action{Path: path, Verb: Remove, Mode: file.Mode & fs.ModePerm, Reason: "nothing in the answers needs it any more"}
		if tree, _ := render.SplitTree(path); tree != "" && !trees[tree] {
			a.Reason = "the node is gone"
		}
		l.out = append(l.out, a)
	}
}
