package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

const (
	keyID    = "ins_1"
	issuer   = "https://clerk.example.com" // clerk-sdk-go wants "https://clerk." in front
	audience = "https://api.example.com"   // auth0 wants one
	party    = "https://app.example.com"
	user     = "user_2RfWKJREkjKbHZy0Wqa5qrHeAnb"
	machine  = "mch_2RfWKJREkjKbHZy0Wqa5qrHeAnb"
)

// kind is what the token of a workload is.
type kind string

const (
	session kind = "session" // with all claims that Clerk's have
	m2m     kind = "m2m"     // with 40 custom claims
)

// id names a workload.
type id struct {
	alg  jwk.Algorithm
	kind kind
}

func (i id) String() string { return fmt.Sprintf("%s, %s token", i.alg, i.kind) }

// workload is a good token, what it takes to verify it, and bad ones.
type workload struct {
	id
	subject string
	token   string
	other   string // a good token of the other kind
	bad     []badToken
	public  crypto.PublicKey
	jwks    []byte
}

// badToken is one that the service must not take.
type badToken struct{ flaw, token string }

// What can be wrong with a token.
const (
	forged     = "forged signature"
	expired    = "expired"
	tooEarly   = "not valid yet"
	wrongIss   = "wrong issuer"
	wrongAud   = "wrong audience"
	wrongParty = "wrong authorized party"
	wrongType  = "wrong type of token"
)

// fullClaims are those of a Clerk session in an organization, and an audience, which Clerk's don't have unless asked.
var fullClaims = map[string]any{
	"v": 2, "sts": "active", "fva": []int{12, -1}, "pla": "o:pro,u:free", "fea": "o:dashboard,o:billing,u:chat",
	"o": map[string]any{"id": "org_2RfWKJREkjKbHZy0Wqa5qrHeAnb", "slg": "acme", "rol": "admin", "per": "read,manage", "fpm": "3,1"},
}

// customClaims are forty of all sorts.
func customClaims() map[string]any {
	claims := map[string]any{}
	for i := range 10 {
		claims[fmt.Sprintf("region_%d", i)] = fmt.Sprintf("eu-central-%d", i)
		claims[fmt.Sprintf("quota_%d", i)] = 1000 * i
		claims[fmt.Sprintf("enabled_%d", i)] = i%2 == 0
		claims[fmt.Sprintf("tags_%d", i)] = []string{"blue", "green"}
	}
	return claims
}

// mint describes a token by its difference from a good one.
type mint struct {
	key                *jwk.PrivateKey
	issuer, aud, party string
	at                 time.Time
	claims             map[string]any // nil means those of the kind
}

func (k kind) mint(m mint) (string, error) {
	signer, err := tokens.NewSigner(tokens.SignerConfig{Key: m.key, Issuer: m.issuer, Now: func() time.Time { return m.at }})
	if err != nil {
		return "", err
	}
	claims := m.claims
	if claims == nil {
		claims = fullClaims
		if k == m2m {
			claims = customClaims()
		}
	}
	aud := []string{m.aud}
	if k == m2m {
		return signer.SignM2M(tokens.M2MParams{MachineID: machine, Audience: aud, TTL: time.Hour, Claims: claims})
	}
	return signer.SignSession(tokens.SessionParams{UserID: user, SessionID: "sess_2Ro7e2IxrffdqBboq8KfB6eGbIy",
		AuthorizedParty: m.party, Audience: aud, TTL: time.Hour, Claims: claims})
}

// newWorkloads returns one workload of each kind for an algorithm, with fresh keys.
func newWorkloads(alg jwk.Algorithm) ([]*workload, error) {
	key, public, err := newKey(alg)
	if err != nil {
		return nil, err
	}
	wrongKey, _, err := newKey(alg)
	if err != nil {
		return nil, err
	}
	jwks, err := jwk.MarshalJWKS(key.Public())
	if err != nil {
		return nil, err
	}

	now := time.Now()
	good := mint{key: key, issuer: issuer, aud: audience, party: party, at: now}
	with := func(change func(*mint)) mint {
		m := good
		change(&m)
		return m
	}
	flaws := []struct {
		name string
		mint
	}{
		{forged, with(func(m *mint) { m.key = wrongKey })},
		{expired, with(func(m *mint) { m.at = now.Add(-2 * time.Hour) })},
		{tooEarly, with(func(m *mint) { m.at = now.Add(30 * time.Minute) })},
		{wrongIss, with(func(m *mint) { m.issuer = "https://clerk.evil.example" })},
		{wrongAud, with(func(m *mint) { m.aud = "https://other.example.com" })},
		{wrongParty, with(func(m *mint) { m.party = "https://evil.example.com" })},
	}

	people := &workload{id: id{alg, session}, subject: user, public: public, jwks: jwks}
	machines := &workload{id: id{alg, m2m}, subject: machine, public: public, jwks: jwks}
	var problems []error
	for _, w := range []*workload{people, machines} {
		w.token, err = w.kind.mint(good)
		problems = append(problems, err)
		for _, flaw := range flaws {
			if flaw.name == wrongParty && w.kind == m2m {
				continue // machines have none
			}
			token, err := w.kind.mint(flaw.mint)
			w.bad = append(w.bad, badToken{flaw.name, token})
			problems = append(problems, err)
		}
	}
	people.other, machines.other = machines.token, people.token
	for _, w := range []*workload{people, machines} {
		w.bad = append(w.bad, badToken{wrongType, w.other})
	}
	return []*workload{people, machines}, errors.Join(problems...)
}

// algorithms are those that are measured.
var algorithms = []jwk.Algorithm{jwk.RS256, jwk.ES256, jwk.EdDSA}

func newKey(alg jwk.Algorithm) (*jwk.PrivateKey, crypto.PublicKey, error) {
	var signer crypto.Signer
	var err error
	switch alg {
	case jwk.RS256:
		signer, err = rsa.GenerateKey(rand.Reader, 2048)
	case jwk.ES256:
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jwk.EdDSA:
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no workload for %s", alg)
	}
	if err != nil {
		return nil, nil, err
	}
	key, err := jwk.NewPrivateKey(keyID, alg, signer)
	return key, signer.Public(), err
}
