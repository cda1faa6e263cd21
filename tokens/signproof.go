package tokens

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"time"

	"example.com/machineauth/jwk"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ProofParams describe a DPoP proof.
type ProofParams struct {
	Method   string // of the request
	URL      string // of the request, absolute; query and fragment are left out
	Token    Secret // the access token that is sent with it
	Nonce    string // what the service's last answer had in DPoP-Nonce; may be empty
	ID       string // jti; random where empty
	IssuedAt time.Time
}

// SignProof makes a DPoP proof (RFC 9449 section 4.2): what a client sends in the header DPoP, beside "Authorization: DPoP" and
// the token. Each request needs a new one. The key is for ES256 or EdDSA; its thumbprint is what the token is bound to. Errors
// are ErrParams and ErrSigning.
func SignProof(key *jwk.PrivateKey, p ProofParams) (string, error) {
	if key == nil || key.Public() == nil {
		return "", fail(ErrParams, "", "there is no key")
	}
	public, err := jwk.MarshalJWK(key.Public())
	if err != nil {
		return "", &Error{Code: ErrParams, Err: err}
	}
	target, ok := normalizeTarget(p.URL)
	if !ok {
		return "", fail(ErrParams, "", "URL must be an http or https URL")
	}
	sum := sha256.Sum256([]byte(p.Token.Reveal()))
	claims := map[string]any{"htm": p.Method, "htu": target, "ath": encoding.EncodeToString(sum[:]), "jti": p.ID, "iat": p.IssuedAt.Unix()}
	if p.ID == "" {
		claims["jti"] = rand.Text()
	}
	if p.IssuedAt.IsZero() {
		claims["iat"] = time.Now().Unix()
	}
	if p.Nonce != "" {
		claims["nonce"] = p.Nonce
	}
	header := map[string]any{"typ": proofTyp, "alg": string(key.Public().Algorithm()), "jwk": jsontext.Value(public)}
	h, err1 := json.Marshal(header, json.Deterministic(true))
	c, err2 := json.Marshal(claims, json.Deterministic(true))
	if err := errors.Join(err1, err2); err != nil {
		return "", fail(ErrParams, "", "Method, ID or Nonce cannot be written as JSON")
	}
	input := encoding.AppendEncode(nil, h)
	input = encoding.AppendEncode(append(input, '.'), c)
	signature, err := key.Sign(input)
	if err != nil {
		return "", &Error{Code: ErrSigning, Err: err}
	}
	signed := string(encoding.AppendEncode(append(input, '.'), signature))
	service := DPoP{reader: reader{maxBytes: maxProofBytes}}
	if _, err := service.read(signed); err != nil {
		return "", &Error{Code: ErrParams, Err: err}
	}
	return signed, nil
}
