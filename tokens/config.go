package tokens

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"example.com/machineauth/jwk"
)

// Config says which tokens a [Verifier] takes. It is copied; what it points to must not change afterwards. At least one of
// Keys and Opaque is needed. An empty allow list is described at each: none of them lets an unsigned token through.
type Config struct {
	// Keys verifies JWTs. nil refuses every JWT with ErrNoKeys.
	Keys jwk.Source

	// Opaque verifies opaque tokens. nil refuses every opaque token with ErrNoOpaqueVerifier.
	Opaque OpaqueVerifier

	// Issuers are the accepted values of iss. Empty accepts any: whoever holds a key of Keys is believed (V9).
	Issuers []string

	// Audience is what this service is called in aud. OAuth tokens must then name one of these; session and M2M JWTs only
	// where they have an aud. Empty checks nothing (V7).
	Audience []string

	// AuthorizedParties are the origins, such as https://app.example.com, whose sessions are accepted: with it a session
	// token must have one of them as azp. Empty accepts sessions of every origin, and leaves a service open to tokens that
	// another front end of the same issuer was given (V8).
	AuthorizedParties []string

	// Machine is this service's own machine ID, mch_…. With it, an M2M token must name it in its scopes. Empty accepts M2M
	// tokens for any recipient (V7).
	Machine string

	// ClockSkew is how far the issuer's clock may be off; zero means 5 s. At most 5 min.
	ClockSkew time.Duration

	// MaxTokenBytes bounds a token's length; zero means 16 KiB. At most 1 MiB.
	MaxTokenBytes int

	// Conventions tell token types apart; the zero value is Clerk's.
	Conventions Conventions

	// CacheSize is how many verified JWTs are remembered, so that the next request with one of them costs no signature check;
	// zero means 8,192. CacheBytes bounds what they take in memory; zero means 64 MiB. Of a remembered token its times, its
	// key and the revocations are asked on every request all the same.
	CacheSize  int
	CacheBytes int

	// DisableCache has every token verified from its signature on.
	DisableCache bool

	// Revocations are asked for every JWT that is otherwise good; a JWT without jti is then refused. nil means that JWTs
	// live until they expire (X1, X2).
	Revocations Revocations

	// AllowPendingSessions lets sessions through whose user still has a task to do, such as choosing an organization or
	// enrolling a second factor. Their Status is "pending" (V11).
	AllowPendingSessions bool

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// OpaqueVerifier verifies opaque tokens, at a backend or in a table. t is what the token's prefix says; the result must be
// of that type. An error should be, or wrap, an [*Error] or a [Code]; any other error means that the backend could not be
// asked. A result that is expired is refused by the Verifier.
type OpaqueVerifier interface {
	VerifyOpaque(ctx context.Context, raw string, t Type) (Token, error)
}

// OpaqueVerifierFunc makes a function an OpaqueVerifier.
type OpaqueVerifierFunc func(ctx context.Context, raw string, t Type) (Token, error)

// VerifyOpaque calls f.
func (f OpaqueVerifierFunc) VerifyOpaque(ctx context.Context, raw string, t Type) (Token, error) {
	return f(ctx, raw, t)
}

const (
	defaultClockSkew     = 5 * time.Second
	maxClockSkew         = 5 * time.Minute
	defaultMaxTokenBytes = 16 << 10
	maxMaxTokenBytes     = 1 << 20
)

// complete checks cfg, reports every mistake at once, and fills in the defaults.
func (cfg *Config) complete() error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if cfg.Keys == nil && cfg.Opaque == nil {
		problem("Config.Keys or Config.Opaque must be set, or no token can be verified")
	}
	for _, set := range []any{cfg.Keys, cfg.Opaque, cfg.Revocations} {
		if isNil(set) {
			problem("Config has a nil %T: its constructor's error was not looked at", set)
		}
	}
	for _, list := range []struct {
		name   string
		values []string
	}{{"Issuers", cfg.Issuers}, {"Audience", cfg.Audience}, {"AuthorizedParties", cfg.AuthorizedParties}} {
		if slices.Contains(list.values, "") {
			problem("Config.%s has an empty string", list.name)
		}
	}
	if cfg.Machine != "" && (!strings.HasPrefix(cfg.Machine, machineSubject) || cfg.Machine == machineSubject) {
		problem("Config.Machine must be this service's machine ID, mch_…")
	}
	if cfg.ClockSkew < 0 || cfg.ClockSkew > maxClockSkew {
		problem("Config.ClockSkew must be between 0 and %v", maxClockSkew)
	}
	if cfg.MaxTokenBytes < 0 || cfg.MaxTokenBytes > maxMaxTokenBytes {
		problem("Config.MaxTokenBytes must be between 0 and %d", maxMaxTokenBytes)
	}
	if cfg.CacheSize < 0 || cfg.CacheBytes < 0 {
		problem("Config.CacheSize and Config.CacheBytes must not be negative: DisableCache turns the cache off")
	}
	if cfg.CacheSize == 0 {
		cfg.CacheSize = defaultCacheSize
	}
	if cfg.CacheBytes == 0 {
		cfg.CacheBytes = defaultCacheBytes
	}
	if cfg.ClockSkew == 0 {
		cfg.ClockSkew = defaultClockSkew
	}
	if cfg.MaxTokenBytes == 0 {
		cfg.MaxTokenBytes = defaultMaxTokenBytes
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Issuers = slices.Clone(cfg.Issuers)
	cfg.Audience = slices.Clone(cfg.Audience)
	cfg.AuthorizedParties = slices.Clone(cfg.AuthorizedParties)
	return errors.Join(problems...)
}

// isNil reports whether an interface holds a nil pointer or function, which a test against nil doesn't see.
func isNil(set any) bool {
	v := reflect.ValueOf(set)
	return v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Func) && v.IsNil()
}
