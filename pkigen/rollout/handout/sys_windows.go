package handout

import "os"

// modesCount: files have the rights of the folder that they lie in.
const modesCount = false

// syncFolder: a folder cannot be synced.
func syncFolder(*os.Root) error { return nil }
