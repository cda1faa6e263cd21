package issuer

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"example.com/machineauth/tokens"
)

// Issuer creates, verifies and revokes tokens, and serves the keys to verify JWTs with. It is an http.Handler, safe for
// concurrent use.
type Issuer struct {
	cfg     Config
	store   Store
	keys    *keyring
	secrets []Hash
	handler http.Handler
}

// Config says what an [Issuer] is. What it points to must not change afterwards.
type Config struct {
	// Issuer is the issuer's URL, the iss of its tokens (RFC 8414 section 2): https, or http on a loopback host, and
	// nothing after the host and port. Required.
	Issuer string

	// SecretKeys open the whole Backend API: see [NewSecretKey]. At least one, of 32 characters or more; two while one
	// of them is being replaced.
	SecretKeys []tokens.Secret

	// Keys sign JWTs. One of them must be active. In development mode they may be left out.
	Keys []SigningKey

	// KeyOverlap is how long before its first signature a new key must have been published; zero means 10 min. It is
	// also, halved, how long the key set may be cached.
	KeyOverlap time.Duration

	// Store keeps machines, tokens, API keys and applications. nil is allowed in development mode only, and means a
	// [Memory].
	Store Store

	// MaxJWTLifetime bounds the life of JWTs, which nobody can revoke here; zero means 24 h. It is also how long a
	// replaced key stays published.
	MaxJWTLifetime time.Duration

	// Conventions are those of the verifiers; the zero value is Clerk's.
	Conventions tokens.Conventions

	// Development is for one's own machine and for tests: see the package documentation.
	Development bool

	// Logger gets failures of the store and of signing keys; nil means slog.Default().
	Logger *slog.Logger

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	defaultJWTLifetime = 24 * time.Hour
	defaultKeyOverlap  = 10 * time.Minute
	maxClockSkew       = 5 * time.Minute // of a verifier
	minSecretKeyBytes  = 32
)

// New returns an Issuer, or an ErrConfig that names every mistake in cfg at once.
func New(cfg Config) (*Issuer, error) {
	if err := cfg.complete(); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	i := &Issuer{cfg: cfg, store: cfg.Store, keys: &keyring{
		config: tokens.SignerConfig{Issuer: cfg.Issuer, MaxTTL: cfg.MaxJWTLifetime, Conventions: cfg.Conventions, Now: cfg.Now},
		keep:   cfg.MaxJWTLifetime + maxClockSkew,
	}}
	if err := i.keys.add(cfg.Keys...); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	if signer, _ := i.keys.at(i.now()); signer == nil {
		return nil, fail(ErrConfig, "none of Config.Keys is active now")
	}
	for _, s := range cfg.SecretKeys {
		i.secrets = append(i.secrets, hashOf(s))
	}
	i.cfg.SecretKeys = nil
	i.handler = i.routes()
	return i, nil
}

// ServeHTTP serves the API.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.handler.ServeHTTP(w, r) }

func (i *Issuer) now() time.Time { return i.cfg.Now() }

// complete checks cfg, reports every mistake at once, and fills in the defaults.
func (cfg *Config) complete() error {
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if u, err := url.Parse(cfg.Issuer); err != nil || u.Host == "" || u.User != nil || cfg.Issuer != u.Scheme+"://"+u.Host ||
		u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Host)) {
		problem("Config.Issuer must be https://host or http://localhost, with a port or without, and nothing after it")
	}
	if len(cfg.SecretKeys) == 0 {
		problem("Config.SecretKeys must have a key: NewSecretKey makes one")
	}
	for _, s := range cfg.SecretKeys {
		if len(s.Reveal()) < minSecretKeyBytes {
			problem("Config.SecretKeys has one of fewer than %d characters: NewSecretKey makes good ones", minSecretKeyBytes)
		}
	}
	if cfg.KeyOverlap < 0 || cfg.MaxJWTLifetime < 0 {
		problem("Config.KeyOverlap and Config.MaxJWTLifetime must not be negative")
	}
	if cfg.KeyOverlap == 0 {
		cfg.KeyOverlap = defaultKeyOverlap
	}
	if cfg.MaxJWTLifetime == 0 {
		cfg.MaxJWTLifetime = defaultJWTLifetime
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Store == nil && cfg.Development {
		cfg.Store = NewMemory(0, cfg.Now)
	} else if cfg.Store == nil {
		problem("Config.Store must be set, or Config.Development")
	}
	if len(cfg.Keys) == 0 && cfg.Development {
		key, err := ephemeralKey()
		if err != nil {
			problems = append(problems, err)
		}
		cfg.Keys = []SigningKey{key}
	} else if len(cfg.Keys) == 0 {
		problem("Config.Keys must have a key, or Config.Development must be set")
	}
	return errors.Join(problems...)
}
