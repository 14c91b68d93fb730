package verify_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/adopt"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/reading/certinfo"
	"certwright/pkigen/reading/scan"
)

// harm is what disks, editors and copies do to a file.
type harm struct {
	name string
	do   func(r *rand.Rand, f files, path string)
	sure bool // no certificate, key or kubeconfig survives it
}

var harms = []harm{
	{"cut off", func(r *rand.Rand, f files, p string) { f[p] = f[p][:r.IntN(len(f[p])/2+1)] }, true},
	{"empty", func(_ *rand.Rand, f files, p string) { f[p] = "" }, true},
	{"gone", func(_ *rand.Rand, f files, p string) { delete(f, p) }, true},
	{"bits", func(r *rand.Rand, f files, p string) {
		text := []byte(f[p])
		for range min(8, len(text)) {
			text[r.IntN(len(text))] ^= byte(1 << r.IntN(8))
		}
		f[p] = string(text)
	}, false},
	{"turned", func(r *rand.Rand, f files, p string) {
		at := r.IntN(len(f[p]) + 1)
		f[p] = f[p][at:] + f[p][:at]
	}, false},
	{"another's contents", func(r *rand.Rand, f files, p string) {
		names := slices.Sorted(maps.Keys(f))
		f[p] = f[names[r.IntN(len(names))]]
	}, false},
	{"shuffled lines", func(r *rand.Rand, f files, p string) {
		lines := strings.Split(f[p], "\n")
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		f[p] = strings.Join(lines, "\n")
	}, false},
}

// spare are the files of guides that no program is told of.
var spare = regexp.MustCompile(`front-proxy-ca\.key$|etcd/ca\.key$|/ssl/etcd/ssl/(ca-key|admin-.*)\.pem$|healthcheck-client|ca-(config|csr)\.json$`)

// read are the files without which some program of a guide does not work, whatever else
// lies there, by their roles.
var read = []string{"api", "etcd", "etcd-client", "front", "manager", "scheduler", "sa"}

// TestDamage spoils files of guides at random. Nothing panics or hangs, damage to a file
// that no program reads leaves the verdict as it was, damage to one that is read is named,
// and what is as it was made is never called broken.
func TestDamage(t *testing.T) {
	count := 200
	if *every {
		count = 1000
	}
	for g := range replays {
		r := &replays[g]
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			right := r.make()
			dir := right.put(t)
			for seed := g; seed < count; seed += len(replays) {
				r.spoil(t, dir, right, rand.New(rand.NewPCG(uint64(seed), 1)))
			}
			if j := looked(t, dir); j.Verdict() != r.want {
				t.Errorf("as it was made, the verdict is %d", j.Verdict())
			}
		})
	}
}

// spoil judges the directory with one to three files spoilt, and sets it right again.
func (r *replay) spoil(t *testing.T, dir string, right files, by *rand.Rand) {
	f := maps.Clone(right)
	var spoilt []string
	harmless, sure := true, false
	for range 1 + by.IntN(3) {
		names := slices.Sorted(maps.Keys(f))
		p, h := names[by.IntN(len(names))], harms[by.IntN(len(harms))]
		h.do(by, f, p)
		spoilt = append(spoilt, p+": "+h.name)
		harmless = harmless && spare.MatchString(p)
		sure = sure || h.sure && slices.ContainsFunc(read, func(role string) bool { return r.at[role] == p })
	}
	f.over(t, dir, right)
	defer right.over(t, dir, f)
	j := looked(t, dir)
	said, named := spoken(j)
	switch {
	case harmless && j.Verdict() != r.want:
		t.Errorf("%v: no program reads it, and the verdict is %d; it says\n%s", spoilt, j.Verdict(), strings.Join(said, "\n"))
	case sure && (j.Verdict() != verify.WouldNot || !slices.ContainsFunc(slices.Collect(maps.Keys(named)), func(p string) bool { return p != "" && f[p] != right[p] || right[p] != "" && f[p] == "" })):
		t.Errorf("%v: the verdict is %d; it says\n%s", spoilt, j.Verdict(), strings.Join(said, "\n"))
	}
}

// looked has all look at a directory who read what others made.
func looked(t *testing.T, dir string) *verify.Judgement {
	t.Helper()
	const most = 10 * time.Second
	start := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	j, err := verify.Directory(ctx, dir, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := scan.Read(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = adopt.Look(s, nil) // it may say no, and has to say something
	if _, err := certinfo.ScanContext(ctx, []string{dir}, certinfo.Everything); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > most {
		t.Errorf("it took %v", took)
	}
	return j
}

// TestSpareDamage: damage to a file that no program reads leaves the verdict as it is.
func TestSpareDamage(t *testing.T) {
	for name, text := range map[string]string{"pki/spare.crt": "-----BEGIN CERTIFICATE-----\nMIIB", "pki/old/ca.key": "x", "notes.yaml": "a: [", "etc.service": "[Service\nExecStart", "spare.conf": "kind: Config\nclusters: [", "pki/etcd/other.pem": ""} {
		f := one(newWorld())
		f[name] = text
		j, err := verify.Directory(t.Context(), f.put(t), nil, time.Now())
		if err != nil || j.Verdict() != verify.WouldRun {
			t.Errorf("%s: verdict %d, %v", name, j.Verdict(), err)
		}
	}
}
