package wizard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"certwright/pkigen"
	"certwright/pkigen/cluster/spec"
	"certwright/pkigen/making/store"
	"certwright/pkigen/reading/certinfo"
	"certwright/steps"
)

// Found is what lies in the directory of the first page.
type Found struct {
	What  string      // what it is, as a sentence
	Wrong error       // why it does not do for the task
	Left  *store.Left // of a run that was stopped; nil for nothing
	// Bad says what is wrong with it, and Soon what will be; "" for nothing.
	Bad, Soon string
	// Cure is the task that is to be done with it, and Leads what that does.
	Cure, Leads string

	keys int // private keys in its first folder
}

// Look gives a function that looks at the directory: what it is, what is wrong with it,
// and what helps.
func (w *Wizard) Look(ctx context.Context) func() Found {
	dir, answers, now := w.Dir(), w.Answers.Clone(), w.Now()
	return func() Found {
		found := Found{Wrong: wrongDir(answers), Left: leftBeside(dir)}
		inside, err := os.ReadDir(dir)
		switch {
		case tilde(dir) != nil || strings.TrimSpace(dir) == "":
			return found
		case errors.Is(err, fs.ErrNotExist):
			found.What, found.Cure, found.Leads = "Nothing is there yet.", steps.ModeNew, "a new set is made there"
		case err != nil:
			found.What, found.Bad, found.Cure = "It cannot be read.", err.Error(), steps.ModeInspect
		default:
			found.keys = keysIn(inside)
			found.recognise(dir, inside)
			found.judge(ctx, dir, now)
		}
		if err := store.Usable(dir); err != nil && found.Bad == "" {
			found.Bad = "nothing can be written there: " + err.Error()
			found.cure(steps.ModeVerify, "whether a cluster would run with it; nothing is written")
		}
		return found
	}
}

// keysIn counts what looks like a private key.
func keysIn(inside []fs.DirEntry) int {
	n := 0
	for _, e := range inside {
		if name := e.Name(); strings.HasSuffix(name, "-key.pem") || path.Ext(name) == ".key" {
			n++
		}
	}
	return n
}

// marks are files by which one sees who made a directory, the surest first.
var marks = []struct {
	file, what string
}{
	{"manifests/kube-apiserver.yaml", "This is kubeadm's folder of a control-plane node."},
	{"pki/front-proxy-ca.crt", "This is kubeadm's /etc/kubernetes, or made like it."},
	{"front-proxy-ca.crt", "This is kubeadm's pki folder, or made like it."},
	{"kube-api-server.crt", "This is \"Kubernetes the hard way\"."},
	{"service-account-key.pem", "This is \"Kubernetes the hard way\"."},
	{"kubernetes.pem", "This is the flat folder of a guide, made with cfssl."},
}

// recognise says whose directory it is, and what goes on with it.
func (f *Found) recognise(dir string, inside []fs.DirEntry) {
	if len(inside) == 0 {
		f.What = "The directory is empty."
		f.cure(steps.ModeNew, "a new set is made there")
		return
	}
	if answers := pkigen.Dir(dir).FindAnswers(); answers != "" {
		f.What = "certwright made it, or goes on with it: its answers are in " + answers + "."
		f.cure(steps.ModeRenew, "how long each lasts, and what can be done with it")
		return
	}
	for _, mark := range marks {
		if _, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(mark.file))); err == nil {
			f.What = mark.what
			f.cure(steps.ModeAdopt, "it is read, and its answers are written; then it can be renewed here")
			return
		}
	}
	f.What = "It holds other files."
}

func (f *Found) cure(mode, leads string) { f.Cure, f.Leads = mode, leads }

// judge says how long its certificates last.
func (f *Found) judge(ctx context.Context, dir string, now time.Time) {
	entries, err := certinfo.ScanContext(ctx, []string{dir}, certinfo.Watch)
	if err != nil {
		f.Bad = err.Error()
		return
	}
	seen := map[string]bool{}
	var expired, soon []certinfo.Entry
	for _, e := range entries {
		if e.Kind != certinfo.Certificate || e.Error != "" || seen[e.Fingerprint] {
			continue
		}
		seen[e.Fingerprint] = true
		switch left := e.NotAfter.Sub(now); {
		case left <= 0:
			expired = append(expired, e)
		case left < soonAhead:
			soon = append(soon, e)
		}
	}
	if len(seen) > 0 {
		f.What += " " + spec.Count(len(seen), "certificate lies", "certificates lie") + " in it."
	}
	if len(seen) > 0 && f.Cure == "" {
		f.cure(steps.ModeAdopt, "it is read, and its answers are written; then it can be renewed here")
	}
	if len(expired) > 0 {
		f.Bad = spec.Count(len(expired), "certificate has", "certificates have") + " expired: " + firstOf(expired)
	}
	if len(soon) > 0 {
		f.Soon = spec.Count(len(soon), "certificate expires", "certificates expire") + " within 30 days: " + firstOf(soon)
	}
}

// soonAhead is the month in which one is told that something expires.
const soonAhead = 30 * 24 * time.Hour

// firstOf names the one that expires first.
func firstOf(certs []certinfo.Entry) string {
	e := slices.MinFunc(certs, func(a, b certinfo.Entry) int { return a.NotAfter.Compare(b.NotAfter) })
	return fmt.Sprintf("the first, %s, on %s", e.File, e.NotAfter.UTC().Format(time.DateOnly))
}

// TakeFound notes what Look found, and answers what to do where nothing was answered
// yet; it reports whether it did.
func (w *Wizard) TakeFound(f Found) (suggested bool) {
	w.keysThere = f.keys
	if _, given := w.Answers.Explicit(steps.ModeKey); given && !w.suggested || f.Cure == "" || !w.given.Empty() || w.answered() {
		return false
	}
	if w.Answers.Get(steps.ModeKey) == f.Cure {
		return false
	}
	w.Give(steps.ModeKey, f.Cure)
	w.suggested = true
	return true
}
