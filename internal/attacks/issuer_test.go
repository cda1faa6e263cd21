package attacks

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
)

// signer mints in the name of issuer A, with E1.
func signer(t *testing.T) *tokens.Signer {
	t.Helper()
	key, err := jwk.NewPrivateKey("ec_A", jwk.ES256, keyNamed(t, "E1"))
	check(t, err)
	s, err := tokens.NewSigner(tokens.SignerConfig{Key: key, Issuer: issuerA, MaxTTL: 24 * time.Hour})
	check(t, err)
	return s
}

// mintEach asks for a token of each type with the claims, which must be refused.
func mintEach(t *testing.T, claims map[string]any, ttl time.Duration) {
	t.Helper()
	s := signer(t)
	for kind, mint := range map[tokens.Type]func() (string, error){
		tokens.TypeM2M: func() (string, error) {
			return s.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: ttl, Claims: claims})
		},
		tokens.TypeOAuth: func() (string, error) {
			return s.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "cl_1", TTL: ttl, Claims: claims})
		},
		tokens.TypeSession: func() (string, error) {
			return s.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: ttl, Claims: claims})
		},
	} {
		if token, err := mint(); token != "" || !errors.Is(err, tokens.ErrParams) {
			t.Errorf("a %s with %v for %v is minted: %v", kind, slices.Collect(maps.Keys(claims)), ttl, err)
		}
	}
}

func TestN01_ClaimNameInjection(t *testing.T) {
	for _, name := range []string{`x":0,"sub":"mch_victim","y`, "x\\", "x\x00", "x\n", "", "sub ", " sub", "ſub", "x\"", strings.Repeat("x", 129)} {
		mintEach(t, map[string]any{name: "v"}, time.Minute)
	}
}

func TestN02_ReservedClaims(t *testing.T) {
	for _, name := range []string{"sub", "iss", "exp", "iat", "nbf", "jti", "aud", "cnf", "cat"} {
		mintEach(t, map[string]any{name: "mch_victim"}, time.Minute)
	}
}

func TestN03_Lifetimes(t *testing.T) {
	for _, ttl := range []time.Duration{0, -1, -time.Hour, 24*time.Hour + 1, math.MaxInt64, math.MinInt64} {
		mintEach(t, nil, ttl)
	}
}

// development runs an issuer as one does on one's own machine.
func development(t *testing.T) (iss *issuer.Issuer, address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	address = ln.Addr().String()
	iss, err = issuer.New(issuer.Config{Issuer: "http://" + address, SecretKeys: []tokens.Secret{issuer.NewSecretKey()}, Development: true})
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- iss.Serve(ctx, ln) }()
	t.Cleanup(func() { stop(); check(t, <-done) })
	return iss, address
}

// TestV01_DevelopmentToken: what a development issuer signs means nothing to a service that doesn't trust its keys, nor,
// by its name, to one that did.
func TestV01_DevelopmentToken(t *testing.T) {
	iss, address := development(t)
	set, err := iss.JWKS()
	check(t, err)
	var keys struct{ Keys []struct{ Kid string } }
	check(t, json.Unmarshal(set, &keys))
	w := newWorld(t)
	w.mint.rows = byID(t)
	for _, kid := range []string{keys.Keys[0].Kid, "ins_A"} {
		recipe := w.mint.rows["P02"].Token.set("iss", `"http://`+address+`"`)
		recipe.Hdr = must(json.Marshal(map[string]string{"alg": "RS256", "kid": kid}))
		recipe.Sign = json.RawMessage(`{"key":"ATT","alg":"RS256"}`)
		expectInvalid(t, w.service(setup{}).send(bearer("/m2m", w.token(recipe))))
	}
	// Should its key have got into the set of A, as happens to developers, its name still isn't A's.
	expectInvalid(t, w.service(setup{}).send(bearer("/m2m", w.token(w.mint.rows["P02"].Token.set("iss", `"http://`+address+`"`)))))
}

func TestV02_DevelopmentHost(t *testing.T) {
	_, address := development(t)
	get := func(host string) int {
		r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/jwks", nil))
		r.Host = host
		response := must(http.DefaultClient.Do(r))
		_ = response.Body.Close()
		return response.StatusCode
	}
	if status := get(address); status != http.StatusOK {
		t.Errorf("under its own name: %d", status)
	}
	for _, host := range []string{"evil.example", "localhost.evil.example", "169.254.169.254", "0.0.0.0"} {
		if status := get(host); status != http.StatusForbidden {
			t.Errorf("under the name %s: %d", host, status)
		}
	}
	ln, err := net.Listen("tcp", ":0")
	check(t, err)
	iss, _ := development(t)
	if err := iss.Serve(t.Context(), ln); !errors.Is(err, issuer.ErrConfig) {
		t.Errorf("it serves every address: %v", err)
	}
}

// TestV03_PublicMembersOnly: both that publish keys publish no member but the public ones.
func TestV03_PublicMembersOnly(t *testing.T) {
	_, address := development(t)
	response := must(http.Get("http://" + address + "/jwks"))
	served := must(io.ReadAll(response.Body))
	_ = response.Body.Close()

	var public []*jwk.Key
	for name, alg := range map[string]jwk.Algorithm{"K1": jwk.RS256, "E1": jwk.ES256, "D1": jwk.EdDSA, "P384": jwk.ES384} {
		key, err := jwk.NewPrivateKey(keyIDs[name], alg, keyNamed(t, name))
		check(t, err)
		public = append(public, key.Public())
	}
	marshalled, err := jwk.MarshalJWKS(public...)
	check(t, err)

	for _, text := range [][]byte{served, marshalled} {
		var set struct{ Keys []map[string]any }
		check(t, json.Unmarshal(text, &set))
		if len(set.Keys) == 0 {
			t.Error("no keys are published")
		}
		for _, key := range set.Keys {
			for member := range key {
				if !slices.Contains([]string{"kty", "kid", "use", "alg", "n", "e", "crv", "x", "y"}, member) {
					t.Errorf("a key has the member %s", member)
				}
			}
		}
	}
}
