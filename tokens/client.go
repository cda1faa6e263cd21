package tokens

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// ClientConfig says at which backend a [Client] creates and verifies tokens, and in whose name. At least one of the two
// secrets is needed.
type ClientConfig struct {
	// SecretKey is the application's secret key, sk_…. OAuth tokens and API keys cannot be verified without it.
	SecretKey Secret

	// MachineSecretKey is the secret key of the machine that this service is. Where it is set, everything about M2M
	// tokens is asked with it; creating one takes it.
	MachineSecretKey Secret

	// BaseURL is the backend; empty means https://api.clerk.com. It must be https, or http on loopback.
	BaseURL string

	// HTTPClient sends the requests; nil means one with http.DefaultTransport. Its CheckRedirect and Jar are not used: no
	// redirect is followed, so that no secret follows one.
	HTTPClient *http.Client

	// Timeout bounds every method from beginning to end, repeated attempts and pauses included. Zero means 5 s.
	Timeout time.Duration

	// MaxConcurrent bounds the requests under way; more of them wait. Zero means 64.
	MaxConcurrent int

	// OpaqueTTL is for how long a verified token is accepted without asking again, though never beyond its expiry. A token
	// that is revoked meanwhile still works, unless it is revoked through this Client or given to Invalidate. Zero, the
	// default, asks each time: to be revocable at once is what opaque tokens are for. At most 1 h.
	OpaqueTTL time.Duration

	// NegativeTTL is for how long a refused token is refused without asking again. Zero means a quarter of OpaqueTTL; it
	// cannot be more than OpaqueTTL. That the backend could not be asked is never remembered.
	NegativeTTL time.Duration

	// CacheSize bounds how many accepted tokens are remembered; zero means 8,192. A token of more than 8 KiB counts as
	// several. What is kept is a hash of the token's text, and what the backend said.
	CacheSize int

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Logger is told when the backend refuses this service's own secret; nil means slog.Default.
	Logger *slog.Logger
}

// Client speaks Clerk's Backend API: it creates, lists and revokes M2M tokens, and verifies opaque tokens of all three types.
// It is an [OpaqueVerifier], and safe for concurrent use.
//
// That a token is bad is an [*Error] with ErrInvalid, ErrRevoked, ErrExpired or ErrSubject. Whatever keeps the Client from
// knowing, is ErrBackendUnavailable or ErrSecretKey, which are no reason to send the caller away (see [Code.Temporary]).
// Verifying and listing are repeated where the failure may pass; creating and revoking only where the request was never sent.
//
// While a token is being verified, other callers with the same token wait for the same answer.
type Client struct {
	base                     string
	secretKey, machineSecret Secret
	backend                  *backend
	verifications            *verifications
	now                      func() time.Time
}

const (
	defaultBaseURL = "https://api.clerk.com"
	apiVersion     = "2026-05-12"
	userAgent      = "machineauth"
)

// NewClient returns a Client, or an ErrConfig that names every mistake in cfg at once. It sends nothing.
func NewClient(cfg ClientConfig) (*Client, error) {
	common := backendConfig{cfg.HTTPClient, cfg.Timeout, cfg.MaxConcurrent, cfg.OpaqueTTL, cfg.NegativeTTL, cfg.CacheSize, cfg.Now, cfg.Logger}
	problems := []error{common.complete("ClientConfig")}
	if cfg.SecretKey.Reveal() == "" && cfg.MachineSecretKey.Reveal() == "" {
		problems = append(problems, errors.New("ClientConfig.SecretKey or ClientConfig.MachineSecretKey must be set"))
	}
	if !isHeaderSafe(cfg.SecretKey) || !isHeaderSafe(cfg.MachineSecretKey) {
		problems = append(problems, errors.New("ClientConfig: a secret key has a space, a line end or another character that no key has"))
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = defaultBaseURL
	}
	if err := checkBackendURL(cfg.BaseURL); err != nil {
		problems = append(problems, fmt.Errorf("ClientConfig.BaseURL %w", err))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	return &Client{
		base:          strings.TrimRight(cfg.BaseURL, "/"),
		secretKey:     cfg.SecretKey,
		machineSecret: cfg.MachineSecretKey,
		backend:       newBackend(common),
		verifications: newVerifications(common),
		now:           common.now,
	}, nil
}

// Invalidate forgets that the token with an ID, mt_…, oat_… or ak_…, was verified: it is asked about when it next comes. Call it
// when you learn that a token was revoked elsewhere.
func (c *Client) Invalidate(id string) { c.verifications.invalidate(id) }

// post asks a question with a JSON body.
func (c *Client) post(ctx context.Context, secret Secret, path string, body any, repeatable bool) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, fail(ErrParams, "", "the parameters cannot be written as JSON")
	}
	header := c.header(secret)
	header.Set("Content-Type", "application/json")
	return c.backend.ask(ctx, question{http.MethodPost, c.base + path, header, text, repeatable})
}

func (c *Client) get(ctx context.Context, secret Secret, path string) (answer, error) {
	return c.backend.ask(ctx, question{http.MethodGet, c.base + path, c.header(secret), nil, true})
}

func (c *Client) header(secret Secret) http.Header {
	return http.Header{
		"Accept":            {"application/json"},
		"Authorization":     {"Bearer " + secret.Reveal()},
		"Clerk-Api-Version": {apiVersion},
		"User-Agent":        {userAgent},
	}
}

// machineKey is the secret for everything about M2M tokens (B1).
func (c *Client) machineKey() Secret {
	if c.machineSecret.Reveal() != "" {
		return c.machineSecret
	}
	return c.secretKey
}
