package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// SumsFile is the name of the list of sums in the root of a node's tree.
const SumsFile = "SHA256SUMS"

// Sum is the SHA-256 of a file's bytes.
type Sum = [sha256.Size]byte

// SumOf is the sum of a file's bytes.
func SumOf(data []byte) Sum { return sha256.Sum256(data) }

// SumFault is what is wrong with a file that is held against its sum.
type SumFault int

// The faults of a file.
const (
	Changed  SumFault = iota // its bytes are not those that were listed
	Missing                  // it is listed, and not there
	Unlisted                 // it is there, and not listed
)

// SumError says which file does not agree with the list of sums.
type SumError struct {
	File  string
	Fault SumFault
}

// Error says what is wrong and what can be done.
func (e *SumError) Error() string {
	switch e.Fault {
	case Missing:
		return fmt.Sprintf("%q is missing, and %s lists it: run certwright generate again", e.File, SumsFile)
	case Unlisted:
		return fmt.Sprintf("%q is not listed in %s, so it was not made for the node: move it away, or add its sum if the node needs it", e.File, SumsFile)
	}
	return fmt.Sprintf("%q is not as it was made: its sum differs from the one in %s; run certwright generate again, or write the new sum there if the change is yours",
		e.File, SumsFile)
}

// Sums is the text of SHA256SUMS for the files of a node's tree: their paths,
// relative to the root of the tree and slash-separated, with their bytes. A
// file SHA256SUMS in the root is left out, since no list can hold its own sum.
//
// The form is that of GNU coreutils' sha256sum, which checks it with
// "sha256sum -c": the sum in hexadecimal, two spaces, the path; sorted by path.
func Sums(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if path == SumsFile {
			continue
		}
		// coreutils marks a line whose name is escaped by a backslash before it.
		escaped := escape.Replace(path)
		if escaped != path {
			b.WriteByte('\\')
		}
		fmt.Fprintf(&b, "%x  %s\n", SumOf(files[path]), escaped)
	}
	return b.Bytes()
}

// CheckSums holds the sums of a node's files, by the paths that Sums takes, against a
// list of sums. The error is a *SumError for the first file, in the order of paths,
// that differs, is missing, or is not listed; or it names the line of the list
// that cannot be read.
func CheckSums(list []byte, have map[string]Sum) error {
	listed, err := ParseSums(list)
	if err != nil {
		return err
	}
	all := maps.Clone(listed)
	maps.Copy(all, have)
	delete(all, SumsFile)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		sum, there := have[path]
		if !there {
			return &SumError{path, Missing}
		}
		if err := listed.Check(path, path, sum); err != nil {
			return err
		}
	}
	return nil
}

// SumList is the sum of each listed path.
type SumList map[string]Sum

// Check holds one file against the list; shown is its name in the error.
func (l SumList) Check(path, shown string, sum Sum) error {
	want, ok := l[path]
	switch {
	case !ok:
		return &SumError{shown, Unlisted}
	case want != sum:
		return &SumError{shown, Changed}
	}
	return nil
}

var (
	escape   = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)
	unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r")
)

// ParseSums reads what sha256sum writes, in text and in binary mode.
func ParseSums(text []byte) (SumList, error) {
	list := SumList{}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		path, sum, ok := parseSum(strings.TrimSuffix(line, "\n"))
		if !ok {
			return nil, fmt.Errorf("line %d of %s cannot be read: it has to be 64 hexadecimal digits, two spaces and a path such as etc/kubernetes/pki/ca.crt", n, SumsFile)
		}
		if _, twice := list[path]; twice {
			return nil, fmt.Errorf("line %d of %s lists %q a second time", n, SumsFile, path)
		}
		list[path] = sum
	}
	return list, nil
}

// parseSum reads one line: sum, a space, a space or an asterisk, path.
func parseSum(line string) (path string, sum Sum, ok bool) {
	line, escaped := strings.CutPrefix(line, `\`)
	const digits = 2 * sha256.Size
	if len(line) < digits+3 || line[digits] != ' ' || line[digits+1] != ' ' && line[digits+1] != '*' {
		return "", sum, false
	}
	if _, err := hex.Decode(sum[:], []byte(line[:digits])); err != nil {
		return "", sum, false
	}
	path = line[digits+2:]
	if escaped {
		path = unescape.Replace(path)
	}
	return path, sum, fs.ValidPath(path) && path != "." && path != SumsFile
}
