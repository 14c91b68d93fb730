// Package acceptance boots real etcd and Kubernetes from nothing but the files
// that certwright makes, each node with its own address and file system, and
// asks the running cluster whether every certificate does what it is for.
//
// It is a module of its own: the programs that it builds and boots are the
// "tool" lines of its go.mod, and none of them becomes a dependency of the
// product. The product is tested from outside, as the program certwright.
package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fakeRuntime is the package of the container runtime that takes orders from a
// kubelet and runs nothing.
const fakeRuntime = "certwright/pkigen/acceptance/internal/fakecri"

// tool is one program to build: its package, and the module it comes from.
type tool struct {
	ImportPath string
	Module     struct{ Path, Version string }
}

// name returns the file name of the program. etcd's modules end in a major
// version, and etcd's own package is called "server".
func (t tool) name() string {
	switch t.ImportPath {
	case "go.etcd.io/etcd/server/v3":
		return "etcd"
	case "go.etcd.io/etcd/etcdctl/v3":
		return "etcdctl"
	}
	return filepath.Base(t.ImportPath)
}

// Build makes the programs that a cluster needs, with Go's own tools, and
// returns the path of each by its name: etcd, etcdctl, kube-apiserver,
// kube-controller-manager, kube-scheduler, kube-proxy, kubelet, kubectl,
// kubeadm and fakecri.
//
// They lie in the user's cache directory under the version of their module, as
// go.mod names it, and only what is missing there is built: the first time
// takes half an hour. A program appears under its name whole or not at all, so
// two runs, or one that was stopped, do no harm. The runtime fakecri is this
// module's own source and always made anew. What happens is told to log.
func Build(ctx context.Context, log io.Writer) (map[string]string, error) {
	home, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("where to keep built programs: %w", err)
	}
	tools, err := listTools(ctx)
	if err != nil {
		return nil, err
	}
	programs := make(map[string]string, len(tools))
	for _, t := range tools {
		version := t.Module.Version
		if version == "" {
			version = "main"
		}
		target := filepath.Join(home, "certwright", "acceptance", version, t.name())
		programs[t.name()] = target
		if _, err := os.Stat(target); err == nil && t.ImportPath != fakeRuntime {
			continue
		}
		if t.ImportPath != fakeRuntime {
			fmt.Fprintf(log, "building %s %s\n", t.name(), version)
		}
		if err := build(ctx, t, target); err != nil {
			return nil, err
		}
	}
	return programs, nil
}

// listTools reads the programs and their versions out of go.mod.
func listTools(ctx context.Context) ([]tool, error) {
	out, err := goTool(ctx, "list", "-json=ImportPath,Module", "tool", fakeRuntime)
	if err != nil {
		return nil, err
	}
	var tools []tool
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var t tool
		if err := dec.Decode(&t); errors.Is(err, io.EOF) {
			return tools, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		tools = append(tools, t)
	}
}

// build compiles one program beside its place and moves it there when it is whole.
func build(ctx context.Context, t tool, target string) error {
	dir := filepath.Dir(target)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(dir, ".building-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	made := filepath.Join(scratch, t.name())
	if _, err := goTool(ctx, "build", "-trimpath", "-ldflags", linkFlags(t), "-o", made, t.ImportPath); err != nil {
		return err
	}
	return os.Rename(made, target)
}

// linkFlags names the version inside Kubernetes' programs, which know it from
// the linker only: without it kubeadm refuses every cluster.
func linkFlags(t tool) string {
	flags := []string{"-s", "-w"}
	if t.Module.Path != "k8s.io/kubernetes" {
		return strings.Join(flags, " ")
	}
	version := t.Module.Version
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		flags = append(flags, "-X", pkg+".gitVersion="+version, "-X", pkg+".gitMajor="+major, "-X", pkg+".gitMinor="+minor)
	}
	return strings.Join(flags, " ")
}

// goTool runs the go command in this module, without C: the programs must run
// in a bare root, and the build cache stays the same on every machine.
func goTool(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out, nil
}
