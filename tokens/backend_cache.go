package tokens

import (
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// answerCache remembers what a backend said of tokens. Refusals have a room of their own, so that whoever tries many tokens
// can't push out the good ones.
type answerCache struct {
	accepted, denied *otter.Cache[digest, *verdict]

	changing sync.Mutex // held by put and forget; get needs no lock
}

// verdict is what a backend said of one token: the token or an error. Nothing in it changes.
type verdict struct {
	token Token
	err   error
	until time.Time
}

// slotBytes is how much of a token takes one place in the cache. A larger token takes more of them.
const slotBytes = 8 << 10

func newAnswerCache(size int) *answerCache {
	room := func(size int) *otter.Cache[digest, *verdict] {
		return otter.Must(&otter.Options[digest, *verdict]{
			MaximumWeight: uint64(size),
			Weigher:       func(_ digest, v *verdict) uint32 { return uint32(1 + sizeOf(v.token)/slotBytes) },
		})
	}
	return &answerCache{accepted: room(size), denied: room(size/4 + 1)}
}

func (c *answerCache) get(key digest, now time.Time) (*verdict, bool) {
	for _, room := range []*otter.Cache[digest, *verdict]{c.accepted, c.denied} {
		if v, ok := room.GetIfPresent(key); ok && v.until.After(now) {
			return v, true
		}
	}
	return nil, false
}

// put remembers v, if current holds: that nothing was forgotten since v was asked for.
func (c *answerCache) put(key digest, v *verdict, current func() bool) {
	c.changing.Lock()
	defer c.changing.Unlock()
	switch {
	case !current():
	case v.err != nil:
		c.denied.Set(key, v)
	default:
		c.accepted.Set(key, v)
	}
}

// forget drops the token with an ID.
func (c *answerCache) forget(id string) {
	c.changing.Lock()
	defer c.changing.Unlock()
	for key, v := range c.accepted.All() {
		if v.token.meta().ID == id {
			c.accepted.Invalidate(key)
		}
	}
}

// sizeOf returns how many bytes of a token a backend can make as many as it likes.
func sizeOf(token Token) int {
	if token == nil {
		return 0
	}
	m := token.meta()
	size := len(m.ID) + len(m.Subject) + len(m.Issuer)
	if m.claims != nil {
		size += len(*m.claims)
	}
	lists := [][]string{m.Audience}
	switch t := token.(type) {
	case *M2MToken:
		lists = append(lists, t.Scopes)
	case *OAuthToken:
		lists = append(lists, t.Scopes, []string{t.ClientID})
	case *APIKey:
		lists = append(lists, t.Scopes, []string{t.Name})
	}
	for _, list := range lists {
		for _, s := range list {
			size += len(s) + 16 // and the string's header
		}
	}
	return size
}
