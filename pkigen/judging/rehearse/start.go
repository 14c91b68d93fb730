package rehearse

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"certwright/pkigen/judging/findings"
	"certwright/pkigen/reading/scan"
)

// LoadKind is how a program reads a file as it starts.
type LoadKind int

// The kinds.
const (
	LoadPair       LoadKind = iota // a certificate with its key
	LoadSigner                     // the same of exactly one CA, as kube-controller-manager signs with it
	LoadEtcdCAs                    // as etcd reads CAs
	LoadClientCAs                  // as client-go reads CAs
	LoadBundle                     // as servers of Kubernetes read the CAs of their clients
	LoadPublicKeys                 // what checks tokens
	LoadSigningKey                 // what signs them
	LoadConfig                     // a kubeconfig, which ConfigErr is about
	LoadTokens                     // a file of tokens
	LoadAny                        // it has to be there
)

// Load is one file, or one pair, that a program reads as it starts, and without which
// it does not.
type Load struct {
	Flag      string // by which it is told of it
	Kind      LoadKind
	Cert, Key File
	ConfigErr error
	Config    File // the kubeconfig that names Cert; its Path is "" for none
}

// Start loads what a program reads as it starts, and says for what it does not: the
// first is what it says itself. What is not here to be read is taken for good.
func Start(program, machine string, loads []Load) []*Halt {
	var out []*Halt
	for i := range loads {
		if h := loads[i].halt(program, machine); h != nil {
			loads[i].word(program, h)
			out = append(out, h)
		}
	}
	return out
}

// word has a program say it as it does of the files of this flag.
func (l *Load) word(program string, h *Halt) {
	switch {
	case program == "kube-apiserver" && strings.HasPrefix(l.Flag, "--etcd-"):
		h.Text = storageFactory + h.Text
	case program == "kubelet" && l.Kind == LoadPair:
		h.Text = kubeletServing + h.Text
	case program == "etcd" && strings.HasPrefix(l.Flag, "--peer-"):
		h.starts = etcdPeerServer.starts
	case program == "etcd":
		h.starts = etcdServer.starts
	}
}

func (l *Load) halt(program, machine string) *Halt {
	side := &Side{Program: program, Machine: machine, Cert: l.Cert, Key: l.Key}
	if l.Kind == LoadPair && l.Cert.Data != nil && l.Key.missing() {
		if _, err := parseBundle(l.Cert.Data); err != nil { // both are wrong, and this one is read first
			why := pairReason(side, err)
			return &Halt{Check: why.check, File: why.file, Text: err.Error(), Cause: why.cause, Args: why.args}
		}
	}
	for _, f := range []File{l.Cert, l.Key} {
		if !f.missing() || f.Unseen {
			continue
		}
		h := &Halt{Check: findings.CertMissing, File: f.Path, Text: absent(side, f).Error(), Cause: "the file of " + l.Flag + " is not there",
			Args: []any{program + ", by " + l.Flag}}
		if f.Path == l.Key.Path && l.Key.Path != l.Cert.Path {
			h.Cause = "the private key that goes with " + l.Flag + " is not there"
		}
		switch {
		case l.Config.told():
			h.Check, h.File, h.Args, h.By = findings.KubeconfigPathMissing, l.Config.Path, []any{f.Told}, f.Path
		case l.Kind == LoadConfig:
			h.Check = findings.KubeconfigMissing
		case l.Kind == LoadSigner && f.Path == l.Key.Path && l.Key.Path != l.Cert.Path:
			h.Check = findings.SigningKeyMissing
		case f.Path == l.Key.Path && l.Key.Path != l.Cert.Path, l.Kind == LoadPublicKeys, l.Kind == LoadSigningKey:
			h.Check = findings.KeyMissing
		}
		return h
	}
	if l.Cert.missing() || l.Key.missing() {
		return nil // nobody can say what is in them
	}
	stop := &stop{}
	switch l.Kind {
	case LoadPair, LoadSigner:
		p := loadPair(l.Cert.Data, l.Key.Data)
		stop.err, stop.part = p.err, certPart
		if l.Kind == LoadSigner {
			if certs, err := parseBundle(l.Cert.Data); err == nil && len(certs) > 1 {
				return &Halt{Check: findings.CABundle, File: l.Cert.Path, Cause: "it signs with exactly one CA, and refuses a file with more", Args: []any{len(certs)},
					Text: fmt.Sprintf("error reading CA cert file %q: expected 1 certificate, found %d", "csr-controller::"+l.Cert.onHost(machine)+"::"+l.Key.onHost(machine), len(certs))}
			}
		}
	case LoadEtcdCAs:
		stop.err, stop.part = loadPool(l.Cert.Data, etcdPool).err, caPart
	case LoadClientCAs:
		stop.err, stop.part = loadPool(l.Cert.Data, clientPool).err, caPart
	case LoadBundle:
		purpose := clientBundle
		if l.Flag == "--requestheader-client-ca-file" {
			purpose = headerBundle
		}
		stop.err, stop.part = bundleError(purpose, side, l.Cert, loadPool(l.Cert.Data, bundlePool)), caPart
	case LoadPublicKeys:
		side.Public = l.Cert
		stop.err, stop.part = loadPublic(side, l.Cert).err, publicPart
	case LoadSigningKey:
		side.Key = l.Cert
		stop.err, stop.part = loadSigner(side, l.Cert).err, keyPart
	case LoadTokens:
		if _, err := bootstrapUser(nil, l.Cert.Data, time.Time{}); err != nil && !errors.Is(err, errInvalidToken) {
			return &Halt{Check: scan.TokenForm, File: l.Cert.Path, Text: err.Error(), Cause: "the file of tokens cannot be read", Args: []any{err.Error()}}
		}
	case LoadConfig:
		side.Config = l.Cert
		if l.ConfigErr != nil {
			stop.err, stop.part = &configError{l.Cert.Path, l.ConfigErr}, configPart
		}
	}
	if stop.err == nil || errors.Is(stop.err, fs.ErrNotExist) {
		return nil
	}
	if stop.part == caPart {
		side.CA = l.Cert
	}
	why := loadReason(side, stop)
	return &Halt{Check: why.check, File: why.file, Text: stop.err.Error(), Cause: why.cause, Args: why.args}
}
