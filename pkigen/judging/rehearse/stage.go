package rehearse

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"runtime"
	"slices"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"certwright/pkigen/cluster/connections"
)

// stage is one rehearsal: what was loaded, and how each half of a handshake
// ended. Files are known by the number of their content, so that thousands of
// nodes with the same bytes cost what one costs.
type stage struct {
	cases      []Case
	now        time.Time
	handshakes int

	numbers  map[[sha256.Size]byte]int
	known    map[sliceKey]int
	pairs    map[[2]int]*pair
	pools    map[poolKey]*pool
	publics  map[int]*keys
	signers  map[int]*keys
	standIn  *pair // what a server shows whose certificate is not made here
	seats    []seat
	servers  map[serverHalf]*half
	clients  map[clientHalf]*half
	loadings []func()
}

// sliceKey is a slice by its place in memory, to hash no bytes twice.
type sliceKey struct {
	at  *byte
	len int
}

type poolKey struct {
	id   int
	kind poolKind
}

// serverHalf is all that the dialling side's judgement depends on.
type serverHalf struct {
	pair       [2]int
	ca         poolKey
	unverified bool
	dial       string
}

// clientHalf is all that the answering side's judgement depends on.
type clientHalf struct {
	rule
	pair          [2]int // [0, 0] for no certificate
	ca, header    poolKey
	asks          bool // of etcd
	allowed       string
	source        string // of peers
	poses         string
	signer        int // of pods
	public        int
	token, tokens int
	issuers       [2]string
}

// half is one that cases share.
type half struct {
	verdict *verdict // nil while it is not known
	round   int      // in which it is tried
}

// shared is the half of a key.
func shared[K comparable](known map[K]*half, key K) *half {
	h := known[key]
	if h == nil {
		h = &half{}
		known[key] = h
	}
	return h
}

// verdict is what became of a half: nothing where it is good.
type verdict struct {
	stop *stop
	who  Identity
	head error // why headers were not believed
}

// seat is a case, ready to be played.
type seat struct {
	c                            *Case
	rule                         rule
	fromPair, toPair             *pair
	fromPool, toPool, headerPool *pool
	public, signer               *keys
	server, client               *half
	stop                         *stop // it cannot be played
}

func newStage(cases []Case, now time.Time) *stage {
	return &stage{
		cases: cases, now: now, seats: make([]seat, len(cases)),
		numbers: map[[sha256.Size]byte]int{}, known: map[sliceKey]int{},
		pairs: map[[2]int]*pair{}, pools: map[poolKey]*pool{}, publics: map[int]*keys{}, signers: map[int]*keys{},
		servers: map[serverHalf]*half{}, clients: map[clientHalf]*half{},
	}
}

func (s *stage) clock() time.Time { return s.now }

// number is the same for the same bytes; 0 for a file that is not there.
func (s *stage) number(f File) int {
	if f.Data == nil {
		return 0
	}
	key := sliceKey{unsafe.SliceData(f.Data), len(f.Data)}
	if n := s.known[key]; n != 0 {
		return n
	}
	sum := sha256.Sum256(f.Data)
	n := s.numbers[sum]
	if n == 0 {
		n = len(s.numbers) + 1
		s.numbers[sum] = n
	}
	s.known[key] = n
	return n
}

// load reads the files of all cases, each content once.
func (s *stage) load(ctx context.Context) error {
	var err error
	if s.standIn, err = newStandIn(s.now); err != nil {
		return err
	}
	for i := range s.cases {
		s.seat(i)
	}
	if err := each(ctx, len(s.loadings), func(i int) { s.loadings[i]() }); err != nil {
		return err
	}
	for i := range s.seats {
		if st := &s.seats[i]; st.stop == nil {
			st.stop = st.cannotLoad()
		}
	}
	return nil
}

// seat finds what a case needs and orders it to be loaded.
func (s *stage) seat(i int) {
	c := &s.cases[i]
	st := &s.seats[i]
	st.c, st.rule = c, ruleOf(c.Connection)
	if st.stop = cannotRead(c, st.rule); st.stop != nil {
		return
	}
	server, client := serverHalf{unverified: st.rule.unverified(c), dial: c.name()}, clientHalf{rule: st.rule}
	st.toPair = s.standIn
	if c.To.Cert.told() {
		st.toPair, server.pair = s.pair(c.To)
	}
	if st.rule.shows(c) {
		st.fromPair, client.pair = s.pair(c.From)
	}
	if !server.unverified && c.From.CA.told() {
		kind := clientPool
		if st.rule.dials == byEtcd {
			kind = etcdPool
		}
		st.fromPool, server.ca = s.pool(c.From.CA, kind)
	}
	s.seatAnswerer(st, &client)
	st.server, st.client = shared(s.servers, server), shared(s.clients, client)
}

// poses is the user that the dialling side says it speaks for.
func (st *seat) poses() string {
	switch c := st.c; {
	case c.Refusal != nil && c.Refusal.Poses == connections.AsProxy:
		return c.Poses
	case st.rule.answers == extension:
		return c.Want.User // in whose name the request is handed on
	}
	return ""
}

