package issue

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"certwright/pkigen/cluster/catalog"
	"certwright/pkigen/cluster/pkey"
)

// errRunOver is the cause with which a run's workers are sent home.
var errRunOver = errors.New("the run is over")

// schedule hands out the work of one run. One goroutine, the caller's, decides
// and tells the progress; the workers only make what they are given, so no item
// needs a lock. Keys and signatures have workers of their own: one that waits
// for a background key must not hold up a certificate that is ready to be signed.
type schedule struct {
	ctx      context.Context
	items    []*item
	keys     *Keys
	progress func(Event)

	toKey, toSign []*item           // ready for the next worker
	blocked       map[*item][]*item // by the CA that they wait for
	left          int               // items that are not finished

	keyTasks, signTasks chan *item
	results             chan result
}

// result is what a worker made of an item.
type result struct {
	it     *item
	signed bool // the item is finished; else its key is there
	err    error
}

func newSchedule(ctx context.Context, items []*item, keys *Keys, progress func(Event)) *schedule {
	return &schedule{
		ctx: ctx, items: items, keys: keys, progress: progress,
		blocked:   make(map[*item][]*item),
		keyTasks:  make(chan *item),
		signTasks: make(chan *item),
		results:   make(chan result),
	}
}

// run works until all items are finished, one fails, or the context ends. The
// workers end with the context, at the latest when the key that they wait for
// is made.
func (s *schedule) run() error {
	s.sortIn()
	s.startWorkers()
	for s.left > 0 {
		var key, sign *item
		var keyTasks, signTasks chan *item // nil: never chosen
		if len(s.toKey) > 0 {
			key, keyTasks = s.toKey[0], s.keyTasks
		}
		if len(s.toSign) > 0 {
			sign, signTasks = s.toSign[0], s.signTasks
		}
		select {
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		case keyTasks <- key:
			s.toKey = s.toKey[1:]
			s.tell(key, MakingKey, nil)
		case signTasks <- sign:
			s.toSign = s.toSign[1:]
			s.tell(sign, Signing, nil)
		case r := <-s.results:
			if err := s.take(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// sortIn puts each item into its first queue and tells where it stands.
func (s *schedule) sortIn() {
	for _, it := range s.items {
		if it.idle() {
			s.tell(it, Kept, nil)
			continue
		}
		s.left++
		s.tell(it, Waiting, nil)
		if it.makeKey {
			s.toKey = append(s.toKey, it)
		} else {
			s.queueSign(it)
		}
	}
}

// queueSign queues an item whose key is there; a leaf whose CA is still being
// made waits for that first.
func (s *schedule) queueSign(it *item) {
	ca := it.signer
	if it.makeCert && ca != it && ca.makeCert && !ca.finished {
		s.blocked[ca] = append(s.blocked[ca], it)
		return
	}
	s.toSign = append(s.toSign, it)
}

// take moves an item on after a worker is done with it.
func (s *schedule) take(r result) error {
	if r.err != nil {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		s.tell(r.it, Failed, r.err)
		return fmt.Errorf("certificate %q: %w", r.it.cert.Name, r.err)
	}
	if !r.signed {
		s.tell(r.it, Waiting, nil)
		s.queueSign(r.it)
		return nil
	}
	s.left--
	r.it.finished = true
	s.tell(r.it, Done, nil)
	s.toSign = append(s.toSign, s.blocked[r.it]...)
	delete(s.blocked, r.it)
	return nil
}

func (s *schedule) tell(it *item, state State, err error) {
	s.progress(Event{Name: it.cert.Name, State: state, Err: err})
}

// startWorkers starts as many workers of each kind as there are processors, but
// no more than there are items.
func (s *schedule) startWorkers() {
	for range min(runtime.GOMAXPROCS(0), s.left) {
		go s.work(s.keyTasks, s.makeKey)
		go s.work(s.signTasks, func(it *item) result { return result{it, true, it.finish()} })
	}
}

func (s *schedule) work(tasks <-chan *item, do func(*item) result) {
	for {
		select {
		case <-s.ctx.Done():
			return
		case it := <-tasks:
			r := safely(it, do)
			select {
			case s.results <- r:
			case <-s.ctx.Done():
				return
			}
		}
	}
}

// safely turns a panic into the item's error: a crash while a certificate is made must
// leave the terminal and the lock to those who clean up.
func safely(it *item, do func(*item) result) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r = result{it: it, err: fmt.Errorf("internal error: %v", p)}
		}
	}()
	return do(it)
}

func (s *schedule) makeKey(it *item) result {
	if it.cert.Entry.Kind == catalog.Token {
		token, err := newToken(time.Now())
		it.keyPEM = token
		return result{it: it, err: err}
	}
	key, err := s.keys.Take(s.ctx, it.cert.Certificate.Key)
	if err != nil {
		return result{it: it, err: err}
	}
	it.key = key
	it.keyPEM, err = encodeKey(key)
	return result{it: it, err: err}
}

// finish makes the request and the certificate of an item whose key is there.
func (it *item) finish() (err error) {
	switch it.cert.Entry.Kind {
	case catalog.Token:
		return nil
	case catalog.KeyPair:
		it.publicPEM, err = pkey.EncodePublic(it.key.Public())
		return err
	}
	csrPEM, err := request(it.cert, it.key)
	if err != nil {
		return err
	}
	if it.makeCSR {
		it.csrPEM = csrPEM
	}
	if !it.makeCert {
		return nil
	}
	if it.signer == it {
		return it.finishRoot(csrPEM)
	}
	it.certPEM, err = it.signer.authority.sign(it.cert, csrPEM)
	if err == nil {
		it.key = nil // its PEM text is all that is needed from here on
	}
	return err
}

// finishRoot makes the certificate of a root and readies it for signing.
func (it *item) finishRoot(csrPEM []byte) (err error) {
	c := it.cert
	if it.renews() {
		it.certPEM, err = renewCA(c, it.key)
	} else {
		it.certPEM, err = selfSign(c, it.key, csrPEM)
	}
	if err != nil {
		return err
	}
	cert, err := parseCertificate(it.certPEM)
	if err != nil {
		return err
	}
	it.authority, err = newAuthority(c.Name, cert, it.key)
	return err
}
