package store

import (
	"runtime"
)

// fewSyncs is up to how many syncs are made one by one. A sync of the whole
// file system takes the time of some ten of them on an idle disk, but also
// waits for what other programs have written: measured on ext4 with fresh
// folders, 17 files take 4 ms and 2 ms, 275 files and folders 48 ms and 9 ms,
// 1,356 of them 200 ms and 36 ms.
const fewSyncs = 100

// batch is how a tree that needs a number of syncs is built below a folder: with
// the system that it returns, whose files and folders last only when flush has
// returned without an error. flush takes the error of the building, and returns
// that, or its own.
//
// The folder is opened before anything is written: its sync tells of each write
// that failed since then, also where the kernel made that write by itself.
func (s *system) batch(folder *dir, syncs int) (_ *system, flush func(error) error) {
	asYouGo := func(err error) error { return err }
	if syncs <= fewSyncs && !s.WholeSync {
		return s, asYouGo
	}
	f, err := folder.Open(".")
	if err != nil {
		return s, asYouGo
	}
	if !s.WholeSync && !syncsWhole(f, syncs) {
		f.Close()
		return s, asYouGo
	}
	late := *s
	late.late = true
	// Nobody waits for the disk: more workers than processors would only wait
	// for each other, for the folder that they make files in.
	late.Workers = min(s.Workers, runtime.GOMAXPROCS(0))
	return &late, func(err error) error {
		defer f.Close()
		if err != nil {
			return err
		}
		return s.do("syncfs", folder.Name(), func() error { return syncAll(f) })
	}
}
