package parallel

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	for _, workers := range []int{1, 3, 100} {
		seen := make([]atomic.Int32, 50)
		if err := Each(len(seen), workers, func(i int) error { seen[i].Add(1); return nil }); err != nil {
			t.Error(err)
		}
		for i := range seen {
			if n := seen[i].Load(); n != 1 {
				t.Errorf("with %d workers %d was done %d times", workers, i, n)
			}
		}
	}
	if err := Each(0, 4, func(int) error { return errors.New("nothing to do") }); err != nil {
		t.Error(err)
	}
}

// TestEachErrors: the error does not depend on who was faster.
func TestEachErrors(t *testing.T) {
	late := make(chan bool)
	err := Each(40, 4, func(i int) error {
		switch i {
		case 1:
			<-late
		case 30:
			close(late)
		}
		if i%10 == 1 || i == 30 {
			return fmt.Errorf("%d failed", i)
		}
		return nil
	})
	if err == nil || err.Error() != "1 failed" {
		t.Error(err)
	}
}

func TestEachPanic(t *testing.T) {
	defer func() {
		if r := fmt.Sprint(recover()); !strings.HasPrefix(r, "boom") || !strings.Contains(r, "TestEachPanic") {
			t.Errorf("got %q", r)
		}
	}()
	_ = Each(10, 3, func(i int) error {
		if i == 7 {
			panic("boom")
		}
		return nil
	})
	t.Error("no panic")
}
