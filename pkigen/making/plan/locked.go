package plan

import (
	"bytes"
	"crypto"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/making/store"
)

// lockedKey is the private key of a CA behind a passphrase, of which the certificate
// tells the public half. A plan needs no more of it; only what signs by it does.
type lockedKey struct{ public crypto.PublicKey }

// Public is the key in the CA's certificate.
func (k lockedKey) Public() crypto.PublicKey { return k.public }

// Sign always fails: Plan.Open puts the opened key in its place first.
func (lockedKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the private key is behind a passphrase, and was not opened")
}

// lock settles what is known of a CA whose key is behind a passphrase. A copy for
// programs, which are asked for none, is plain, and has to be of the certificate's key.
func (f *found) lock(have store.Directory, c *catalog.Certificate) {
	switch {
	case !f.locked:
		return
	case f.cert == nil && f.hasKey:
		f.otherKey, f.otherErr = c.Files.Key, ErrEncrypted
		return
	case f.cert == nil:
		f.hasKey, f.keyPath, f.keyErr = true, c.Files.Key, ErrEncrypted
		return
	case f.key != nil && !pkey.Same(f.key.Public(), f.cert.PublicKey):
		f.otherKey, f.otherErr = f.keyPath, fmt.Errorf("does not fit %s", c.Place(catalog.Cert))
	case f.hasKey && f.keyErr != nil:
		f.otherKey, f.otherErr = f.keyPath, f.keyErr
	default:
		f.plain = f.keyPEM
	}
	f.hasKey, f.key, f.keyErr = true, lockedKey{f.cert.PublicKey}, nil
	f.keyPath, f.keyPEM = c.Files.Key, have[c.Files.Key].Data
}

// seals reports whether the key of a CA is to lie behind a passphrase after the run. What
// lies behind one stays so, unless the operator says otherwise; what programs of an
// adopted directory read, none may.
func (m *maker) seals(c *catalog.Certificate, f *found) bool {
	switch {
	case !c.IsCA() || m.opt.PlainKeys:
		return false
	case f.locked:
		return true
	}
	return m.plan.Cluster.EncryptCAKeys && m.plan.Layout.PerNode && !c.AsFound
}

// Locked reports whether a private key lies behind a passphrase, and was not opened.
func (c *Certificate) Locked() bool {
	_, locked := c.OldKey.(lockedKey)
	return locked
}

// encrypted reports whether the text of the key that was found is behind a passphrase.
func (c *Certificate) encrypted() bool { return IsEncrypted(c.KeyPEM) }

// IsEncrypted reports whether the text of a private key is behind a passphrase.
func IsEncrypted(text []byte) bool {
	block, _ := pem.Decode(text)
	return block != nil && pkey.Encrypted(block)
}

// keyText is what a place of a key that stays has to hold; nil for what is made only
// when the key is opened, or put behind a passphrase. other says why what lies there is
// not right.
func (c *Certificate) keyText(path string) (text []byte, other string) {
	sealed := c.Sealed && path == c.Files.Key
	switch {
	case sealed == c.encrypted():
		return c.KeyPEM, ""
	case sealed:
		return nil, "is put behind a passphrase"
	case path == c.Files.Key:
		return nil, "is written without its passphrase"
	case c.Sealed:
		return c.plainPEM, "is for a program, and none reads a key behind a passphrase"
	}
	return c.plainPEM, ""
}

// needOpen finds the keys that the run needs opened: of CAs that sign, and of those
// that are written in another form than they lie there.
func (p *Plan) needOpen() {
	needed := map[string]bool{}
	for i := range p.Certificates {
		if c := &p.Certificates[i]; c.Cert.Writes() {
			needed[c.Signer] = true
		} else if c.CSR.Writes() {
			needed[c.Name] = true
		}
	}
	for i := range p.Files {
		a := &p.Files[i]
		c := p.Find(a.Certificate)
		if a.Part != catalog.Key || !a.Verb.Writes() || c == nil || !c.Locked() {
			continue
		}
		if text, _ := c.keyText(a.Path); text == nil {
			needed[c.Name] = true
		}
	}
	for i := range p.Certificates {
		c := &p.Certificates[i]
		c.Opens = (c.Opens || needed[c.Name]) && c.Key == Keep && c.Locked()
	}
}

