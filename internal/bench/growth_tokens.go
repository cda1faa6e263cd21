package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/machineauth/jwk"
)

// cacheSize is that of the cache which the tokens go through.
const cacheSize = 100_000

// tokens puts 1 to 1,000,000 distinct sessions through one cache, while some are asked for again and again.
func (g *growth) tokens(budget time.Duration) error {
	end := time.Now().Add(budget)
	mill, err := newMill()
	if err != nil {
		return err
	}
	set, err := jwk.NewStatic(mill.key.Public())
	if err != nil {
		return err
	}
	before := heapInUse()
	cfg := ourConfig(set)
	cfg.CacheSize = cacheSize
	h, err := protectedBy(cfg, session, user)
	if err != nil {
		return err
	}
	f := &flood{mill: mill, handler: h}
	for i := range f.hot {
		f.hot[i] = mill.token(-1 - i)
	}
	t := &table{
		title: fmt.Sprintf("Distinct tokens through a cache of %d (EdDSA, session with full claims)", cacheSize),
		note: "First sight: a token that comes for the first time, among others. Again: 200 of the row's tokens, once more; " +
			"remembered: those of them that took less than a signature check. Hot: 8 tokens that came every 500 requests.",
	}
	t.add("tokens", "first sight", "again", "remembered", "hot", "heap of the cache")
	for n := 1; n <= 1_000_000; n *= 10 {
		first, complete := f.until(n, end)
		if f.wrong.Load() {
			return errors.New("a good token was refused")
		}
		heap := grown(before, heapInUse())
		again, remembered := f.again()
		hot := f.ask(f.hot[:])
		t.add(f.seen, micros(first), micros(again), fmt.Sprintf("%.0f %%", 100*remembered), micros(hot), mebibytes(heap))
		if f.seen == cacheSize {
			g.cacheHeap, g.remembered = heap, remembered
		}
		g.floodTokens, g.floodHeap = f.seen, heap
		if !complete {
			t.note += "\nThe last row is where the time was up: a larger -budget gets further."
			break
		}
	}
	g.tables = append(g.tables, t)
	return nil
}

// mill mints sessions that differ in jti only, faster than a Signer, which reads each of them back.
type mill struct {
	key            *jwk.PrivateKey
	private        ed25519.PrivateKey
	header         string
	claims, behind string // before and behind the number that jti ends in
}

func newMill() (*mill, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := jwk.NewPrivateKey(keyID, jwk.EdDSA, private)
	if err != nil {
		return nil, err
	}
	token, err := session.mint(mint{key: key, issuer: issuer, aud: audience, party: party, at: time.Now()})
	if err != nil {
		return nil, err
	}
	segments := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		return nil, err
	}
	before, after, ok := strings.Cut(string(payload), `"jti":"`)
	if !ok {
		return nil, errors.New("the session has no jti")
	}
	return &mill{key, private, segments[0], before + `"jti":"`, after}, nil
}

func (m *mill) token(number int) string {
	payload := fmt.Appendf(nil, "%s%08d%s", m.claims, number, m.behind)
	token := append(base64.RawURLEncoding.AppendEncode([]byte(m.header+"."), payload), '.')
	return string(base64.RawURLEncoding.AppendEncode(token, ed25519.Sign(m.private, token[:len(token)-1])))
}

// flood is the tokens on their way through a handler.
type flood struct {
	*mill
	handler http.Handler
	hot     [8]string
	seen    int // tokens so far
	last    int // where the last stretch began
	wrong   atomic.Bool
}

// until sends tokens until n have come, and returns the mean time of one; false where the time was up before.
func (f *flood) until(n int, end time.Time) (ns float64, complete bool) {
	var next, total atomic.Int64
	next.Store(int64(f.seen))
	f.last = f.seen
	var workers sync.WaitGroup
	var late atomic.Bool
	for range allCores {
		workers.Go(func() {
			for {
				number := next.Add(1) - 1
				if number >= int64(n) || late.Load() {
					return
				}
				if number%500 == 0 {
					f.ask(f.hot[:])
					if time.Now().After(end) {
						late.Store(true)
					}
				}
				token := f.token(int(number))
				total.Add(int64(f.ask([]string{token})))
			}
		})
	}
	workers.Wait()
	f.seen = min(n, int(next.Load()))
	return float64(total.Load()) / float64(max(1, f.seen-f.last)), !late.Load() || f.seen == n
}

// ask sends each token once, and returns the mean time.
func (f *flood) ask(tokens []string) float64 {
	var total time.Duration
	for _, token := range tokens {
		r, w := request(token), &discard{header: http.Header{}, status: http.StatusOK}
		begin := time.Now()
		f.handler.ServeHTTP(w, r)
		total += time.Since(begin)
		if w.status != http.StatusOK {
			f.wrong.Store(true)
		}
	}
	return float64(total) / float64(len(tokens))
}

// again asks for up to 200 tokens of the last stretch, and returns their median time and the share that was remembered.
func (f *flood) again() (ns, remembered float64) {
	raw := f.rawCheck()
	var times []float64
	hits := 0
	for i := f.last; i < f.seen; i += max(1, (f.seen-f.last)/200) {
		t := f.ask([]string{f.token(i)})
		times = append(times, t)
		if t < raw {
			hits++
		}
	}
	return median(times), float64(hits) / float64(len(times))
}

// rawCheck is the fastest of some signature checks: no token that is verified again takes less.
func (f *flood) rawCheck() float64 {
	token := f.token(0)
	dot := strings.LastIndexByte(token, '.')
	signature, _ := base64.RawURLEncoding.DecodeString(token[dot+1:])
	public := f.private.Public().(ed25519.PublicKey)
	least := time.Hour
	for range 20 {
		begin := time.Now()
		ed25519.Verify(public, []byte(token[:dot]), signature)
		least = min(least, time.Since(begin))
	}
	return float64(least)
}
