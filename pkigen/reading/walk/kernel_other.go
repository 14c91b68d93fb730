//go:build !linux

package walk

func ofKernel(string) bool { return false }
