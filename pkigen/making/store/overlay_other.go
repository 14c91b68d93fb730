//go:build !linux

package store

func ofLowerLayer(error, string) bool { return false }
