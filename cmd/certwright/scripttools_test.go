//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// modes prints the mode and path of everything below the directories.
func modes() {
	eachFile(func(path string, info fs.FileInfo) error {
		_, err := fmt.Printf("%s %s\n", info.Mode(), path)
		return err
	})
}

// snapshot prints what must not change: mode, inode, time and content of every
// file below the directories.
func snapshot() {
	eachFile(func(path string, info fs.FileInfo) error {
		sum, err := digest(path, info)
		if err != nil {
			return err
		}
		inode := uint64(0)
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			inode = s.Ino
		}
		_, err = fmt.Printf("%s %d %d %s %s\n", info.Mode(), inode, info.ModTime().UnixNano(), path, sum)
		return err
	})
}

// keys prints the name and digest of every private key below the directories.
func keys() {
	eachFile(func(path string, info fs.FileInfo) error {
		if !strings.HasSuffix(path, "-key.pem") {
			return nil
		}
		sum, err := digest(path, info)
		if err != nil {
			return err
		}
		_, err = fmt.Println(filepath.Base(path), sum)
		return err
	})
}

func digest(path string, info fs.FileInfo) (string, error) {
	if !info.Mode().IsRegular() {
		return "", nil
	}
	data, err := os.ReadFile(path)
	return fmt.Sprintf("%x", sha256.Sum256(data)), err
}

func eachFile(each func(path string, info fs.FileInfo) error) {
	for _, root := range os.Args[1:] {
		noError(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			return each(filepath.ToSlash(path), info)
		}))
	}
}

// jsonget prints the value at a dotted path of a JSON file, and fails where
// there is none.
func jsonget() {
	data, err := os.ReadFile(os.Args[1])
	noError(err)
	var v any
	noError(json.Unmarshal(data, &v))
	for step := range strings.SplitSeq(os.Args[2], ".") {
		ok := false
		switch at := v.(type) {
		case map[string]any:
			v, ok = at[step]
		case []any:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(at) {
				v, ok = at[i], true
			}
		}
		if !ok {
			noError(fmt.Errorf("%s has no %s (at %q)", os.Args[1], os.Args[2], step))
		}
	}
	out, err := json.Marshal(v)
	noError(err)
	fmt.Println(string(out))
}

// hostile writes a certificate whose subject would clear the screen.
func hostile() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "ca\x1b[2J\x1b[1;1Htrusted", Organization: []string{"\u202egnp"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	noError(err)
	noError(os.WriteFile(os.Args[1], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
}

func noError(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
