// Package keytest finds the private keys of a directory, for tests that hold that
// none is lost.
package keytest

import (
	"encoding/base64"
	"encoding/pem"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/reading/walk"
)

var embedded = regexp.MustCompile(`client-key-data"?: *"?([A-Za-z0-9+/=]+)`)

// In are the private keys below a folder, by their public halves, and a file of each.
func In(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := walk.ReadFile(p)
		if err != nil {
			return err
		}
		add(out, p, text)
		for _, m := range embedded.FindAllSubmatch(text, -1) {
			data, _ := base64.StdEncoding.DecodeString(string(m[1]))
			add(out, p, data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func add(out map[string]string, p string, text []byte) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if key, err := pkey.ParsePrivate(block.Bytes); err == nil && strings.HasSuffix(block.Type, "PRIVATE KEY") {
			out[pkey.Text(key.Public())] = p
		}
	}
}

// Kept holds that the keys that were below a folder are there, or in one of others.
func Kept(t testing.TB, dir string, before map[string]string, after string, others ...string) {
	t.Helper()
	left := In(t, dir)
	for _, other := range others {
		maps.Copy(left, In(t, other))
	}
	for key, file := range before {
		if left[key] == "" {
			t.Errorf("the private key that was in %s is gone after: %s", file, after)
		}
	}
}
