package live

import (
	"crypto/sha256"
	"encoding/base64"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/catalog/id"
	"certwright/pkigen/cluster/components"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/programs"
	"certwright/pkigen/reading/scan"
	"certwright/pkigen/reading/walk"
	"certwright/pkigen/rollout/symptom"
)

// files says of each file that a program is told whether its process has it.
func (l *looker) files(p *programs.Program, out *Program) {
	var before []programs.Place // what it reads at its start, and was started before that was written
	for i := range programs.Kubeadm.Entries {
		r := &programs.Kubeadm.Entries[i].Entry
		for _, u := range r.Uses {
			if u.Component != p.Name || u.File == catalog.Key && r.Kind != catalog.KeyPair || !p.Has(u.Flag) {
				continue
			}
			for _, told := range parts(p, u.Flag) {
				if told.at.File == nil || slices.ContainsFunc(out.Files, func(f *File) bool { return f.Path == told.at.Path && f.Flag != u.Flag && u.File == catalog.Config }) {
					continue
				}
				f := l.file(p, out, told.flag, told.at)
				out.Files = append(out.Files, f)
				if f.By == ByStart && f.Loaded != nil && !*f.Loaded {
					before = append(before, told.at)
				}
			}
		}
	}
	if len(before) > 0 {
		out.add(l.startedBefore(out, before[0]))
	}
}

// startedBefore is the finding of a program that has not loaded a file which it reads at its
// start.
func (l *looker) startedBefore(out *Program, at programs.Place) symptom.Finding {
	written, _, inPlace := l.written(at)
	code := symptom.StartedBefore
	if inPlace {
		code = symptom.NotRestarted
	}
	if !out.Started.IsZero() && out.Started.Add(-out.ahead).Before(written) {
		return symptom.Finding{Code: code, Command: out.Restart, Args: []any{moment(out.Started, written), at.Path, moment(written, out.Started)}}
	}
	return symptom.Finding{Code: symptom.NotCopied, Command: out.Restart, Args: []any{at.Path}}
}

// told is a file by the flag that names it.
type told struct {
	flag string
	at   programs.Place
}

// parts are the files behind a flag: several where it is given several times, and those
// that a kubeconfig names.
func parts(p *programs.Program, flag string) []told {
	var out []told
	for _, at := range p.Files(flag) {
		out = append(out, told{flag, at})
		if at.File == nil || at.File.Config == nil {
			continue
		}
		for _, named := range []told{{catalog.ConfigCA, programs.Place{Told: at.File.Config.CAFile}}, {catalog.ConfigCert, programs.Place{Told: at.File.Config.CertFile}}} {
			if named.at.Told != "" {
				out = append(out, told{named.flag, p.Machine.Resolve(named.at.Told, at.File)})
			}
		}
	}
	return out
}

// file is what is known of one file.
func (l *looker) file(p *programs.Program, out *Program, flag string, at programs.Place) *File {
	f := &File{Flag: flag, Path: at.Path, Evidence: Unseen, By: ByNothing}
	for _, t := range l.ports[p] {
		if t.shows(f, at) {
			return f
		}
	}
	if l.byAPI(p, out, f, at) {
		return f
	}
	switch r, _ := catalog.RereadOf(p.Name, flag); r.Effect {
	case components.AtUse:
		f.Loaded, f.Evidence, f.By = answer(true), Inferred, ByItself
	case components.Rereads:
		l.byItself(f, at, r.Within)
	default:
		l.byStart(out, f, at)
	}
	if f.Evidence == Unseen && !out.Here {
		f.From = out.Node
	}
	return f
}

// shows reports whether a port shows what the process has of a file.
func (t *target) shows(f *File, at programs.Place) bool {
	switch {
	case t.at.Serves == f.Flag && t.port.Served != nil:
		f.Loaded, f.Evidence, f.By = answer(t.port.Served.Which == OfFile), Seen, ByServed
		return true
	case slices.Contains(t.at.Asks, f.Flag) && len(t.probed) > 0:
		right := !slices.ContainsFunc(t.probed, func(a Accepted) bool { return a.Is != a.Must })
		f.Loaded, f.Evidence, f.By = answer(right), Seen, ByProbe
		return true
	case slices.Contains(t.at.Asks, f.Flag) && t.have != nil:
		right := true
		for _, c := range at.File.Certs("") {
			right = right && slices.ContainsFunc(t.port.Asks, func(ca CA) bool { return ca.Name == distinguished(c.RawSubject) && ca.Have == ca.Want })
		}
		f.Loaded, f.Evidence, f.By = answer(right), Seen, ByList
		return true
	}
	return false
}

// byAPI reports whether the API server tells what a process has of a file.
func (l *looker) byAPI(p *programs.Program, out *Program, f *File, at programs.Place) bool {
	switch {
	case p.Name == id.KubeAPIServer:
		i := slices.IndexFunc(l.apis, func(a *api) bool { return a.t.prog == p })
		return i >= 0 && l.byKeys(p, out, l.apis[i], f, at)
	case out.Leads && f.Flag == rootCAFlag && l.cluster != nil && l.cluster.rootCA != "":
		data, err := walk.ReadFile(at.File.Below(l.Model.Scan.Root))
		if err != nil {
			return false
		}
		f.Loaded, f.Evidence, f.By = answer(strings.TrimSpace(string(data)) == strings.TrimSpace(l.cluster.rootCA)), Seen, ByConfig
		if !*f.Loaded {
			out.add(symptom.Finding{Code: symptom.OldRoot, Command: out.Restart})
		}
		return true
	}
	return false
}

