//go:build !linux

package store

import (
	"errors"
	"os"
)

// syncAll is never asked for, since there is no such call that tells of errors.
func syncAll(*os.File) error { return errors.ErrUnsupported }

func syncsWhole(*os.File, int) bool { return false }
