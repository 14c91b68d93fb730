//go:build !linux && !darwin

package store

import "io/fs"

func renameExchange(_, _ at) error { return errExchangeUnsupported }

func renameNoReplace(from, to at) error { return renameIfFree(from, to) }

func isMountPoint(a at, info fs.FileInfo) bool { return otherDevice(a, info) }
