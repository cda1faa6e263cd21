package outbound

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/machineauth/tokens"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Minter fetches a new token: its text, and when it expires (zero: never). Its context has a deadline. Its errors must not
// hold what is secret; they are logged.
type Minter func(ctx context.Context) (text tokens.Secret, expires time.Time, err error)

// M2M creates M2M tokens at a Clerk-compatible backend.
func M2M(client *tokens.Client, params tokens.CreateM2MParams) Minter {
	return func(ctx context.Context) (tokens.Secret, time.Time, error) {
		created, err := client.CreateM2M(ctx, params)
		if err != nil {
			return tokens.Secret{}, time.Time{}, err
		}
		return created.Text, created.Token.ExpiresAt, nil
	}
}

// ClientCredentials fetches access tokens from an OAuth server with the grant of RFC 6749 section 4.4. TokenURL must be https,
// or http on loopback. No redirect is followed, so that the client's secret follows none. A nil client means one with
// http.DefaultTransport. Its error is ErrConfig.
func ClientCredentials(cfg *clientcredentials.Config, client *http.Client) (Minter, error) {
	u, err := url.Parse(cfg.TokenURL)
	if err != nil || u.Host == "" || !isSecure(u) {
		return nil, &Error{ErrConfig, errors.New("TokenURL must be https, or http on loopback: the client's secret is sent there")}
	}
	own := &clientcredentials.Config{
		ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, TokenURL: cfg.TokenURL, AuthStyle: cfg.AuthStyle,
		Scopes: slices.Clone(cfg.Scopes), EndpointParams: maps.Clone(cfg.EndpointParams),
	}
	if client == nil {
		client = &http.Client{}
	}
	strict := *client
	strict.Transport = oneProtocol{client.Transport}
	strict.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(ctx context.Context) (tokens.Secret, time.Time, error) {
		token, err := own.Token(context.WithValue(ctx, oauth2.HTTPClient, &strict))
		if err == nil && !strings.EqualFold(token.Type(), "Bearer") {
			err = errors.New("the token endpoint gave a token that is not a bearer token")
		} else if err != nil {
			err = endpointFailure(ctx, err)
		}
		if err != nil {
			return tokens.Secret{}, time.Time{}, err
		}
		return tokens.NewSecret(token.AccessToken), token.Expiry, nil
	}, nil
}

// oneProtocol refuses a 101: what follows one is no body, and no deadline would end it.
type oneProtocol struct{ base http.RoundTripper }

func (t oneProtocol) RoundTrip(r *http.Request) (*http.Response, error) {
	base := t.base
	if base == nil {
		base = http.DefaultTransport
	}
	response, err := base.RoundTrip(r)
	if err == nil && response.StatusCode < 200 {
		_ = response.Body.Close()
		return nil, errors.New("the token endpoint wants to speak another protocol")
	}
	return response, err
}

// tokenErrors are what a token endpoint may say is wrong (RFC 6749 section 5.2).
var tokenErrors = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

// endpointFailure keeps of an error what helps to find the cause. The texts of package oauth2 quote what the server sent.
func endpointFailure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		detail := ""
		if slices.Contains(tokenErrors, e.ErrorCode) {
			detail = ", " + e.ErrorCode
		}
		return fmt.Errorf("the token endpoint answers %d%s", e.Response.StatusCode, detail)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e
	}
	return errors.New("the token endpoint cannot be reached, or doesn't answer as RFC 6749 section 5.1 says")
}
