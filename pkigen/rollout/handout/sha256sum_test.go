package handout_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"certwright/pkigen/cluster/render"
)

// The tool that operators have reads the list.
func TestSha256sum(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("no sha256sum here")
	}
	dir := t.TempDir()
	files := control()
	files["etc/a b"], files["etc/b\\c"], files["etc/c\nd"] = []byte("1"), []byte("2"), []byte("3")
	build(t, dir, "m", files)
	cmd := exec.Command(tool, "-c", "--strict", render.SumsFile)
	cmd.Dir = filepath.Join(dir, "nodes", "m")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), ": OK\n") != len(files) {
		t.Errorf("%v\n%s", err, out)
	}
}
