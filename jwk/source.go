package jwk

import "context"

// Source finds the key that a token names. [Static] and [Remote] are Sources; write another one for keys that live
// elsewhere.
//
// Key returns the key of this kid, an ErrUnknownKey where the source holds none, or an ErrUnavailable where it can't tell.
// It must answer fast for keys that it knows: it is called for every token. A Source belongs to one issuer: whoever shares
// one between issuers lets each sign for the other (K1).
type Source interface {
	Key(ctx context.Context, kid string) (*Key, error)
}
