package tokens

import (
	"context"
	"crypto/sha256"
	"time"

	"example.com/machineauth/jwk"
	"github.com/maypok86/otter/v2"
)

// cache remembers JWTs that have been verified, by the SHA-256 of their text. It holds what was verified and never the text,
// successes and never failures, and belongs to one Verifier. Its policy (W-TinyLFU) keeps the tokens that come often: a flood
// of tokens that come once doesn't push them out.
type cache struct {
	entries *otter.Cache[digest, *verified]
}

type digest = [sha256.Size]byte

// verified is a token that was good once. Nothing in it changes.
type verified struct {
	token     Token
	key       *jwk.Key
	kid       string
	notBefore time.Time
}

const (
	defaultCacheSize  = 8192
	defaultCacheBytes = 64 << 20

	// What an entry takes in memory, as a heap profile has it: the token itself, its claims' text, lists and what they list,
	// and some 200 bytes for what surrounds it here and in the library. A session is the largest of the tokens.
	entryBytes   = 600
	elementBytes = 24
)

// newCache returns a cache of at most size tokens that take about maxBytes together. The library knows one bound, the sum
// of the entries' weights: with a least weight for each it is a bound on their number, too.
func newCache(size, maxBytes int) *cache {
	least := maxBytes/size + 1
	return &cache{otter.Must(&otter.Options[digest, *verified]{
		MaximumWeight: uint64(maxBytes),
		Weigher: func(_ digest, e *verified) uint32 {
			return uint32(max(least, e.size()))
		},
	})}
}

// size is about what e takes in memory, in bytes. Permissions are no part of the claims' text: a bit there stands for a name.
func (e *verified) size() int {
	m := e.token.meta()
	lists := len(m.Audience)
	text := len(*m.claims)
	switch t := e.token.(type) {
	case *SessionToken:
		lists += len(t.OrgPermissions)
		for _, permission := range t.OrgPermissions {
			text += len(permission)
		}
	case *M2MToken:
		lists += len(t.Scopes)
	case *OAuthToken:
		lists += len(t.Scopes)
	}
	return entryBytes + lists*elementBytes + text + text/16 // which the runtime rounds up
}

func (c *cache) add(raw string, e *verified) {
	c.entries.Set(sum(raw), e)
}

func (c *cache) lookup(raw string) (*verified, bool) {
	return c.entries.GetIfPresent(sum(raw))
}

// sum hashes a token; one of the usual length without a copy on the heap.
func sum(raw string) digest {
	var buf [2048]byte
	if len(raw) > len(buf) {
		return sumLong(raw)
	}
	return sha256.Sum256(buf[:copy(buf[:], raw)])
}

// sumLong hashes a token piece by piece: a copy of the whole would be the largest thing that a refusal allocates.
func sumLong(raw string) (d digest) {
	h, buf := sha256.New(), make([]byte, 2048)
	for raw != "" {
		n := copy(buf, raw)
		h.Write(buf[:n])
		raw = raw[n:]
	}
	h.Sum(d[:0])
	return d
}

// recall returns a token that was verified before, nobody's to change, if everything that can change since then still holds: the clock, the
// key's place in its set, the accepted types. Where anything doesn't, it is as if the token had never been seen, so that a
// token is never refused for another reason, nor accepted for less, than at first sight.
func (v *Verifier) recall(ctx context.Context, raw string, accept []Type) (Token, bool) {
	if v.cache == nil || len(raw) > v.cfg.MaxTokenBytes {
		return nil, false
	}
	e, ok := v.cache.lookup(raw)
	if !ok || !accepts(accept, e.token.Type()) {
		return nil, false
	}
	m := e.token.meta()
	if checkTimes(m.IssuedAt, e.notBefore, m.ExpiresAt, v.cfg.Now(), v.cfg.ClockSkew) != nil {
		return nil, false
	}
	// Asking the source, and not only the key, lets a remote set notice that it is due, and keeps its promise about MaxStale.
	if key, err := v.cfg.Keys.Key(ctx, e.kid); err != nil || key != e.key || key.Retired() {
		return nil, false
	}
	return e.token, true
}
