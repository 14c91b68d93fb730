//go:build !linux

package certinfo

func ofKernel(string) bool { return false }
