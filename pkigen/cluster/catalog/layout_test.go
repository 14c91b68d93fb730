package catalog

import "testing"

func TestFindByFlag(t *testing.T) {
	for name, want := range map[string]string{
		"etcd-peer": "kubernetes", "admin": "admin", "apiserver": "kubernetes", "kubelet-client": "", "nonsense": "",
	} {
		got := ""
		if p := article.Find(name); p != nil {
			got = p.Name
		}
		if got != want {
			t.Errorf("article: %s is done by %q, want %q", name, got, want)
		}
	}
}
