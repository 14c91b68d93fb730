package verify_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"certwright/pkigen/verify"
)

// damage spoils one file, as disks, editors and copies do.
func damage(r *rand.Rand, f files) string {
	names := slices.Sorted(maps.Keys(f))
	name := names[r.IntN(len(names))]
	text := []byte(f[name])
	switch at := r.IntN(len(text) + 1); r.IntN(7) {
	case 0:
		f[name] = string(text[:at])
	case 1:
		f[name] = ""
	case 2:
		delete(f, name)
	case 3:
		for range 8 {
			text[r.IntN(len(text))] ^= byte(1 << r.IntN(8))
		}
		f[name] = string(text)
	case 4:
		f[name] = string(text[at:]) + string(text[:at])
	case 5:
		f[name] = f[names[r.IntN(len(names))]] // another's contents
	default:
		lines := strings.Split(string(text), "\n")
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		f[name] = strings.Join(lines, "\n")
	}
	return name
}

// TestDamage: whatever is spoilt, a directory is judged, and quickly.
func TestDamage(t *testing.T) {
	w := newWorld()
	node, units := one(w), newGuide()
	variables(units)
	etcdVariables(units)
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			f := maps.Clone(node)
			if seed%2 == 1 {
				f = maps.Clone(units.files)
			}
			var spoilt []string
			for range 1 + r.IntN(3) {
				spoilt = append(spoilt, damage(r, f))
			}
			start := time.Now()
			if _, err := verify.Directory(t.Context(), f.put(t), nil, time.Now()); err != nil {
				t.Errorf("%v: %v", spoilt, err)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("%v took %v", spoilt, took)
			}
		})
	}
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