// seatAnswerer finds by what the answering side judges.
func (s *stage) seatAnswerer(st *seat, client *clientHalf) {
	c := st.c
	kind := bundlePool
	if st.rule.answers == etcdClients || st.rule.answers == etcdPeers {
		kind = etcdPool
	}
	if c.To.CA.told() {
		st.toPool, client.ca = s.pool(c.To.CA, kind)
	}
	client.asks = c.To.Asks
	if c.To.HeaderCA.told() && kind == bundlePool {
		st.headerPool, client.header = s.pool(c.To.HeaderCA, kind)
		client.allowed = strings.Join(c.To.AllowedNames, "\x00")
	}
	if st.rule.answers == etcdPeers {
		client.source = strings.Join(append([]string{c.Source.String()}, c.SourceNames...), "\x00")
	}
	client.poses = st.poses()
	switch st.rule.carries {
	case byPodToken:
		st.public, client.public = s.keys(s.publics, c.To, c.To.Public, loadPublic)
		st.signer, client.signer = s.keys(s.signers, c.From, c.From.Key, loadSigner)
		client.issuers = [2]string{c.From.Issuer, c.To.Issuer}
	case byStaticToken:
		client.token, client.tokens = s.number(c.From.Token), s.number(c.To.Token)
	}
}

func (s *stage) pair(side *Side) (*pair, [2]int) {
	key := [2]int{s.number(side.Cert), s.number(side.Key)}
	return load(s, s.pairs, key, func() *pair { return loadPair(side.Cert.Data, side.Key.Data) }, func(err error) *pair { return &pair{err: err} }), key
}

func (s *stage) pool(f File, kind poolKind) (*pool, poolKey) {
	key := poolKey{s.number(f), kind}
	return load(s, s.pools, key, func() *pool { return loadPool(f.Data, kind) }, func(err error) *pool { return &pool{err: err} }), key
}

func (s *stage) keys(known map[int]*keys, side *Side, f File, read func(*Side, File) *keys) (*keys, int) {
	n := s.number(f)
	return load(s, known, n, func() *keys { return read(side, f) }, func(err error) *keys { return &keys{err: err} }), n
}

// load orders what is known by a key to be loaded, once; broken is what a panic makes
// of it.
func load[K comparable, V any](s *stage, known map[K]*V, key K, read func() *V, broken func(error) *V) *V {
	v := known[key]
	if v == nil {
		v = new(V)
		known[key] = v
		s.loadings = append(s.loadings, func() {
			if err := guarded(func() error { *v = *read(); return nil }); err != nil {
				*v = *broken(err)
			}
		})
	}
	return v
}

// each calls f for all numbers below n on all processors, until the context ends.
func each(ctx context.Context, n int, f func(int)) error {
	g, ends := errgroup.WithContext(ctx)
	workers := min(runtime.GOMAXPROCS(0), n)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < n; i += workers {
				if err := ends.Err(); err != nil {
					return err
				}
				f(i)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// play makes handshakes until each half that matters was in one. In each round
// every half that is not known yet is in one handshake; where the dialling side
// refuses, the other half stays unknown and has its turn in the next round. In the
// first round no half is in two: the rest is spared what these have shown.
func (s *stage) play(ctx context.Context) error {
	left := make([]int, 0, len(s.seats))
	for i := range s.seats {
		if s.seats[i].stop == nil {
			left = append(left, i)
		}
	}
	for number := 1; len(left) > 0; number++ {
		var round []*seat
		for _, i := range left {
			st := &s.seats[i]
			server, client := st.server.round == number, st.client.round == number
			if number == 1 && (server || client) || (server || st.server.verdict != nil) && (client || st.client.verdict != nil) {
				continue
			}
			st.server.round, st.client.round = number, number
			round = append(round, st)
		}
		ended := make([][2]*verdict, len(round))
		if err := each(ctx, len(round), func(i int) { ended[i][0], ended[i][1] = s.handshake(ctx, round[i]) }); err != nil {
			return err
		}
		s.handshakes += len(round)
		for i, st := range round {
			if ended[i][0] != nil {
				st.server.verdict = ended[i][0]
			}
			if ended[i][1] != nil {
				st.client.verdict = ended[i][1]
			}
		}
		left = slices.DeleteFunc(left, func(i int) bool {
			st := &s.seats[i]
			server := st.server.verdict
			return server != nil && (server.stop != nil || st.client.verdict != nil)
		})
	}
	return nil
}

// handshake makes one, and says of both halves what is known after it. A half that was
// known before is not judged again; it is nil then, unless it fails all the same.
func (s *stage) handshake(ctx context.Context, st *seat) (server, client *verdict) {
	dial, answer := st.dialConfig(s), st.answerConfig(s)
	judge := func(state *tlsState) error { return st.judge(s, state, client) }
	good := &verdict{}
	if st.server.verdict != nil {
		dial.InsecureSkipVerify, good = true, nil
	}
	if st.client.verdict != nil {
		answer.ClientAuth, judge = tls.NoClientCert, func(*tlsState) error { return nil }
	} else {
		client = &verdict{}
	}
	out := shake(ctx, dial, answer, st.c.Source, judge)
	switch {
	case own(out.dial) && !out.late && !cannotSign(out.dial):
		return &verdict{stop: &stop{step: serverCheck, err: out.dial, other: out.answer}}, nil
	case own(out.answer) && cannotSign(out.answer):
		return &verdict{stop: &stop{step: serverSign, err: out.answer, other: out.dial}}, nil
	case own(out.dial) && cannotSign(out.dial):
		return good, &verdict{stop: &stop{step: clientSign, err: out.dial, other: out.answer}}
	case client != nil && client.stop != nil: // after the handshake
		client.stop.other, client.stop.late = out.dial, true
		return good, client
	case out.answer != nil || out.dial != nil:
		err := out.answer
		if err == nil {
			err = out.dial
		}
		return good, &verdict{stop: &stop{step: clientCheck, err: err, other: out.dial, late: out.late}}
	}
	return good, client
}
