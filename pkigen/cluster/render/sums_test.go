package render

import (
	"strings"
	"testing"
)

const (
	sumA     = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
	sumB     = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
	sumEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

func TestSums(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string][]byte
		want  string
	}{
		{"none", nil, ""},
		{"sorted", map[string][]byte{"b": []byte("b"), "a/z": []byte("a"), "a-": []byte("a")}, sumA + "  a-\n" + sumA + "  a/z\n" + sumB + "  b\n"},
		{"empty file", map[string][]byte{"a": {}}, sumEmpty + "  a\n"},
		{"not itself", map[string][]byte{"SHA256SUMS": []byte("old"), "x/SHA256SUMS": []byte("a")}, sumA + "  x/SHA256SUMS\n"},
		{"spaces", map[string][]byte{" a b ": []byte("a")}, sumA + "   a b \n"},
		{"escaped", map[string][]byte{"a\nb\\\r": []byte("a")}, `\` + sumA + `  a\nb\\\r` + "\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Sums(tc.files)
			if string(got) != tc.want {
				t.Errorf("got\n%s\nwant\n%s", got, tc.want)
			}
			if err := CheckSums(got, sumsOf(tc.files)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	line := "line 1 of SHA256SUMS cannot be read: it has to be 64 hexadecimal digits, two spaces and a path such as etc/kubernetes/pki/ca.crt"
	for _, tc := range []struct {
		name, sums string
		files      string // each holds its own name
		want       string
	}{
		{"good", sumA + "  a\n" + sumB + "  b\n", "a b", ""},
		{"order, binary mode, upper case, no last newline", sumB + "  b\n" + strings.ToUpper(sumA) + " *a", "a b", ""},
		{"changed", sumB + "  a\n", "a", `"a" is not as it was made: its sum differs from the one in SHA256SUMS; run certwright generate again, or write the new sum there if the change is yours`},
		{"missing", sumA + "  a\n" + sumB + "  b\n", "a", `"b" is missing, and SHA256SUMS lists it: run certwright generate again`},
		{"unlisted", sumA + "  a\n", "a b", `"b" is not listed in SHA256SUMS, so it was not made for the node: move it away, or add its sum if the node needs it`},
		{"first of several", sumB + "  b\n", "a", `"a" is not listed in SHA256SUMS, so it was not made for the node: move it away, or add its sum if the node needs it`},
		{"twice", sumA + "  a\n" + sumA + "  a\n", "a", `line 2 of SHA256SUMS lists "a" a second time`},
		{"short", sumA[1:] + "  a\n", "a", line},
		{"no digits", "g" + sumA[1:] + "  a\n", "a", line},
		{"one space", sumA + " a\n", "a", line},
		{"no path", sumA + "  \n", "a", line},
		{"blank line", "\n", "a", line},
		{"up", sumA + "  ../a\n", "a", line},
		{"absolute", sumA + "  /a\n", "a", line},
		{"dot", sumA + "  ./a\n", "a", line},
		{"root", sumA + "  .\n", "a", line},
		{"itself", sumA + "  SHA256SUMS\n", "a", line},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := map[string][]byte{}
			for name := range strings.FieldsSeq(tc.files) {
				files[name] = []byte(name)
			}
			if got := text(CheckSums([]byte(tc.sums), sumsOf(files))); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(sumA+"  a\n"), "a")
	f.Add([]byte(`\`+sumA+`  a\n`+"\n"), "a\n")
	f.Fuzz(func(t *testing.T, sums []byte, name string) {
		_ = CheckSums(sums, map[string]Sum{name: SumOf([]byte("a"))}) // must not crash
	})
}

func sumsOf(files map[string][]byte) map[string]Sum {
	out := map[string]Sum{}
	for path, data := range files {
		out[path] = SumOf(data)
	}
	return out
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
