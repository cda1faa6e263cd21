package attacks

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"example.com/machineauth/tokens"
)

// backend is an OpaqueVerifier that says of each token what the token's value asks for.
type backend struct {
	now   time.Time
	calls atomic.Int64
}

func (b *backend) VerifyOpaque(_ context.Context, raw string, _ tokens.Type) (tokens.Token, error) {
	b.calls.Add(1)
	m2m := func(subject string) tokens.Token {
		return &tokens.M2MToken{Meta: tokens.Meta{ID: "mt_backend_id", Subject: subject}, Scopes: []string{"read:items"}}
	}
	oauth := func(audience ...string) tokens.Token {
		return &tokens.OAuthToken{Meta: tokens.Meta{ID: "oat_backend_id", Subject: "user_backend", Audience: audience}, ClientID: "cl_backend", Scopes: []string{"read:items"}}
	}
	switch raw {
	case "mt_good", "mt_good+/~-_==":
		return m2m("mch_backend"), nil
	case "oat_good":
		return oauth(audience), nil
	case "ak_good":
		return &tokens.APIKey{Meta: tokens.Meta{ID: "ak_backend_id", Subject: "user_backend"}}, nil
	case "ak_expired":
		return &tokens.APIKey{Meta: tokens.Meta{ID: "ak_backend_id", Subject: "user_backend", ExpiresAt: b.now.Add(-time.Second)}}, nil
	case "mt_revoked":
		return nil, tokens.ErrRevoked
	case "mt_ofuser":
		return m2m("user_backend"), nil
	case "mt_ofnobody":
		return m2m(""), nil
	case "mt_ofprefix":
		return m2m("mch_"), nil
	case "ak_ofmachine":
		return &tokens.APIKey{Meta: tokens.Meta{ID: "ak_backend_id", Subject: "mch_backend"}}, nil
	case "mt_becomesoauth":
		return oauth(audience), nil
	case "oat_becomessession":
		return &tokens.SessionToken{Meta: tokens.Meta{Subject: "user_backend"}, SessionID: "sess_backend"}, nil
	case "oat_elsewhere":
		return oauth("https://elsewhere.example"), nil
	case "oat_nowhere":
		return oauth(), nil
	case "mt_bk401", "mt_bk403":
		return nil, tokens.ErrSecretKey
	case "mt_bktimeout":
		return nil, context.DeadlineExceeded
	case "mt_bkempty", "mt_bk429", "mt_bk500":
		return nil, &tokens.Error{Code: tokens.ErrBackendUnavailable, Err: errors.New("no answer that could be believed")}
	case "mt_bknil":
		return nil, nil
	case "mt_bkpanic":
		panic("the backend's client has a bug, and " + raw + " in its hands")
	}
	return nil, tokens.ErrInvalid
}
