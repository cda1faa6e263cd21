package tokens

import (
	"context"
	"net/http"
	"strconv"
)

// verifyEndpoints say where a type of token is verified, and which member of the body it travels in (B1).
var verifyEndpoints = map[Type]struct{ path, member string }{
	TypeM2M:    {"/m2m_tokens/verify", "token"},
	TypeOAuth:  {"/oauth_applications/access_tokens/verify", "access_token"},
	TypeAPIKey: {"/api_keys/verify", "secret"},
}

// VerifyOpaque verifies an opaque token at the backend; it makes Client an [OpaqueVerifier].
func (c *Client) VerifyOpaque(ctx context.Context, raw string, t Type) (Token, error) {
	endpoint, ok := verifyEndpoints[t]
	secret := c.secretKey
	if t == TypeM2M {
		secret = c.machineKey()
	}
	switch {
	case !ok:
		return nil, fail(ErrTypeMismatch, t, "there are no opaque tokens of this type")
	case secret.Reveal() == "":
		return nil, fail(ErrNoOpaqueVerifier, t, "ClientConfig.SecretKey is not set, and only M2M tokens can be verified without it")
	case len(raw) > maxMaxTokenBytes || !isOpaqueBody(raw):
		return nil, fail(ErrMalformed, t, "not an opaque token; JWTs are verified by a Verifier with Keys")
	}
	return c.verifications.verify(ctx, raw, t, func(ctx context.Context) (Token, error) {
		a, err := c.post(ctx, secret, endpoint.path, map[string]string{endpoint.member: raw}, true)
		switch {
		case err != nil:
			return nil, err
		case a.status == http.StatusNotFound:
			return nil, fail(ErrInvalid, t, "the backend doesn't know the token")
		case a.status != http.StatusOK:
			return nil, unexpectedStatus(a.status)
		}
		r, err := readResource(a.body)
		if err != nil {
			return nil, err
		}
		return r.token(t, c.now())
	})
}

// VerifyM2M verifies an opaque M2M token.
func (c *Client) VerifyM2M(ctx context.Context, raw string) (*M2MToken, error) {
	return as[*M2MToken](c.VerifyOpaque(ctx, raw, TypeM2M))
}

// VerifyOAuth verifies an opaque OAuth access token. Whom it is for is in its Audience, which the caller has to check; a
// [Verifier] with an Audience does so.
func (c *Client) VerifyOAuth(ctx context.Context, raw string) (*OAuthToken, error) {
	return as[*OAuthToken](c.VerifyOpaque(ctx, raw, TypeOAuth))
}

// VerifyAPIKey verifies an API key.
func (c *Client) VerifyAPIKey(ctx context.Context, raw string) (*APIKey, error) {
	return as[*APIKey](c.VerifyOpaque(ctx, raw, TypeAPIKey))
}

// as gives a verified token its own type, which VerifyOpaque has seen to.
func as[T Token](token Token, err error) (T, error) {
	t, _ := token.(T)
	return t, err
}

func unexpectedStatus(status int) error { return incomplete("status " + strconv.Itoa(status)) }
