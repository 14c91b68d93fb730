package pkigen

import (
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// file is one file as it lies there, with all that a run must not touch.
type file struct {
	data string
	mode fs.FileMode
	time time.Time
}

// snapshot is everything in and beside the directory.
func snapshot(t *testing.T, dir string) map[string]file {
	t.Helper()
	out := map[string]file{}
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(filepath.Dir(dir), path)
		out[filepath.ToSlash(rel)] = file{string(data), info.Mode(), info.ModTime()}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// changed lists the files that differ between two snapshots.
func changed[V comparable](before, after map[string]V) []string {
	var out []string
	for path, f := range after {
		if before[path] != f {
			out = append(out, path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			out = append(out, "-"+path)
		}
	}
	slices.Sort(out)
	return out
}

// readCert reads a certificate that lies in the directory.
func readCert(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
