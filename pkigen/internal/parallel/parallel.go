// Package parallel does the same with many things at once.
package parallel

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Each calls do for 0 to n-1 on a number of goroutines, all of them whatever
// fails, and returns the error of the lowest number that has one. A panic of do is
// one of Each, in the goroutine of its caller: who cleans up there after a crash
// would else be passed over.
func Each(n, workers int, do func(i int) error) error {
	var (
		next    atomic.Int64
		wg      sync.WaitGroup
		mu      sync.Mutex
		at      = n // the lowest number that failed
		failed  error
		crashed any
	)
	work := func() {
		defer func() {
			if r := recover(); r != nil {
				mu.Lock()
				defer mu.Unlock()
				crashed = fmt.Sprintf("%v\n%s", r, debug.Stack())
			}
		}()
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			if err := do(i); err != nil {
				mu.Lock()
				if i < at {
					at, failed = i, err
				}
				mu.Unlock()
			}
		}
	}
	for range min(workers, n) {
		wg.Go(work)
	}
	wg.Wait()
	if crashed != nil {
		panic(crashed)
	}
	return failed
}
