package verify_test

import (
	"strings"
	"testing"
	"time"

	"certwright/pkigen/judging/verify"
)

// TestForetold: what a program would say names its files as it is told of them, in the
// words that it has for these.
func TestForetold(t *testing.T) {
	for _, tt := range []struct{ file, want string }{
		{"pki/apiserver.key", `"command failed" err="open /etc/kubernetes/pki/apiserver.key: no such file or directory"`},
		{"pki/apiserver-etcd-client.key", `"command failed" err="error creating storage factory: open /etc/kubernetes/pki/apiserver-etcd-client.key: no such file or directory"`},
		{"pki/etcd/peer.key", `"msg":"discovery failed","error":"open /etc/kubernetes/pki/etcd/peer.key: no such file or directory"`},
		{"pki/etcd/server.key", `"msg":"listener failed","error":"open /etc/kubernetes/pki/etcd/server.key: no such file or directory"`},
	} {
		f := one(newWorld())
		delete(f, tt.file)
		j, err := verify.Directory(t.Context(), f.put(t), nil, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, r := range j.Wrong() {
			said = append(said, r.Failure.Text)
		}
		if text := strings.Join(said, "\n"); !strings.Contains(text, tt.want) {
			t.Errorf("%s: it says\n%s", tt.file, text)
		}
	}
}
