package tokens_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

func newSigner(t testing.TB, change ...func(*tokens.SignerConfig)) *tokens.Signer {
	t.Helper()
	cfg := tokens.SignerConfig{Key: edPrivateKey(t), Issuer: "https://issuer.example", Now: clock}
	for _, f := range change {
		f(&cfg)
	}
	s, err := tokens.NewSigner(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signingKeys has a key for each algorithm that tokens are usually minted with.
func signingKeys(t testing.TB) map[jwk.Algorithm]*jwk.PrivateKey {
	t.Helper()
	rsaKey, err1 := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	keys := make(map[jwk.Algorithm]*jwk.PrivateKey)
	for alg, signer := range map[jwk.Algorithm]crypto.Signer{"RS256": rsaKey, "ES256": ecKey, "EdDSA": edKey} {
		key, err := jwk.NewPrivateKey("ins_"+string(alg), alg, signer)
		if err != nil {
			t.Fatal(err)
		}
		keys[alg] = key
	}
	return keys
}

// What is minted, a Verifier accepts as what was asked for, and as no other type.
func TestB5_RoundTrip(t *testing.T) {
	for alg, key := range signingKeys(t) {
		signer := newSigner(t, func(c *tokens.SignerConfig) { c.Key = key })
		verifier := newVerifier(t, func(c *tokens.Config) {
			c.Keys = trust(t, key.Public())
			c.Issuers = []string{"https://issuer.example"}
			c.Audience = []string{"https://api.example"}
			c.AuthorizedParties = []string{"https://app.example"}
			c.Machine = "mch_here"
			c.Revocations = new(tokens.RevocationList)
		})
		session, err1 := signer.SignSession(tokens.SessionParams{
			UserID: "user_1", SessionID: "sess_1", AuthorizedParty: "https://app.example", TTL: time.Minute, ID: "id",
			Claims: map[string]any{"org_id": "org_1", "org_permissions": []string{"org:a:b"}, "fva": []int{1, -1}, "act": map[string]any{"sub": "user_2"}, "email": "jane@example.com"},
		})
		m2m, err2 := signer.SignM2M(tokens.M2MParams{
			MachineID: "mch_1", Scopes: []string{"mch_here", "jobs:run"}, TTL: time.Minute, ID: "id",
			Claims: map[string]any{"tenant": "acme"},
		})
		oauth, err3 := signer.SignOAuth(tokens.OAuthParams{
			Subject: "user_1", ClientID: "client_1", Audience: []string{"https://api.example", "b"}, Scopes: []string{"a", "b"}, TTL: time.Minute, ID: "id",
		})
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		meta := func(subject string, audience ...string) tokens.Meta {
			return tokens.Meta{ID: "id", Subject: subject, Issuer: "https://issuer.example", Audience: audience, IssuedAt: now, ExpiresAt: now.Add(time.Minute)}
		}
		for raw, want := range map[string]tokens.Token{
			session: &tokens.SessionToken{
				Meta: meta("user_1"), SessionID: "sess_1", AuthorizedParty: "https://app.example", OrgID: "org_1", OrgPermissions: []string{"org:a:b"},
				FactorAges: [2]tokens.FactorAge{{Enrolled: true, Age: time.Minute}, {}}, Actor: &tokens.Actor{Subject: "user_2"},
			},
			m2m:   &tokens.M2MToken{Meta: meta("mch_1"), Scopes: []string{"mch_here", "jobs:run"}},
			oauth: &tokens.OAuthToken{Meta: meta("user_1", "https://api.example", "b"), ClientID: "client_1", Scopes: []string{"a", "b"}},
		} {
			for _, kind := range tokens.AnyType() {
				token, err := verifier.Verify(t.Context(), raw, kind)
				if kind != want.Type() {
					expect(t, token, err, tokens.ErrTypeMismatch)
				} else if diff := cmp.Diff(want, token, cmpopts.IgnoreUnexported(tokens.Meta{})); err != nil || diff != "" {
					t.Errorf("%s, %s: %v (-want +got)\n%s", alg, kind, err, diff)
				}
			}
		}
	}
}

func TestSigner_FreshIDs(t *testing.T) {
	signer, verifier := newSigner(t), newVerifier(t)
	seen := make(map[string]bool)
	for range 50 {
		session, err1 := signer.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute})
		m2m, err2 := signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute})
		oauth, err3 := signer.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "client_1", TTL: time.Minute})
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		for prefix, raw := range map[string]string{"": session, "mt_": m2m, "oat_": oauth} {
			token, err := verify(verifier, raw)
			if err != nil {
				t.Fatal(err)
			}
			id, ok := strings.CutPrefix(metaOf(token).ID, prefix)
			if !ok || len(id) < 26 || seen[id] { // 26 characters of base32 are 130 bits
				t.Errorf("jti %s%s is short, or not the first of its kind", prefix, id)
			}
			seen[id] = true
		}
	}
}

