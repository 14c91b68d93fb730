package issue

import (
	"context"
	"crypto"
	"errors"
	"runtime"
	"slices"
	"sync"

	"certwright/pkigen/cluster/spec"
)

// Keys makes private keys in the background, ahead of need: RSA keys take most
// of a run's time, and the answers before the review tell how many are wanted.
// The keys live in memory only. All methods may be called from several
// goroutines, and on a nil *Keys, which makes each key when it is asked for.
type Keys struct {
	mu     sync.Mutex
	alg    spec.KeyAlgorithm
	epoch  int // grows with each change of alg: keys of an older epoch are dropped
	target int // keys wanted and not taken yet
	ready  []crypto.Signer
	// making counts the goroutines at work for this epoch, running those of all
	// epochs: an RSA key that nobody wants any more still holds its processor.
	making, running int
	waiters         []chan outcome
	closed          bool
	stop            func() bool
	idle            sync.WaitGroup
}

// outcome is one key, or the reason why there is none.
type outcome struct {
	key crypto.Signer
	err error
}

// errOnDemand tells a waiter that the background makes nothing for it any more.
var errOnDemand = errors.New("no background keys")

// NewKeys makes an empty pool, which ends by itself when ctx does.
func NewKeys(ctx context.Context) *Keys {
	k := &Keys{}
	k.mu.Lock() // Close may run at once, in its own goroutine
	defer k.mu.Unlock()
	k.stop = context.AfterFunc(ctx, k.Close)
	return k
}

// Want says that n keys of an algorithm will be needed in all, and starts making
// those that are missing. The number only grows; another algorithm drops the
// keys of the one before. It returns at once.
func (k *Keys) Want(alg spec.KeyAlgorithm, n int) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	if alg != k.alg {
		k.dropLocked()
		k.alg = alg
	}
	k.target = max(k.target, n)
	k.spawnLocked()
}

// Ready counts the keys of an algorithm that lie ready.
func (k *Keys) Ready(alg spec.KeyAlgorithm) int {
	if k == nil {
		return 0
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if alg != k.alg {
		return 0
	}
	return len(k.ready)
}

// Take hands out a key: a ready one if there is one, else the next that the
// background finishes, else one made now. It ends early when ctx does.
func (k *Keys) Take(ctx context.Context, alg spec.KeyAlgorithm) (crypto.Signer, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if k == nil {
		return generate(ctx, alg)
	}
	key, wait := k.enrol(alg)
	if key != nil {
		return key, nil
	}
	if wait == nil {
		return generate(ctx, alg)
	}
	select {
	case m := <-wait:
		if errors.Is(m.err, errOnDemand) {
			return generate(ctx, alg)
		}
		return m.key, m.err
	case <-ctx.Done():
		k.abandon(alg, wait)
		return nil, context.Cause(ctx)
	}
}

// enrol takes a ready key, or enrols a waiter; both nil mean that the pool
// does not serve this algorithm.
func (k *Keys) enrol(alg spec.KeyAlgorithm) (crypto.Signer, chan outcome) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || alg != k.alg {
		return nil, nil
	}
	k.target = max(k.target-1, 0)
	if n := len(k.ready); n > 0 {
		key := k.ready[n-1]
		k.ready[n-1] = nil
		k.ready = k.ready[:n-1]
		return key, nil
	}
	wait := make(chan outcome, 1)
	k.waiters = append(k.waiters, wait)
	k.spawnLocked()
	return nil, wait
}

// abandon withdraws a waiter. A key that reached it in the meantime is kept for
// the next one.
func (k *Keys) abandon(alg spec.KeyAlgorithm, wait chan outcome) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := slices.Index(k.waiters, wait); i >= 0 {
		k.waiters = slices.Delete(k.waiters, i, i+1)
		return
	}
	select {
	case m := <-wait:
		if m.key != nil && !k.closed && alg == k.alg {
			k.ready = append(k.ready, m.key)
		}
	default:
	}
}

// Close stops the background and forgets the keys that were not taken. A key in
// the making cannot be interrupted: it is dropped when it is done. Close does
// not wait for it, so that leaving the program takes no seconds.
func (k *Keys) Close() {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stop()
	k.closed = true
	k.dropLocked()
}

// dropLocked forgets all keys and sends all waiters away.
func (k *Keys) dropLocked() {
	k.epoch++
	k.target, k.making, k.ready = 0, 0, nil
	for _, w := range k.waiters {
		w <- outcome{err: errOnDemand}
	}
	k.waiters = nil
}

// spawnLocked starts as many goroutines as there are keys to make, within the
// limit. One processor is left to the person at the keyboard as long as nobody
// waits for a key.
func (k *Keys) spawnLocked() {
	limit := runtime.GOMAXPROCS(0)
	if len(k.waiters) == 0 {
		limit = max(limit-1, 1)
	}
	for k.running < limit && k.making+len(k.ready) < k.target+len(k.waiters) {
		k.making++
		k.running++
		k.idle.Add(1)
		go k.work(k.alg, k.epoch)
	}
}

// work makes one key.
func (k *Keys) work(alg spec.KeyAlgorithm, epoch int) {
	defer k.idle.Done()
	key, err := newKey(alg)
	k.deliver(key, err, epoch)
}

// deliver hands a key to whoever waits longest, or lays it by, and starts the
// next one that is wanted.
func (k *Keys) deliver(key crypto.Signer, err error, epoch int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running--
	if epoch == k.epoch {
		k.making--
		switch {
		case len(k.waiters) > 0:
			w := k.waiters[0]
			k.waiters = slices.Delete(k.waiters, 0, 1)
			w <- outcome{key, err}
		case err == nil:
			k.ready = append(k.ready, key)
		}
		if err != nil {
			// What cannot be made ahead of need would fail again and again: the
			// one who asks for the key gets the error.
			k.target = 0
		}
	}
	k.spawnLocked()
}