// Opens are the CAs whose keys the run needs opened, in the plan's order. To put a new
// key behind the passphrase of the others, one of those is opened as well: all of a set
// have one passphrase.
func (p *Plan) Opens() []*Certificate {
	opens := pick(p, func(c *Certificate) bool { return c.Opens })
	if len(opens) == 0 && p.locks() {
		if locked := pick(p, func(c *Certificate) bool { return c.Locked() }); len(locked) > 0 {
			return locked[:1]
		}
	}
	return opens
}

// sealing are the CAs whose keys the run puts behind a passphrase.
func (p *Plan) sealing() []*Certificate {
	return pick(p, func(c *Certificate) bool {
		return c.Sealed && (c.Key == Create || c.Key == Replace || c.Key == Keep && !c.encrypted() && c.OldKey != nil)
	})
}

// locks reports whether anything is put behind the passphrase, here or in the backups.
func (p *Plan) locks() bool { return p.backups || len(p.sealing()) > 0 }

// Protects reports whether the plan is the first that puts keys of CAs behind a
// passphrase, or is to do so in the backups.
func (p *Plan) Protects() bool {
	return p.backups || len(p.sealing()) > 0 && len(pick(p, func(c *Certificate) bool { return c.encrypted() })) == 0
}

// Passphrase reports whether the run needs a passphrase, and whether it makes the first
// one of the set: nothing lies behind one yet.
func (p *Plan) Passphrase() (needed, first bool) {
	opens := len(p.Opens())
	return opens > 0 || p.locks(), opens == 0
}

// Asking is what a passphrase is asked for.
type Asking struct {
	Files []string // the private keys that it has to open; none where it is made
	Wrong error    // why the one before did not open them; nil for the first
}

// Offer makes a passphrase.
func (Asking) Offer() string { return pkey.NewPassphrase() }

// Check says why a passphrase is not to be used for new keys.
func (Asking) Check(passphrase []byte) error { return pkey.CheckPassphrase(passphrase) }

// Nobody is the error for who cannot ask.
func (a Asking) Nobody(why error) error {
	return &OpenError{Path: strings.Join(a.Files, ", "), Err: why, Nobody: true}
}

// OpenError says that a passphrase does not open a key, or that nobody gives one.
type OpenError struct {
	Path   string // "" for a passphrase that is to be made
	Err    error
	Nobody bool // it cannot be asked for
}

// Error names the file.
func (e *OpenError) Error() string {
	switch {
	case e.Nobody && e.Path == "":
		return fmt.Sprintf("CA keys are to be put behind a passphrase: %v", e.Err)
	case e.Nobody:
		return fmt.Sprintf("the passphrase of %s is needed: %v", e.Path, e.Err)
	}
	return e.Path + ": " + e.Err.Error()
}

// Unwrap is pkey.ErrPassphrase where it may be another passphrase.
func (e *OpenError) Unwrap() error { return e.Err }

// Open opens the keys that the run needs with a passphrase, and makes ready what puts
// others behind it. Nothing of the plan changes where that is an error.
func (p *Plan) Open(passphrase []byte) error {
	opener := pkey.NewOpener(passphrase)
	opened := map[*Certificate]crypto.Signer{}
	for _, c := range p.Opens() {
		block, _ := pem.Decode(c.KeyPEM)
		key, err := opener.Decrypt(block)
		switch {
		case err != nil:
			return &OpenError{Path: c.Files.Key, Err: err}
		case !pkey.Same(key.Public(), c.OldKey.Public()):
			return &OpenError{Path: c.Files.Key, Err: fmt.Errorf("holds another private key than that of %s", c.Place(catalog.Cert))}
		}
		opened[c] = key
	}
	if p.locks() {
		var err error
		if p.lock, err = pkey.NewLock(passphrase); err != nil {
			return err
		}
	}
	for c, key := range opened {
		c.OldKey = key
	}
	p.opener = opener
	return nil
}

