package tokens

import (
	"crypto/sha256"
	"time"

	"example.com/machineauth/jwk"
)

const (
	maxProofBytes   = 8 << 10
	maxProofIDBytes = 256
	proofTyp        = "dpop+jwt"
)

// proof is a DPoP proof as it came in (RFC 9449 section 4.2), nothing in it proven.
type proof struct {
	jws *unverified
	key *proofKey // its own: nobody vouches for it until its thumbprint is compared

	id       string // jti
	method   string // htm
	url      string // htu, normalized
	token    string // ath: the SHA-256 of the token
	nonce    string
	issuedAt time.Time
}

// forbiddenInProof are header members that change what is signed, or name the key a second time.
var forbiddenInProof = []string{"crit", "b64", "zip", "enc", "jku", "x5u", "x5c"}

// read parses a proof as strictly as a token (S3, S4), and validates its key before anything is computed with it.
func (d *DPoP) read(raw string) (*proof, error) {
	if len(raw) > maxProofBytes {
		return nil, malformedProof("it is longer than 8 KiB")
	}
	jws, err := d.reader.readJWT(raw)
	if err != nil {
		return nil, malformedProof("it is not a strict JWS: three segments of unpadded base64url, and JSON without duplicate members")
	}
	p := &proof{jws: jws}
	if err := p.readHeader(d.keys); err != nil {
		return nil, err
	}
	return p, p.readClaims()
}

func (p *proof) readHeader(known *proofKeys) error {
	h := p.jws.header
	if typ, err := h.str("typ"); err != nil || typ != proofTyp {
		return malformedProof("its typ must be " + proofTyp)
	}
	alg, err := h.str("alg")
	if alg == "Ed25519" { // its new name (RFC 9864 section 2.2)
		alg = string(jwk.EdDSA)
	}
	if err != nil || alg != string(jwk.ES256) && alg != string(jwk.EdDSA) {
		return malformedProof("its alg must be ES256, EdDSA or Ed25519")
	}
	for _, name := range forbiddenInProof {
		if h.has(name) {
			return malformedProof("its header has a " + name)
		}
	}
	members, _ := h.lookup("jwk")
	if p.key, err = known.parse(members); err != nil {
		return &Error{Code: ErrProofMalformed, Err: err}
	}
	if string(p.key.Algorithm()) != alg {
		return malformedProof("its alg is not that of its jwk")
	}
	return nil
}

func (p *proof) readClaims() error {
	c := p.jws.payload
	var htu string
	for _, claim := range []struct {
		name string
		into *string
	}{{"jti", &p.id}, {"htm", &p.method}, {"htu", &htu}, {"ath", &p.token}} {
		text, err := c.str(claim.name)
		if err != nil || text == "" {
			return malformedProof("it must have a " + claim.name + ", a string")
		}
		*claim.into = text
	}
	if len(p.id) > maxProofIDBytes {
		return malformedProof("its jti is longer than 256 bytes")
	}
	var ok bool
	if p.url, ok = normalizeTarget(htu); !ok {
		return malformedProof("its htu must be an http or https URL")
	}
	var err error
	if p.nonce, err = c.str("nonce"); err != nil {
		return malformedProof("its nonce must be a string")
	}
	if p.issuedAt, err = c.date("iat"); err != nil || p.issuedAt.IsZero() {
		return malformedProof("it must have an iat, a number of seconds")
	}
	return nil
}

// checkKey sees that the proof is by the key of a thumbprint (RFC 9449 section 4.3, checks 6, 7 and 12).
func (p *proof) checkKey(thumbprint string) error {
	if p.key.thumbprint != thumbprint {
		return fail(ErrProofKey, "", "the proof is by another key than the one that the token is bound to")
	}
	if err := p.key.Verify(p.jws.signed()); err != nil {
		return &Error{Code: ErrProofSignature, Err: err}
	}
	return nil
}

// checkRequest sees that the proof was made for this request (RFC 9449 section 4.3, checks 8, 9 and 12).
func (p *proof) checkRequest(of ProofOf) error {
	url, ok := normalizeTarget(of.URL)
	sum := sha256.Sum256([]byte(of.Token.Reveal()))
	switch {
	case p.method != of.Method:
		return fail(ErrProofMethod, "", "the proof is for a request with another method")
	case !ok || p.url != url:
		return fail(ErrProofURL, "", "the proof is for a request to another URL; is this service's base URL configured as its clients write it?")
	case p.token != encoding.EncodeToString(sum[:]):
		return fail(ErrProofToken, "", "the proof is for a request with another token")
	}
	return nil
}

func malformedProof(detail string) error {
	return fail(ErrProofMalformed, "", "the DPoP proof is malformed: "+detail)
}
