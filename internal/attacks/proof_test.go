package attacks

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// proofRecipe says how a DPoP proof differs from the good one for the row's request: by the key C1, made now. A member that is
// "$del" is left out.
type proofRecipe struct {
	Hdr, Claims  map[string]any
	Sign         json.RawMessage
	Post         []string
	Raw          *string     // in place of a proof
	Absent       bool        // no header at all
	Twice        bool        // the header is there two times
	Nonce        bool        // the proof has a nonce of the service's
	Again        bool        // the request is sent for the second time, the first being good
	ExtraHeaders [][2]string `json:"extra_headers"`
}

// dpopSecret is what the nonces of a service are made with.
const dpopSecret = "a secret of the DPoP nonces, of more than 32 bytes"

// dpop is how every service of these tests takes proofs; nonceSecret may be empty.
func (w *world) dpop(nonceSecret string) *tokens.DPoP {
	w.Helper()
	d, err := tokens.NewDPoP(tokens.DPoPConfig{NonceSecret: tokens.NewSecret(nonceSecret), Now: w.now})
	check(w, err)
	return d
}

func (w *world) binding(d *tokens.DPoP) middleware.Binding {
	return middleware.Binding{Mode: middleware.BindingAllowed, DPoP: d, BaseURL: audience}
}

// proofs returns the headers that a row's proof makes, a new proof each time.
func (s *service) proofs(r *row, in request, token string) [][2]string {
	s.Helper()
	recipe := r.DPoP
	if recipe == nil || recipe.Absent {
		return nil
	}
	proof := s.proof(recipe, in, token)
	if recipe.Raw != nil {
		proof = strings.ReplaceAll(*recipe.Raw, "{T}", token)
	}
	headers := [][2]string{{"DPoP", proof}}
	if recipe.Twice {
		headers = append(headers, [2]string{"DPoP", s.proof(recipe, in, token)})
	}
	return append(headers, recipe.ExtraHeaders...)
}

func (s *service) proof(p *proofRecipe, in request, token string) string {
	s.Helper()
	path, _, _ := strings.Cut(in.target, "?")
	ath := sha256.Sum256([]byte(token))
	header := map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": jwkOf(keyNamed(s, "C1"), false)}
	claims := map[string]any{"jti": rand.Text(), "htm": in.method, "htu": audience + path, "iat": s.now().Unix(), "ath": encode(ath[:])}
	if p.Nonce {
		claims["nonce"] = s.nonces.Nonce()
	}
	sign := p.Sign
	if sign == nil {
		sign = json.RawMessage(`{"key":"C1","alg":"ES256"}`)
	}
	proof := s.mint.jws(&recipe{Kind: "jws", Sign: sign, Post: p.Post, Hdr: s.override(header, p.Hdr), Claims: s.override(claims, p.Claims)})
	s.secrets.add(proof)
	delete(s.secrets.values, s.nonces.Nonce()) // it is the service itself that tells it
	return proof
}

// override sets and deletes members.
func (s *service) override(object, with map[string]any) json.RawMessage {
	s.Helper()
	for name, value := range with {
		if value == "$del" {
			delete(object, name)
		} else if spec, ok := value.(string); ok && strings.HasSuffix(spec, "priv") && strings.HasPrefix(spec, "$jwk") {
			object[name] = namedJWK(s, strings.TrimSuffix(strings.TrimPrefix(spec, "$jwk"), "priv"), true)
		} else {
			object[name] = value
		}
	}
	return must(json.Marshal(object))
}

// withProof returns a row's request with the proof of its own that each sending needs.
func (s *service) withProof(r *row, in request, token string) request {
	s.Helper()
	in.headers = append(slices.Clone(in.headers), s.proofs(r, in, token)...)
	return in
}

// UnmarshalJSON refuses what it doesn't know, and keeps numbers as they are.
func (p *proofRecipe) UnmarshalJSON(data []byte) error {
	type plain proofRecipe
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	return dec.Decode((*plain)(p))
}

// TestBindingOff sends the rows of attacks.json that have a proof to a service that hasn't set DPoP up: it takes no bound
// token, neither with a proof nor without, and knows no scheme DPoP.
func TestBindingOff(t *testing.T) {
	rows := byID(t)
	for id, r := range rows {
		if r.DPoP == nil || strings.HasPrefix(id, "own-") {
			continue
		}
		t.Run(id, func(t *testing.T) {
			w := newWorld(t)
			w.mint.rows = rows
			for _, setup := range setups {
				setup.middleware = func(cfg *middleware.Config) { cfg.Binding = middleware.Binding{} }
				service := w.service(setup)
				token := w.token(r.Token)
				expectRefused(t, service.send(service.withProof(&row{DPoP: &proofRecipe{}}, r.request(token), token)), http.StatusUnauthorized, "Bearer", "")
				o := service.send(bearer(r.Route, token))
				if strings.Contains(string(r.Token.Claims), `"cnf"`) {
					expectInvalid(t, o)
				} else if o.Status != http.StatusOK {
					t.Errorf("the unbound token is refused as a bearer token: %d", o.Status)
				}
			}
		})
	}
}
