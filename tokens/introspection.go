package tokens

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// IntrospectorConfig says at which OAuth server an [Introspector] asks about tokens, and as whom. URL, ClientID and
// ClientSecret are needed.
type IntrospectorConfig struct {
	// URL is the server's introspection_endpoint (RFC 8414). It must be https, or http on loopback.
	URL string

	// ClientID and ClientSecret are this service's own credentials at the server, which answers nobody else.
	ClientID     string
	ClientSecret Secret

	// AuthMethod is how they are sent; empty means AuthBasic.
	AuthMethod AuthMethod

	// Issuer is what the answers must have as iss. Empty accepts any: whoever answers at URL is believed. Leave it empty for
	// a server that doesn't say iss.
	Issuer string

	// Audience is what this service is called in aud: a token must then name one of these. Empty checks nothing, and leaves
	// a service open to tokens that were issued for another one.
	Audience []string

	// ClockSkew is how far the server's clock may be off; zero means 5 s. At most 5 min.
	ClockSkew time.Duration

	// These are as in [ClientConfig].
	HTTPClient    *http.Client
	Timeout       time.Duration
	MaxConcurrent int
	OpaqueTTL     time.Duration
	NegativeTTL   time.Duration
	CacheSize     int
	Now           func() time.Time
	Logger        *slog.Logger
}

// AuthMethod is how a client authenticates at an OAuth server. The values are those of RFC 7591 section 2.
type AuthMethod string

// The two ways of RFC 6749 section 2.3.1.
const (
	AuthBasic AuthMethod = "client_secret_basic" // in the Authorization header
	AuthPost  AuthMethod = "client_secret_post"  // in the body
)

// Introspector asks an OAuth server about opaque access tokens (RFC 7662): Keycloak, Ory Hydra, ZITADEL or any other. It is
// an [OpaqueVerifier] for TypeOAuth, and safe for concurrent use. Its errors, its coalescing and its cache are those of
// [Client]; in addition, a token for another audience is ErrAudience, one of another issuer ErrIssuer, one that is no access
// token ErrTypeMismatch.
//
// A [Verifier] recognizes an opaque token by its prefix. A server whose tokens don't start with oat_ needs its prefix in
// [Conventions], or, where they have none, or have a dot, the type of all that isn't recognized:
//
//	tokens.Config{
//		Opaque:      introspector,
//		Conventions: tokens.Conventions{Unprefixed: tokens.TypeOAuth},
//	}
type Introspector struct {
	cfg           IntrospectorConfig
	judge         Config // the part of it that judges claims
	backend       *backend
	verifications *verifications
}

// NewIntrospector returns an Introspector, or an ErrConfig that names every mistake in cfg at once. It sends nothing.
func NewIntrospector(cfg IntrospectorConfig) (*Introspector, error) {
	common := backendConfig{cfg.HTTPClient, cfg.Timeout, cfg.MaxConcurrent, cfg.OpaqueTTL, cfg.NegativeTTL, cfg.CacheSize, cfg.Now, cfg.Logger}
	problems := []error{common.complete("IntrospectorConfig")}
	if err := checkBackendURL(cfg.URL); err != nil {
		problems = append(problems, fmt.Errorf("IntrospectorConfig.URL %w", err))
	}
	if cfg.ClientID == "" || cfg.ClientSecret.Reveal() == "" {
		problems = append(problems, errors.New("IntrospectorConfig.ClientID and ClientSecret must be set"))
	}
	if cfg.AuthMethod == "" {
		cfg.AuthMethod = AuthBasic
	}
	if cfg.AuthMethod != AuthBasic && cfg.AuthMethod != AuthPost {
		problems = append(problems, errors.New("IntrospectorConfig.AuthMethod must be AuthBasic or AuthPost"))
	}
	if slices.Contains(cfg.Audience, "") {
		problems = append(problems, errors.New("IntrospectorConfig.Audience has an empty string"))
	}
	if cfg.ClockSkew < 0 || cfg.ClockSkew > maxClockSkew {
		problems = append(problems, fmt.Errorf("IntrospectorConfig.ClockSkew must be between 0 and %v", maxClockSkew))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	judge := Config{Audience: slices.Clone(cfg.Audience), ClockSkew: cfg.ClockSkew, Now: common.now}
	if judge.ClockSkew == 0 {
		judge.ClockSkew = defaultClockSkew
	}
	if cfg.Issuer != "" {
		judge.Issuers = []string{cfg.Issuer}
	}
	return &Introspector{cfg, judge, newBackend(common), newVerifications(common)}, nil
}

// VerifyOpaque asks the server about a token; it makes Introspector an [OpaqueVerifier]. The token may be bound to its sender,
// which its Confirmation says, and a Verifier sees to (S2).
func (i *Introspector) VerifyOpaque(ctx context.Context, raw string, t Type) (Token, error) {
	switch {
	case t != TypeOAuth:
		return nil, fail(ErrNoOpaqueVerifier, t, "introspection is for OAuth tokens; a Client verifies the other types")
	case raw == "" || len(raw) > maxMaxTokenBytes:
		return nil, fail(ErrMalformed, t, "the token is empty or longer than 1 MiB")
	}
	return i.verifications.verify(ctx, raw, t, func(ctx context.Context) (Token, error) {
		a, err := i.backend.ask(ctx, i.question(raw))
		switch {
		case err != nil:
			return nil, err
		case a.status != http.StatusOK:
			return nil, unexpectedStatus(a.status)
		}
		return readIntrospection(a.body, &i.judge)
	})
}

// VerifyOAuth verifies an opaque bearer token. One that is bound to its sender is ErrSenderConstrained: [Verifier.VerifyBound]
// is for those.
func (i *Introspector) VerifyOAuth(ctx context.Context, raw string) (*OAuthToken, error) {
	token, err := as[*OAuthToken](i.VerifyOpaque(ctx, raw, TypeOAuth))
	if err != nil {
		return nil, err
	}
	if err := refuseBound(token.Confirmation); err != nil {
		return nil, ofType(TypeOAuth, err)
	}
	return token, nil
}

// Invalidate forgets that the token with an ID (jti) was verified, as [Client.Invalidate] does.
func (i *Introspector) Invalidate(id string) { i.verifications.invalidate(id) }

// question asks about a token as RFC 7662 section 2.1 says, with client authentication as RFC 6749 section 2.3.1 says: in
// the header, ID and secret are form-urlencoded first.
func (i *Introspector) question(raw string) question {
	form := url.Values{"token": {raw}, "token_type_hint": {"access_token"}}
	header := http.Header{
		"Accept":       {"application/json"},
		"Content-Type": {"application/x-www-form-urlencoded"},
		"User-Agent":   {userAgent},
	}
	id, secret := i.cfg.ClientID, i.cfg.ClientSecret.Reveal()
	if i.cfg.AuthMethod == AuthPost {
		form.Set("client_id", id)
		form.Set("client_secret", secret)
	} else {
		pair := url.QueryEscape(id) + ":" + url.QueryEscape(secret)
		header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return question{http.MethodPost, i.cfg.URL, header, []byte(form.Encode()), true}
}
