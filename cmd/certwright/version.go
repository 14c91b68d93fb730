package main

import (
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

// version reads what the build stamped into the binary, so that no release step
// can forget it.
func version() string {
	own, cfssl, gov := "(unknown)", "(unknown)", "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		gov = info.GoVersion
		if info.Main.Version != "" {
			own = info.Main.Version
		}
		for _, dep := range info.Deps {
			if dep.Path == "github.com/cloudflare/cfssl" {
				cfssl = dep.Version
			}
		}
	}
	return fmt.Sprintf("certwright %s (cfssl %s, %s)", own, cfssl, strings.TrimPrefix(gov, "go version "))
}