// The flags of files of which the API tells what a process has.
const (
	rootCAFlag  = "--root-ca-file"
	checkFlag   = "--service-account-key-file"
	signingFlag = "--service-account-signing-key-file"
)

// byKeys tells by the keys that an API server publishes, and by that under its tokens.
func (l *looker) byKeys(p *programs.Program, out *Program, a *api, f *File, at programs.Place) bool {
	switch f.Flag {
	case checkFlag:
		if len(a.kids) == 0 {
			return false
		}
		var want []string
		for _, each := range p.Files(checkFlag) {
			want = append(want, kidsIn(each.File)...)
		}
		f.Loaded, f.Evidence, f.By = answer(sameKeys(a.kids, want)), Seen, ByKeys
		if !*f.Loaded {
			out.add(symptom.Finding{Code: symptom.OldKeys, Command: out.Restart})
		}
		return true
	case signingFlag:
		if a.signer == "" {
			return false
		}
		f.Loaded, f.Evidence, f.By = answer(slices.Contains(kidsIn(at.File), a.signer)), Seen, ByToken
		if !*f.Loaded {
			out.add(symptom.Finding{Code: symptom.OldSigner, Command: out.Restart})
		}
		return true
	}
	return false
}

// kidsIn are the names that the API server gives to the keys of a file: the sum of the
// public key.
func kidsIn(f *scan.File) []string {
	if f == nil {
		return nil
	}
	var out []string
	for i := range f.Blocks {
		public := f.Blocks[i].Public
		if c := f.Blocks[i].Cert; c != nil {
			public = c.PublicKey
		}
		if der := pkey.Text(public); public != nil && der != "" {
			sum := sha256.Sum256([]byte(der))
			out = append(out, base64.RawURLEncoding.EncodeToString(sum[:]))
		}
	}
	return out
}

// byItself tells that a program which reads a file again by itself has had the time: on
// the node itself one knows when the file was written.
func (l *looker) byItself(f *File, at programs.Place, within time.Duration) {
	if written, _, inPlace := l.written(at); inPlace && !written.IsZero() {
		f.Loaded, f.Evidence, f.By = answer(l.view.Time.Sub(written) > within), Inferred, ByItself
	}
}

// byStart tells by when a program was started.
func (l *looker) byStart(out *Program, f *File, at programs.Place) {
	if l.lagging[out.Node] {
		f.Loaded, f.Evidence, f.By = answer(false), Inferred, ByStart
		return
	}
	written, sure, inPlace := l.written(at)
	if out.Started.IsZero() || written.IsZero() {
		return
	}
	started := out.Started
	if !inPlace {
		started = started.Add(-out.ahead)
	}
	switch {
	case started.Before(written.Truncate(time.Second)):
		f.Loaded, f.Evidence, f.By = answer(false), Inferred, ByStart
	case sure:
		f.Loaded, f.Evidence, f.By = answer(true), Inferred, ByStart
	}
}

// written is when a file came to be as it is; zero where nobody knows. Where the file is
// the one that the program reads, the machine knows; else the run that wrote it here. A
// certificate in it was not there before its first day, which says no more: sure is false.
func (l *looker) written(at programs.Place) (t time.Time, sure, inPlace bool) {
	if at.File == nil {
		return time.Time{}, false, false
	}
	if l.inPlace(at) {
		if changed := changedAt(at.File.Below(l.Model.Scan.Root)); !changed.IsZero() {
			return changed, true, true
		}
	}
	if run := l.past.when(at.Path); !run.IsZero() {
		return run, true, false
	}
	for _, c := range append(at.File.Certs(""), at.File.Certs(scan.FieldUser)...) {
		if c.NotBefore.After(t) {
			t = c.NotBefore
		}
	}
	return t, false, false
}

// inPlace reports whether the file that is looked at is the one that the program reads.
func (l *looker) inPlace(at programs.Place) bool {
	if at.File == nil || !strings.HasPrefix(at.Told, "/") {
		return false
	}
	is, err := filepath.Abs(at.File.Below(l.Model.Scan.Root))
	return err == nil && filepath.ToSlash(is) == at.Told
}

// lag finds the nodes that have not got their files yet: a program there that reads its
// certificate again by itself shows an older one.
func (l *looker) lag() {
	for _, t := range l.targets {
		if t.port.Served == nil || t.port.Served.Which != Earlier && t.port.Served.Which != Older {
			continue
		}
		if r, _ := catalog.RereadOf(t.prog.Name, t.at.Serves); r.Effect == components.Rereads && !t.out.static {
			l.lagging[t.out.Node] = true // a static pod has a folder of its own, and says nothing of the node's
		}
	}
}
