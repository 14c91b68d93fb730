//go:build !linux && !darwin

package store

import "io/fs"

func renameExchange(_, _ string) error { return errExchangeUnsupported }

func renameNoReplace(from, to string) error { return renameIfFree(from, to) }

func isMountPoint(path string, info fs.FileInfo) bool { return otherDevice(path, info) }
