package tokens_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// An issuer and a service that trusts it, in one program. In earnest the service has a jwk.Remote of the issuer's JWKS URL.
func issuerAndService(cfg tokens.Config) (*tokens.Signer, *tokens.Verifier) {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		log.Fatal(err)
	}
	key, err := jwk.NewPrivateKey("ins_1", jwk.EdDSA, private)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := tokens.NewSigner(tokens.SignerConfig{Key: key, Issuer: "https://clerk.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	if cfg.Keys, err = jwk.NewStatic(key.Public()); err != nil {
		log.Fatal(err)
	}
	verifier, err := tokens.NewVerifier(cfg)
	if err != nil {
		log.Fatal(err)
	}
	return signer, verifier
}

func ExampleVerifier_Verify() {
	signer, verifier := issuerAndService(tokens.Config{Issuers: []string{"https://clerk.example.com"}})
	raw, err := signer.SignM2M(tokens.M2MParams{MachineID: "mch_billing", Scopes: []string{"mch_reports"}, TTL: time.Minute})
	if err != nil {
		log.Fatal(err)
	}

	token, err := verifier.Verify(context.Background(), raw, tokens.TypeM2M, tokens.TypeOAuth)
	switch token := token.(type) {
	case *tokens.M2MToken:
		fmt.Println("machine", token.Subject, "with scopes", token.Scopes)
	case *tokens.OAuthToken:
		fmt.Println("client", token.ClientID)
	default:
		log.Fatal(err)
	}

	// Where nothing is said, people only.
	_, err = verifier.Verify(context.Background(), raw)
	fmt.Println(errors.Is(err, tokens.ErrTypeMismatch), err)
	// Output:
	// machine mch_billing with scopes [mch_reports]
	// true tokens: token-type-mismatch: this type of token is not accepted here
}

func ExampleVerifier_Classify() {
	signer, verifier := issuerAndService(tokens.Config{})
	session, err := signer.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	for _, raw := range []string{session, "ak_live_x", "oat_x", "hello"} {
		class, err := verifier.Classify(raw)
		if err != nil {
			fmt.Println("no token")
			continue
		}
		fmt.Println(class.Type, class.Format, class.Type.IsMachine())
	}
	// Output:
	// session_token jwt false
	// api_key opaque true
	// oauth_token opaque true
	// no token
}

func ExampleSigner() {
	signer, verifier := issuerAndService(tokens.Config{})
	raw, err := signer.SignSession(tokens.SessionParams{
		UserID:    "user_1",
		SessionID: "sess_1",
		TTL:       time.Minute,
		Claims:    map[string]any{"org_id": "org_acme", "org_role": "org:admin"},
	})
	if err != nil {
		log.Fatal(err)
	}
	token, err := verifier.Verify(context.Background(), raw)
	if err != nil {
		log.Fatal(err)
	}
	session := token.(*tokens.SessionToken)
	fmt.Println(session.Subject, session.OrgID, session.OrgRole)

	_, err = signer.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute, Claims: map[string]any{"sub": "user_2"}})
	fmt.Println(err)
	// Output:
	// user_1 org_acme org:admin
	// tokens: params-invalid: Claims may not set sub
}

func ExampleM2MToken_Claims() {
	signer, verifier := issuerAndService(tokens.Config{})
	raw, err := signer.SignM2M(tokens.M2MParams{
		MachineID: "mch_billing",
		TTL:       time.Minute,
		Claims:    map[string]any{"tenant": "acme", "quota": 9007199254740993},
	})
	if err != nil {
		log.Fatal(err)
	}
	token, err := verifier.Verify(context.Background(), raw, tokens.TypeM2M)
	if err != nil {
		log.Fatal(err)
	}
	var custom struct {
		Tenant string `json:"tenant"`
		Quota  int64  `json:"quota"`
	}
	if err := token.Claims(&custom); err != nil {
		log.Fatal(err)
	}
	fmt.Println(custom.Tenant, custom.Quota)
	// Output: acme 9007199254740993
}

func ExampleRevocationList() {
	revocations := new(tokens.RevocationList)
	signer, verifier := issuerAndService(tokens.Config{Revocations: revocations})
	raw, err := signer.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	token, err := verifier.Verify(context.Background(), raw)
	if err != nil {
		log.Fatal(err)
	}
	session := token.(*tokens.SessionToken)
	revocations.RevokeToken(session.Issuer, session.ID, session.ExpiresAt)

	_, err = verifier.Verify(context.Background(), raw)
	fmt.Println(err)
	// Output: tokens: token-revoked: the token has been revoked
}

func ExampleConventions() {
	verifier, err := tokens.NewVerifier(tokens.Config{
		Opaque: tokens.OpaqueVerifierFunc(func(_ context.Context, raw string, t tokens.Type) (tokens.Token, error) {
			if raw != "acme_key_1234" {
				return nil, tokens.ErrInvalid
			}
			return &tokens.APIKey{Meta: tokens.Meta{ID: "1", Subject: "org_acme"}, Name: "nightly build"}, nil
		}),
		Conventions: tokens.Conventions{Prefixes: map[string]tokens.Type{"acme_key_": tokens.TypeAPIKey}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, raw := range []string{"acme_key_1234", "acme_key_5678"} {
		token, err := verifier.Verify(context.Background(), raw, tokens.TypeAPIKey)
		if err != nil {
			fmt.Println("unknown key:", errors.Is(err, tokens.ErrInvalid))
			continue
		}
		key := token.(*tokens.APIKey)
		fmt.Println(key.Name, "of", key.OrgID())
	}
	// Output:
	// nightly build of org_acme
	// unknown key: true
}
