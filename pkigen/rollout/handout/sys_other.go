//go:build !windows

package handout

import (
	"errors"
	"os"
)

// modesCount: a file's mode says who can read it.
const modesCount = true

// syncFolder makes the names in a folder last.
func syncFolder(root *os.Root) error {
	f, err := root.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
