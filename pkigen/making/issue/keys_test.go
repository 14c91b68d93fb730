package issue

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"certwright/pkigen/cluster/pkey"
	"certwright/pkigen/cluster/spec"
)

// waitReady waits until a pool has n keys ready.
func waitReady(t *testing.T, k *Keys, alg spec.KeyAlgorithm, n int) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); k.Ready(alg) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d keys ready, want %d", k.Ready(alg), n)
		}
	}
}

func TestKeysAhead(t *testing.T) {
	k := NewKeys(t.Context())
	defer k.Close()
	k.Want(spec.ECDSAP256, 3)
	k.Want(spec.ECDSAP256, 2) // only grows
	waitReady(t, k, spec.ECDSAP256, 3)
	if n := k.Ready(spec.RSA2048); n != 0 {
		t.Errorf("%d RSA keys ready, none were wanted", n)
	}
	seen := map[string]bool{}
	for i := range 5 { // two more than are ready
		key, err := k.Take(t.Context(), spec.ECDSAP256)
		if err != nil {
			t.Fatal(err)
		}
		pemText, err := encodeKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if seen[string(pemText)] {
			t.Fatalf("key %d was handed out twice", i)
		}
		seen[string(pemText)] = true
	}
	k.idle.Wait()
	if n := k.Ready(spec.ECDSAP256); n != 0 {
		t.Errorf("%d keys made that nobody wants", n)
	}
}

// TestKeysTakeKeepsRest: taking a key lowers what is still to be made by one.
func TestKeysTakeKeepsRest(t *testing.T) {
	k := NewKeys(t.Context())
	defer k.Close()
	k.Want(spec.ECDSAP384, 4)
	if _, err := k.Take(t.Context(), spec.ECDSAP384); err != nil {
		t.Fatal(err)
	}
	waitReady(t, k, spec.ECDSAP384, 3)
	k.idle.Wait()
	if n := k.Ready(spec.ECDSAP384); n != 3 {
		t.Errorf("%d keys ready, 3 are left of 4", n)
	}
}

func TestKeysOtherAlgorithm(t *testing.T) {
	k := NewKeys(t.Context())
	defer k.Close()
	k.Want(spec.ECDSAP256, 3)
	waitReady(t, k, spec.ECDSAP256, 3)
	// A change of the answer drops what was made for the old one.
	k.Want(spec.ECDSAP384, 1)
	waitReady(t, k, spec.ECDSAP384, 1)
	if n := k.Ready(spec.ECDSAP256); n != 0 {
		t.Errorf("%d keys of the old algorithm are kept", n)
	}
	// A key of an algorithm that the pool does not make is made on demand.
	for _, alg := range []spec.KeyAlgorithm{spec.ECDSAP256, spec.RSA2048} {
		key, err := k.Take(t.Context(), alg)
		if err != nil {
			t.Fatal(err)
		}
		if got := pkey.Algorithm(key.Public()); got != string(alg) {
			t.Errorf("got a %s key, want %s", got, alg)
		}
	}
}

// TestKeysWaiterSurvivesChange: one who waits for a key while the algorithm
// changes, or the pool closes, still gets a key of the algorithm it asked for.
func TestKeysWaiterSurvivesChange(t *testing.T) {
	for name, disturb := range map[string]func(*Keys){
		"change": func(k *Keys) { k.Want(spec.ECDSAP256, 1) },
		"close":  func(k *Keys) { k.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			k := NewKeys(t.Context())
			defer k.Close()
			k.Want(spec.RSA2048, 1)
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					key, err := k.Take(t.Context(), spec.RSA2048)
					if err != nil {
						t.Error(err)
					} else if got := pkey.Algorithm(key.Public()); got != "RSA-2048" {
						t.Errorf("got a %s key", got)
					}
				})
			}
			disturb(k)
			wg.Wait()
		})
	}
}

func TestKeysTakeCancelled(t *testing.T) {
	before := runtime.NumGoroutine()
	k := NewKeys(t.Context())
	k.Want(spec.RSA4096, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the operator left")
	time.AfterFunc(5*time.Millisecond, func() { cancel(gone) })
	begin := time.Now()
	if _, err := k.Take(ctx, spec.RSA4096); err != nil && !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
	if _, err := k.Take(ctx, spec.RSA4096); !errors.Is(err, gone) {
		t.Errorf("a cancelled Take gave %v", err)
	}
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("took %v to give up", d)
	}
	k.mu.Lock()
	if len(k.waiters) != 0 {
		t.Error("a waiter that left is still enrolled")
	}
	k.mu.Unlock()
	k.Close()
	waitGoroutines(t, before)
}

// TestKeysAbandonedKey: a key that arrives just as its waiter leaves is not lost.
func TestKeysAbandonedKey(t *testing.T) {
	k := NewKeys(t.Context())
	defer k.Close()
	k.Want(spec.ECDSAP256, 0)
	key, err := newKey(spec.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	wait := make(chan outcome, 1)
	wait <- outcome{key: key}
	k.abandon(spec.ECDSAP256, wait)
	if n := k.Ready(spec.ECDSAP256); n != 1 {
		t.Errorf("%d keys ready, the abandoned one should be", n)
	}
}

func TestKeysClose(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancel(t.Context())
	k := NewKeys(ctx)
	k.Want(spec.ECDSAP256, 10)
	waitReady(t, k, spec.ECDSAP256, 10)
	cancel() // the pool ends with its context
	for k.Ready(spec.ECDSAP256) > 0 {
		runtime.Gosched()
	}
	k.mu.Lock()
	if k.ready != nil {
		t.Error("the unused keys are still held")
	}
	k.mu.Unlock()
	k.Close() // a second time
	k.Want(spec.ECDSAP256, 5)
	if _, err := k.Take(t.Context(), spec.ECDSAP256); err != nil {
		t.Errorf("a closed pool makes keys on demand: %v", err)
	}
	waitGoroutines(t, before)
}

func TestKeysNil(t *testing.T) {
	var k *Keys
	k.Want(spec.RSA2048, 3)
	if n := k.Ready(spec.RSA2048); n != 0 {
		t.Errorf("%d ready", n)
	}
	if _, err := k.Take(t.Context(), spec.ECDSAP256); err != nil {
		t.Error(err)
	}
	k.Close()
}

func TestKeysUnknownAlgorithm(t *testing.T) {
	k := NewKeys(t.Context())
	defer k.Close()
	k.Want("DSA-1024", 2)
	if _, err := k.Take(t.Context(), "DSA-1024"); err == nil {
		t.Error("made a key of an unknown algorithm")
	}
}