func TestSigner_CustomConventions(t *testing.T) {
	conventions := tokens.Conventions{Categories: tokens.Categories{Session: "people", M2M: "machines"}}
	s := newSigner(t, func(c *tokens.SignerConfig) { c.Conventions = conventions })
	same := newVerifier(t, func(c *tokens.Config) { c.Conventions = conventions })
	session, err1 := s.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute})
	m2m, err2 := s.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute})
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]tokens.Code{session: tokens.ErrTypeMismatch, m2m: tokens.ErrInvalid} {
		token, err := verify(same, raw)
		expect(t, token, err, "")
		token, err = verify(newVerifier(t), raw)
		expect(t, token, err, want)
	}
}

func TestNewSigner_Mistakes(t *testing.T) {
	nameless, err := jwk.NewPrivateKey("", "EdDSA", edKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		cfg  tokens.SignerConfig
		want []string
	}{
		"everything":    {tokens.SignerConfig{MaxTTL: -1, Conventions: prefixes("x", "")}, []string{"Key", "Issuer", "MaxTTL", "Prefixes"}},
		"no key":        {tokens.SignerConfig{Issuer: "i"}, []string{"Key"}},
		"no issuer":     {tokens.SignerConfig{Key: edPrivateKey(t)}, []string{"Issuer"}},
		"a key without": {tokens.SignerConfig{Key: nameless, Issuer: "i"}, []string{"ID"}},
	} {
		s, err := tokens.NewSigner(test.cfg)
		if code(err) != tokens.ErrConfig || s != nil {
			t.Errorf("%s: %v, want ErrConfig", name, err)
			continue
		}
		for _, text := range test.want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v doesn't say %q", name, err, text)
			}
		}
	}
	s, err := tokens.NewSigner(tokens.SignerConfig{Key: edPrivateKey(t), Issuer: "i"}) // time.Now
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	token, err := verify(newVerifier(t, func(c *tokens.Config) { c.Now = nil }), raw)
	expect(t, token, err, "")
}

// brokenSigner is a crypto.Signer that doesn't sign.
type brokenSigner struct{ err error }

func (brokenSigner) Public() crypto.PublicKey { return edKey.Public().(ed25519.PublicKey) }

func (b brokenSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, b.err }

func TestSigner_KeyDoesNotSign(t *testing.T) {
	cause := errors.New("the HSM is on fire")
	key, err := jwk.NewPrivateKey(edKeyID, "EdDSA", brokenSigner{cause})
	if err != nil {
		t.Fatal(err)
	}
	for kind, err := range mintings(newSigner(t, func(c *tokens.SignerConfig) { c.Key = key }), time.Minute, nil) {
		if code(err) != tokens.ErrSigning || !errors.Is(err, cause) {
			t.Errorf("%s: %v, want ErrSigning and its cause", kind, err)
		}
	}
}

// A Number of encoding/json is a number, however large, and no string.
func TestSigner_LargeNumbers(t *testing.T) {
	const large = "9007199254740993"
	raw, err := newSigner(t).SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute, Claims: map[string]any{"a": json.Number(large), "b": int64(9007199254740993)}})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil || !strings.Contains(string(payload), `"a":`+large) || !strings.Contains(string(payload), `"b":`+large) {
		t.Errorf("payload %s, %v", payload, err)
	}
}
