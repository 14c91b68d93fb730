package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// addVersion gives the root --version, in the form that bug reports need:
// program, cfssl and Go.
func addVersion(root *cobra.Command) {
	root.Version = version()
	root.SetVersionTemplate("{{.Version}}\n")
}

// release is the version of a release, which .ci/release sets.
var release string

// version is the release's, or else what the build stamped into the binary.
func version() string {
	own, cfssl, gov := "(unknown)", "(unknown)", "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		gov = info.GoVersion
		own = cmp.Or(release, info.Main.Version, own)
		for _, dep := range info.Deps {
			if dep.Path == "github.com/cloudflare/cfssl" {
				cfssl = dep.Version
			}
		}
	}
	return fmt.Sprintf("certwright %s (cfssl %s, %s)", own, cfssl, strings.TrimPrefix(gov, "go version "))
}
