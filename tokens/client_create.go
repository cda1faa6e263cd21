package tokens

import (
	"context"
	stdjson "encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// CreateM2MParams describe an M2M token to create. Its scopes, the machines that it may call, are those of the machine whose
// secret key creates it.
type CreateM2MParams struct {
	Format Format // empty means FormatOpaque

	// Claims are custom claims: any JSON, whose names arrive as they are. iss, sub, exp, nbf, iat, jti and cnf are refused
	// here; a backend may have limits of its own, as the issuer of package tokens/issuer has for scopes and for names.
	Claims map[string]any

	// TTL is how long the token lives, in whole seconds. Zero leaves it to the backend.
	TTL time.Duration

	// MinRemainingTTL, in whole seconds and less than TTL, allows the backend to answer with an existing token of the same
	// machine and claims that lives for at least so long. Zero always makes a new one. Opaque tokens only.
	MinRemainingTTL time.Duration
}

// CreatedM2M is a new M2M token.
type CreatedM2M struct {
	Token *M2MToken // what it says
	Text  Secret    // what its bearer sends; the backend won't show it again
}

// CreateM2M creates an M2M token in the name of this service's machine. Parameters that make no sense, to this package or to
// the backend, are ErrParams.
func (c *Client) CreateM2M(ctx context.Context, p CreateM2MParams) (*CreatedM2M, error) {
	body, err := p.body()
	if err != nil {
		return nil, err
	}
	a, err := c.post(ctx, c.machineKey(), "/m2m_tokens", body, false)
	switch {
	case err != nil:
		return nil, ofType(TypeM2M, err)
	case a.status == http.StatusBadRequest || a.status == http.StatusUnprocessableEntity:
		return nil, fail(ErrParams, TypeM2M, "the backend refuses the parameters: are the claims or the TTL beyond its limits?")
	case a.status != http.StatusOK && a.status != http.StatusCreated:
		return nil, ofType(TypeM2M, unexpectedStatus(a.status))
	}
	r, err := readResource(a.body)
	if err != nil {
		return nil, ofType(TypeM2M, err)
	}
	token, err := as[*M2MToken](r.token(TypeM2M, c.now()))
	if err != nil {
		return nil, ofType(TypeM2M, incomplete("no new token that is alive and a machine's"))
	}
	token.format = body.Format
	if formatOf(r.Token) != token.format {
		return nil, ofType(TypeM2M, incomplete("no token of the format asked for"))
	}
	return &CreatedM2M{token, NewSecret(r.Token)}, nil
}

// formatOf tells the format of a token, or "".
func formatOf(raw string) Format {
	if isOpaqueBody(raw) {
		return FormatOpaque
	}
	segments := strings.Split(raw, ".")
	if len(segments) != 3 || slices.ContainsFunc(segments, func(s string) bool { return s == "" || !isBase64URL(s) }) {
		return ""
	}
	return FormatJWT
}

// createBody is the body of a request to create (B4).
type createBody struct {
	Format                 Format         `json:"token_format"`
	SecondsUntilExpiration *int64         `json:"seconds_until_expiration"`
	Claims                 jsontext.Value `json:"claims"`
	MinRemainingTTLSeconds *int64         `json:"min_remaining_ttl_seconds,omitzero"`
}

// body checks the parameters, and reports every mistake at once.
func (p *CreateM2MParams) body() (createBody, error) {
	var problems []string
	problem := func(ok bool, text string) {
		if !ok {
			problems = append(problems, text)
		}
	}
	b := createBody{Format: p.Format, Claims: jsontext.Value("null")}
	if b.Format == "" {
		b.Format = FormatOpaque
	}
	problem(b.Format == FormatOpaque || b.Format == FormatJWT, "Format must be FormatOpaque or FormatJWT")

	var ok1, ok2 bool
	b.SecondsUntilExpiration, ok1 = wholeSeconds(p.TTL)
	b.MinRemainingTTLSeconds, ok2 = wholeSeconds(p.MinRemainingTTL)
	problem(ok1, "TTL must be in whole seconds and not negative")
	problem(ok2, "MinRemainingTTL must be in whole seconds and not negative")
	problem(p.MinRemainingTTL == 0 || p.TTL == 0 || p.MinRemainingTTL < p.TTL, "MinRemainingTTL must be less than TTL, or no token would ever do")
	problem(p.MinRemainingTTL == 0 || b.Format == FormatOpaque, "MinRemainingTTL is for opaque tokens: JWTs are always new")

	if len(p.Claims) > 0 {
		reserved := slices.DeleteFunc(append(slices.Clone(reservedClaims), "cnf"), func(name string) bool {
			_, set := p.Claims[name]
			return !set
		})
		problem(len(reserved) == 0, "Claims may not set "+strings.Join(reserved, ", "))

		text, err := json.Marshal(p.Claims, json.WithMarshalers(numbers), json.Deterministic(true))
		problem(err == nil, "Claims cannot be written as JSON")
		if err == nil {
			_, err = parseObject(string(text))
			problem(err == nil, "Claims must nest at most 32 deep, and have at most 200 members")
		}
		b.Claims = text
	}
	if problems != nil {
		return b, fail(ErrParams, TypeM2M, strings.Join(problems, "\n"))
	}
	return b, nil
}

// wholeSeconds returns d in seconds, nil for zero; ok is false where it cannot be.
func wholeSeconds(d time.Duration) (seconds *int64, ok bool) {
	if d == 0 {
		return nil, true
	}
	n := int64(d / time.Second)
	return &n, d > 0 && d%time.Second == 0
}

// numbers writes the Number of encoding/json as what it is. Left alone it would become a string.
var numbers = json.MarshalToFunc(func(e *jsontext.Encoder, n stdjson.Number) error {
	return e.WriteValue(jsontext.Value(n))
})
