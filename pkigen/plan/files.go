package plan

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"

	"certwright/pkigen/role"
)

// The modes of what a run writes.
const (
	keyMode  fs.FileMode = 0o600
	openMode fs.FileMode = 0o644

	folderMode = fs.ModeDir | 0o700
)

// files lists what happens to each file: the config first, then for each
// certificate its request JSON, request, key and certificate. A folder whose
// mode is wrong stands before what is in it.
func files(p *Plan, have Directory) []Action {
	out := make([]Action, 0, 1+4*len(p.Certificates))
	add := func(a Action) {
		if a.Path == "" {
			return
		}
		if file, there := have[a.Path]; there && a.Verb != Refuse {
			a.FixMode = wrongMode(file.Mode, a.Mode)
		}
		out = append(out, a)
	}
	addJSON := func(a Action) {
		a.Mode = openMode
		a.Verb, a.Reason = jsonVerb(have, a.Path, a.Data)
		add(a)
	}
	addJSON(Action{Path: p.Layout.Config, Data: role.ConfigJSON(p.Layout, p.Cluster)})
	for i := range p.Certificates {
		c := &p.Certificates[i]
		of := func(part role.Part, path string, verb Verb, reason string, mode fs.FileMode) Action {
			return Action{Path: path, Verb: verb, Reason: reason, Mode: mode, Part: part, Certificate: c.Name, CA: c.IsCA()}
		}
		request := of(role.Request, c.Files.Request, "", "", openMode)
		request.Data = c.RequestJSON()
		addJSON(request)
		add(of(role.CSR, c.Files.CSR, c.CSR, requestReason(c, have), openMode))
		add(of(role.Key, c.Files.Key, c.Key, keyReason(c), keyMode))
		add(of(role.Cert, c.Files.Cert, c.Cert, c.Reason, openMode))
	}
	return withFolders(out, have)
}

// withFolders puts an action before the first file of each folder that others
// can open and that holds private keys, and of the directory itself, which a
// run never leaves open.
func withFolders(files []Action, have Directory) []Action {
	secret := map[string]bool{".": true}
	for i := range files {
		if files[i].Part == role.Key {
			secret[path.Dir(files[i].Path)] = true
		}
	}
	var loose func(folder string) []Action
	loose = func(folder string) []Action {
		var out []Action
		if folder != "." {
			out = loose(path.Dir(folder))
		}
		if file, there := have[folder]; secret[folder] && there && file.Mode.IsDir() && file.Mode.Perm()&0o077 != 0 {
			out = append(out, Action{Path: folder, Verb: Keep, Mode: folderMode, FixMode: true,
				Reason: fmt.Sprintf("holds private keys and is open to others (%04o)", file.Mode.Perm())})
		}
		delete(secret, folder) // once is enough
		return out
	}
	out := make([]Action, 0, len(files)+1)
	for _, a := range files {
		out = append(append(out, loose(path.Dir(a.Path))...), a)
	}
	return out
}

func jsonVerb(have Directory, path string, data []byte) (Verb, string) {
	file, there := have[path]
	switch {
	case !there:
		return Create, ""
	case bytes.Equal(file.Data, data):
		return Keep, ""
	}
	return Renew, "is not what the answers make"
}

// keyReason is the certificate's reason where it is about the key.
func keyReason(c *Certificate) string {
	if c.Key == Refuse || c.Key == Replace {
		return c.Reason
	}
	return ""
}

func requestReason(c *Certificate, have Directory) string {
	if c.CSR != Renew {
		return ""
	}
	if c.Key != Keep {
		return "its private key is new"
	}
	return requestDifference(have[c.Files.CSR].Data, &c.Certificate, c.OldKey.Public())
}

// wrongMode tells whether a file's mode has to be set. A key must be exactly
// 0600; of other files only what others could write or the owner could not
// read is wrong, so that an operator's stricter choice stays.
func wrongMode(have, want fs.FileMode) bool {
	if want == keyMode {
		return have.Perm() != keyMode
	}
	return have.Perm()&0o022 != 0 || have.Perm()&0o400 == 0
}
