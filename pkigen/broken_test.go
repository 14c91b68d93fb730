package pkigen

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/judging/check"
	"certwright/pkigen/judging/verify"
	"certwright/pkigen/making/plan"
)

// TestBrokenKubeconfig: a kubeconfig that embeds the only copy of a key, or one of
// several, and cannot be read is refused by the plan, and named.
func TestBrokenKubeconfig(t *testing.T) {
	c := treeCluster("three-ca", 2)
	for _, test := range []struct{ cert, file, want string }{
		{"worker-1/kubelet-client", "nodes/worker-1/etc/kubernetes/kubelet.conf",
			"is no kubeconfig that a component can use: put the right one there, or move this one away"},
		{"kube-proxy", "nodes/worker-2/etc/kubernetes/kube-proxy.conf",
			"is no kubeconfig that a component can use: put there what nodes/cp-1/etc/kubernetes/kube-proxy.conf holds, or move it away"},
		{"kube-proxy", "nodes/cp-1/etc/kubernetes/kube-proxy.conf",
			"is no kubeconfig that a component can use: put there what nodes/cp-2/etc/kubernetes/kube-proxy.conf holds, or move it away"},
	} {
		t.Run(test.file, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "pki")
			makeTrees(t, dir, c)
			if err := os.WriteFile(filepath.Join(dir, test.file), []byte("half a fi"), 0o600); err != nil {
				t.Fatal(err)
			}
			job := Job{Dir: dir, Cluster: c}
			if refused := mustPlan(t, job).Refused(); len(refused) != 1 || refused[0].Certificate != test.cert {
				t.Errorf("refused are %v", refused)
			}
			_, err := Run(t.Context(), job, nil)
			if no := (*plan.RefusedError)(nil); !errors.As(err, &no) || !strings.Contains(err.Error(), test.cert+": "+test.file+" "+test.want) {
				t.Errorf("got %v", err)
			}
			layout, _ := catalog.FindLayout(c.Layout)
			if !slices.ContainsFunc(judged(t, dir, &verify.Known{Layout: layout, Cluster: c}).Findings, func(f check.Finding) bool {
				return f.Check.ID == "kubeconfig-broken" && f.File == test.file
			}) {
				t.Error("not found by the judgement")
			}
			makeTrees(t, dir, c, test.cert)
			judgedClean(t, dir, c)
		})
	}
}
