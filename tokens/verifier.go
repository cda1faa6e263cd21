package tokens

import (
	"context"
	"errors"

	"example.com/machineauth/internal/shared"
	"example.com/machineauth/jwk"
)

// Verifier tells tokens apart and verifies them. It is safe for concurrent use, and shares nothing with other Verifiers.
type Verifier struct {
	cfg    Config
	reader reader
	cache  *cache // nil where it is disabled
}

// NewVerifier returns a Verifier, or an ErrConfig that names every mistake in cfg at once.
func NewVerifier(cfg Config) (*Verifier, error) {
	conventions, err := newConventions(cfg.Conventions)
	if err := errors.Join(cfg.complete(), err); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	v := &Verifier{cfg: cfg, reader: reader{conventions: conventions, maxBytes: cfg.MaxTokenBytes}}
	if cfg.Keys != nil && !cfg.DisableCache {
		v.cache = newCache(cfg.CacheSize, cfg.CacheBytes)
	}
	return v, nil
}

// Classify says what a token claims to be, from its form alone: an opaque token by its prefix, a JWT by its sub and typ (C1
// to C5). Nothing is verified: use it to route, never to trust.
func (v *Verifier) Classify(raw string) (Class, error) {
	u, err := v.reader.read(raw)
	if err != nil {
		return Class{}, err
	}
	return u.class, nil
}

// Verify returns the token that raw is, if it is genuine, alive, meant for this service, and of one of the types in accept.
// No accept means sessions only. The result belongs to the caller. Every error is an [*Error].
//
// A type that isn't accepted is refused from the form alone: no key is looked up and no backend called (C7). A token that is
// bound to its sender is ErrSenderConstrained: it is for [Verifier.VerifyBound].
func (v *Verifier) Verify(ctx context.Context, raw string, accept ...Type) (Token, error) {
	return v.VerifyBound(ctx, raw, refuseBound, accept...)
}

// VerifyBound is Verify for those who can tell whether the sender of a token holds what the token is bound to (S2). confirm is
// asked last, of every token that is good in every other way; of a bearer token it gets the zero Confirmation. Its error
// refuses the token, and should be, or wrap, an [*Error] or a [Code].
func (v *Verifier) VerifyBound(ctx context.Context, raw string, confirm func(Confirmation) error, accept ...Type) (Token, error) {
	token, err := v.VerifyShared(ctx, raw, accept, confirm, shared.Promise{})
	if err != nil {
		return nil, err
	}
	return token.clone(), nil
}

// VerifyShared is [Verifier.VerifyBound] for package middleware, which doesn't change the token, and so needs no copy of one
// that is remembered for others, too.
func (v *Verifier) VerifyShared(ctx context.Context, raw string, accept []Type, confirm func(Confirmation) error, _ shared.Promise) (Token, error) {
	token, err := v.verify(ctx, raw, accept)
	if err != nil {
		return nil, err
	}
	if confirm == nil {
		confirm = refuseBound
	}
	if err := confirm(token.meta().Confirmation); err != nil {
		return nil, ofType(token.Type(), err)
	}
	return token, nil
}

func (v *Verifier) verify(ctx context.Context, raw string, accept []Type) (Token, error) {
	if token, ok := v.recall(ctx, raw, accept); ok {
		return v.unlessRevoked(ctx, token)
	}
	u, err := v.reader.read(raw)
	if err != nil {
		return nil, err
	}
	if !accepts(accept, u.class.Type) {
		return nil, fail(ErrTypeMismatch, u.class.Type, "this type of token is not accepted here")
	}
	var token Token
	if u.class.Format == FormatOpaque {
		token, err = v.verifyOpaque(ctx, u)
	} else {
		token, err = v.verifyJWT(ctx, u)
	}
	if err != nil {
		return nil, ofType(u.class.Type, err)
	}
	if token.Type() != u.class.Type { // decided before verification, and still so after it (C8)
		return nil, fail(ErrTypeMismatch, u.class.Type, "the verified token is of another type than it claimed to be")
	}
	return token, nil
}

// verifyJWT checks header, key, signature and claims, in the order of V1: of a forged token nothing is said but that it is
// forged.
func (v *Verifier) verifyJWT(ctx context.Context, u *unverified) (Token, error) {
	if v.cfg.Keys == nil {
		return nil, fail(ErrNoKeys, "", "Config.Keys is not set, so that no JWT can be verified")
	}
	h, err := u.checkHeader(v.reader.conventions)
	if err != nil {
		return nil, err
	}
	key, err := v.key(ctx, h)
	if err != nil {
		return nil, err
	}
	if err := key.Verify(u.signed()); err != nil {
		return nil, &Error{Code: ErrSignature, Err: err}
	}
	v.reader.headers.remember(u)
	token, err := u.checkClaims(&v.cfg)
	if err != nil {
		return nil, err
	}
	if v.cache != nil {
		v.cache.add(u.raw, &verified{token: token.clone(), key: key, kid: h.kid, notBefore: u.notBefore})
	}
	return v.unlessRevoked(ctx, token)
}

// key looks up the key that the header names, and sees that it is for the header's algorithm (V3).
func (v *Verifier) key(ctx context.Context, h joseHeader) (*jwk.Key, error) {
	key, err := v.cfg.Keys.Key(ctx, h.kid)
	switch {
	case errors.Is(err, jwk.ErrUnknownKey) || err == nil && key == nil:
		return nil, fail(ErrUnknownKey, "", "no trusted key has the token's kid")
	case err != nil:
		return nil, &Error{Code: ErrKeysUnavailable, Err: err}
	case string(key.Algorithm()) != h.alg:
		return nil, fail(ErrAlgorithm, "", "the token's alg is not that of its key")
	}
	return key, nil
}

// ofType returns err as an *Error that knows the token's type. It never changes err, which callers may share. An error that
// says nothing of the token means that the backend could not be asked.
func ofType(t Type, err error) error {
	e, ok := err.(*Error)
	if ok && e == nil {
		return fail(ErrBackendUnavailable, t, "the OpaqueVerifier returned a nil *Error as its error")
	}
	if ok {
		return &Error{Code: e.Code, Type: t, Err: e.Err}
	}
	if code, ok := err.(Code); ok {
		return &Error{Code: code, Type: t}
	}
	if code, ok := errors.AsType[Code](err); ok {
		return &Error{Code: code, Type: t, Err: err}
	}
	return &Error{Code: ErrBackendUnavailable, Type: t, Err: err}
}