// Seal is the text of a private key behind the passphrase that the plan was opened with.
func (p *Plan) Seal(key crypto.Signer) ([]byte, error) {
	if p.lock == nil {
		return nil, errors.New("the private key is to be put behind a passphrase, and none was given")
	}
	return p.lock.Encrypt(key)
}

// Unseal is the private key of a text as it lies with the operator. It is nil for one
// behind a passphrase that was not given to this plan.
func (p *Plan) Unseal(text []byte) (crypto.Signer, error) {
	switch {
	case !IsEncrypted(text):
		return ParsePrivateKey(text)
	case p.opener == nil:
		return nil, nil
	}
	block, rest := pem.Decode(text)
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errors.New("has more after its private key")
	}
	return p.opener.Decrypt(block)
}

// Past is what a backup holds of a key that is written behind a passphrase, in the place of
// the plain one that lies there; nil for any other file. made is what is written.
func (p *Plan) Past(a *Action, made []byte) ([]byte, error) {
	c := p.Find(a.Certificate)
	if have := p.Have(a.Path); a.Part != catalog.Key || c == nil || !c.Sealed || a.Path != c.Files.Key || have == nil || IsEncrypted(have) {
		return nil, nil
	} else if c.Key == Keep {
		return made, nil
	} else if old, err := ParsePrivateKey(have); err == nil {
		return p.Seal(old)
	}
	return nil, nil // it can be read by nobody
}

// KeyOf is the text of a private key for one of its places, where text is that of the
// key as it was made or found, and encode writes one without a passphrase.
func (p *Plan) KeyOf(c *Certificate, path string, key crypto.Signer, text []byte, encode func(crypto.Signer) ([]byte, error)) ([]byte, error) {
	if !c.IsCA() || key == nil {
		return text, nil
	}
	sealed := c.Sealed && path == c.Files.Key
	switch is := IsEncrypted(text); {
	case sealed && c.Key == Keep && c.encrypted():
		return c.KeyPEM, nil
	case sealed == is:
		return text, nil
	case sealed:
		return p.Seal(key)
	case c.plainPEM != nil:
		return c.plainPEM, nil
	}
	return encode(key)
}

// halfALock says, where keys of CAs get their first passphrase, what lies plain beside them
// and opens the cluster as well.
func halfALock(p *Plan) []string {
	if len(p.sealing()) == 0 || !p.Protects() {
		return nil
	}
	var open, copies []string
	seen := map[*catalog.Entry]bool{}
	for i := range p.Certificates {
		c := &p.Certificates[i]
		switch {
		case c.Sealed && len(c.Places(catalog.Key)) > 1:
			copies = append(copies, c.Places(catalog.Key)[1:]...)
		case !c.IsCA() && opensAll(&c.Certificate) && !seen[c.Entry]:
			seen[c.Entry] = true
			open = append(open, c.Place(catalog.Key))
		}
	}
	slices.SortStableFunc(open, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") }) // the operator's first
	out := []string{fmt.Sprintf("encrypted CA keys are half a lock: %s lie plain, and each of them opens the cluster while it runs", list(open))}
	if len(copies) > 0 {
		out = append(out, fmt.Sprintf("plain in any case, since kube-controller-manager reads no key behind a passphrase: %s", list(copies)))
	}
	return out
}

// opensAll reports whether a key is worth as much as a CA while the cluster runs: it
// speaks for administrators, for anybody, or to etcd.
func opensAll(c *catalog.Certificate) bool {
	client := c.Entry.Kind == catalog.Leaf && slices.Contains(c.Entry.Purposes, catalog.Client)
	return c.Entry.Kind == catalog.KeyPair || client && (slices.Contains(c.Subject.Os(), catalog.Masters) || c.Entry.Domain != catalog.Kubernetes)
}
