package issuer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// A caller that asks for min_remaining_ttl_seconds gets the token that it got before, as long as that has so much of its
// life left, and the machine, its scopes and the claims are still the same. Only the token's hash is stored; what brings
// the plain text back is that such a token is made of the machine's secret key, which the caller brings, and the token's
// ID, which is stored. Without that key nobody can make it, and with a new key there is a new token.

// reusable is what the store keeps of the last token made for a set of parameters.
type reusable struct {
	Token string `json:"token"` // its ID
}

// reuseM2M returns a token like t that has remaining seconds left, or else stores t.
func (i *Issuer) reuseM2M(ctx context.Context, c caller, t *m2mToken, ttl time.Duration, remaining int64) (any, error) {
	if remaining < 0 || remaining >= int64(ttl/time.Second) {
		return nil, badParam("min_remaining_ttl_seconds", "min_remaining_ttl_seconds must be from 0 to less than the token's lifetime")
	}
	slot, err := reuseSlot(c, t, ttl)
	if err != nil {
		return nil, err
	}
	var last reusable
	pointer, err := i.get(ctx, KindReuse, slot, &last)
	if err == nil {
		found := new(m2mToken)
		record, err := i.get(ctx, KindM2MToken, last.Token, found)
		secret := derivedSecret("mt_", c.secret, last.Token)
		left := found.ExpiresAt.Sub(t.CreatedAt)
		if err == nil && !found.Revoked && left > 0 && left >= time.Duration(remaining)*time.Second && record.holds(secret, t.CreatedAt) {
			return i.showM2M(found, secret.Reveal()), nil
		}
		if err != nil && !isNotFound(err) {
			return nil, err
		}
	} else if !isNotFound(err) {
		return nil, err
	}

	secret := derivedSecret("mt_", c.secret, t.ID)
	if err := i.put(ctx, t.record(secret), t); err != nil {
		return nil, err
	}
	pointer = Record{Kind: KindReuse, ID: slot, Version: pointer.Version, Created: t.CreatedAt, Expires: t.ExpiresAt}
	// Whether it is remembered for reuse doesn't change that the token is good: with another caller at the same time,
	// one of the two is.
	_ = i.put(ctx, pointer, reusable{t.ID})
	return i.showM2M(t, secret.Reveal()), nil
}

// reuseSlot names what tokens must have in common for one to stand in for the other: their lifetime, too, lest somebody get a
// longer one than was asked for.
func reuseSlot(c caller, t *m2mToken, ttl time.Duration) (string, error) {
	claims, err := canonical(t.Claims)
	if err != nil {
		return "", err
	}
	key := hashOf(c.secret)
	scopes := slices.Sorted(slices.Values(t.Scopes))
	parts, err := json.Marshal([]string{t.Machine, hex.EncodeToString(key[:]), strings.Join(scopes, " "), claims, ttl.String()})
	if err != nil {
		return "", &Error{Code: ErrStore, Err: err}
	}
	slot := sha256.Sum256(parts)
	return hex.EncodeToString(slot[:]), nil
}
