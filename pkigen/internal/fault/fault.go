// Package fault lets tests stand in front of every change that certwright makes
// to a disk: to make it fail, to stop the program there, or to play a file system
// that cannot do something. In the program it is never set.
package fault

import "sync/atomic"

// Faults are what goes wrong. The zero value is a disk on which nothing does.
type Faults struct {
	// Step is told of each change before it is made: an operation such as "create",
	// and the path. An error of it is the error of the change, which is then not
	// made. It may be called from several goroutines.
	Step func(op, path string) error
	// Workers is how many files are made and synced at one time; 0 for the usual number.
	Workers int
	// NoExchange, NoLink and NoModes stand for file systems that cannot exchange two
	// folders, have no hard links, or take a mode and keep none.
	NoExchange, NoLink, NoModes bool
	// WholeSync syncs the whole file system once, where it knows how, also for few files.
	WholeSync bool
}

var current atomic.Pointer[Faults]

// Set puts faults in place, and returns what takes them away again.
func Set(f Faults) (clear func()) {
	current.Store(&f)
	return func() { current.Store(nil) }
}

// Current are the faults in place.
func Current() Faults {
	if f := current.Load(); f != nil {
		return *f
	}
	return Faults{}
}
