package outbound

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"example.com/machineauth/tokens"
	"golang.org/x/oauth2"
)

// held is a token, and what to do with it when.
type held struct {
	token   oauth2.Token
	renewAt time.Time // from here on it is renewed in the background; zero: never
	endsAt  time.Time // from here on it isn't used; zero: never
	refused bool      // somebody doesn't take it
}

// lastMoment is how long before its expiry a token isn't sent any more: it could expire on its way. oauth2 has the same.
const lastMoment = 10 * time.Second

// hold plans what to do with a new token when, if it can be used at all.
func hold(text tokens.Secret, expires time.Time, renewBefore time.Duration, now time.Time) (*held, error) {
	if !isHeaderSafe(text) {
		return nil, errors.New("SourceConfig.Mint returned a token that is empty or cannot be sent in a header")
	}
	h := &held{token: oauth2.Token{AccessToken: text.Reveal(), TokenType: "Bearer", Expiry: expires}}
	if expires.IsZero() {
		return h, nil
	}
	life := expires.Sub(now)
	if life <= 0 {
		return nil, fmt.Errorf("the new token expired %v ago: is this machine's clock right?", -life)
	}
	if renewBefore == 0 {
		renewBefore = life / 5
	}
	h.renewAt = expires.Add(-min(renewBefore, life/2) - rand.N(life/10+1))
	h.endsAt = expires.Add(-min(lastMoment, life/10))
	return h, nil
}

func isHeaderSafe(text tokens.Secret) bool {
	s := text.Reveal()
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func (h *held) isFresh(now time.Time) bool {
	return h != nil && !h.refused && (h.renewAt.IsZero() || now.Before(h.renewAt))
}

func (h *held) isUsable(now time.Time) bool {
	return h != nil && (h.endsAt.IsZero() || now.Before(h.endsAt))
}

// copy returns a token that the caller may change.
func (h *held) copy() *oauth2.Token {
	token := h.token
	return &token
}
