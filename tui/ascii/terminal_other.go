//go:build !unix

package ascii

import "os"

// Needed is false: consoles of such systems are given characters, not bytes.
func Needed(func(string) string, *os.File, *os.File) bool { return false }
