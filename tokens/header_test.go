package tokens_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// The headers that each type of token may and may not have. What is refused is refused before a key is looked up.
func TestV2_V3_V4_V5_C6_Header(t *testing.T) {
	type rows map[string]tokens.Code // raw value, "" for absent: code
	common := map[string]rows{
		"alg": { // V3
			"": tokens.ErrAlgorithm, `null`: tokens.ErrAlgorithm, `1`: tokens.ErrAlgorithm, `["EdDSA"]`: tokens.ErrAlgorithm, `""`: tokens.ErrAlgorithm,
			`"none"`: tokens.ErrAlgorithm, `"None"`: tokens.ErrAlgorithm, `"NONE"`: tokens.ErrAlgorithm,
			`"HS256"`: tokens.ErrAlgorithm, `"HS384"`: tokens.ErrAlgorithm, `"HS512"`: tokens.ErrAlgorithm,
			`"eddsa"`: tokens.ErrAlgorithm, `"EDDSA"`: tokens.ErrAlgorithm, `"EdDSA "`: tokens.ErrAlgorithm, `"rs256"`: tokens.ErrAlgorithm,
			`"Ed25519"`: tokens.ErrAlgorithm, `"ES256K"`: tokens.ErrAlgorithm, `"RS1"`: tokens.ErrAlgorithm, `"RSA-OAEP"`: tokens.ErrAlgorithm, `"dir"`: tokens.ErrAlgorithm,
			`"Ed\u0044SA"`: "",
		},
		"kid": { // V2
			"": tokens.ErrKeyID, `null`: tokens.ErrKeyID, `1`: tokens.ErrKeyID, `["ins_ed"]`: tokens.ErrKeyID, `{}`: tokens.ErrKeyID, `""`: tokens.ErrKeyID,
			`"` + strings.Repeat("k", 257) + `"`: tokens.ErrKeyID,
			`"` + strings.Repeat("ä", 129) + `"`: tokens.ErrKeyID,
			`"ins\u005fed"`:                      "",
		},
		"x5t": {`"harmless"`: ""},
		"foo": {`{"any":"thing"}`: ""},
	}
	for _, name := range []string{"crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c"} { // V4
		common[name] = rows{}
		for _, value := range []string{`null`, `""`, `"x"`, `[]`, `["exp"]`, `{}`, `true`, `false`, `0`} {
			common[name][value] = tokens.ErrHeader
		}
	}
	own := map[tokens.Type]map[string]rows{
		tokens.TypeSession: {
			"typ": { // V5
				"": "", `"JWT"`: "", `"jwt"`: "", `"Jwt"`: "",
				`""`: tokens.ErrHeader, `null`: tokens.ErrHeader, `1`: tokens.ErrHeader, `["JWT"]`: tokens.ErrHeader, `"JWT "`: tokens.ErrHeader, `"JOSE"`: tokens.ErrHeader,
				`"application/jwt"`: tokens.ErrHeader, `"dpop+jwt"`: tokens.ErrHeader, `"logout+jwt"`: tokens.ErrHeader, `"at+jwt "`: tokens.ErrHeader,
			},
			"cat": { // C6
				"": "", `"cl_B7d4PD111AAA"`: "", `"cl_I7d4PD111III"`: "",
				`"cl_B7d4PD222AAA"`: tokens.ErrTypeMismatch, `"cl_B7d4PD333AAA"`: tokens.ErrTypeMismatch, `"other"`: tokens.ErrTypeMismatch, `""`: tokens.ErrTypeMismatch,
				`null`: tokens.ErrTypeMismatch, `111`: tokens.ErrTypeMismatch, `{}`: tokens.ErrTypeMismatch, `["cl_B7d4PD111AAA"]`: tokens.ErrTypeMismatch,
				`"CL_B7D4PD111AAA"`: tokens.ErrTypeMismatch, `"cl_B7d4PD111AAA "`: tokens.ErrTypeMismatch, `false`: tokens.ErrTypeMismatch,
			},
		},
		tokens.TypeM2M: {
			"typ": {
				"": "", `"JWT"`: "", `"jwt"`: "", `""`: tokens.ErrHeader, `null`: tokens.ErrHeader, `1`: tokens.ErrHeader,
				`"at+jwt"`: tokens.ErrHeader, `"application/at+jwt"`: tokens.ErrHeader, // C4: still an M2M token
			},
			"cat": {
				"": "", `"cl_B7d4PD333AAA"`: "",
				`"cl_B7d4PD111AAA"`: tokens.ErrInvalid, `"cl_B7d4PD222AAA"`: tokens.ErrInvalid, `"cl_I7d4PD111III"`: tokens.ErrInvalid, `"other"`: tokens.ErrInvalid,
				`""`: tokens.ErrInvalid, `null`: tokens.ErrInvalid, `333`: tokens.ErrInvalid, `["cl_B7d4PD333AAA"]`: tokens.ErrInvalid, `true`: tokens.ErrInvalid,
			},
		},
		tokens.TypeOAuth: {
			"typ": {`"at+jwt"`: "", `"AT+JWT"`: "", `"application/at+jwt"`: "", `"APPLICATION/at+jwt"`: ""},
			"cat": { // says nothing about an OAuth token
				"": "", `"cl_B7d4PD111AAA"`: "", `"cl_B7d4PD222AAA"`: "", `"cl_B7d4PD333AAA"`: "", `null`: "", `1`: "",
			},
		},
	}
	v := newVerifier(t)
	untouched := newVerifier(t, func(c *tokens.Config) { c.Keys = untouchedKeys{t} })
	for _, kind := range jwtTypes {
		for _, table := range []map[string]rows{common, own[kind]} {
			for name, values := range table {
				for value, want := range values {
					t.Run(string(kind)+"/"+name+"="+value, func(t *testing.T) {
						raw := mintHeader(kind, name, value)
						token, err := verify(v, raw)
						expect(t, token, err, want)
						if want != "" {
							token, err = verify(untouched, raw)
							expect(t, token, err, want)
						} else if token != nil && token.Type() != kind {
							t.Errorf("type = %v, want %v", token.Type(), kind)
						}
					})
				}
			}
		}
	}
}

// A Verifier may remember headers that it has seen, but never so that one token is taken for another.
func TestVerify_ManyHeaders(t *testing.T) {
	v := newVerifier(t)
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for n := range 80 { // more than are remembered
				for _, kind := range jwtTypes {
					unique := strconv.Itoa(n * (worker%2 + 1)) // some headers are seen by several workers, some by one
					raw := mintHeader(kind, "n", unique)
					token, err := verify(v, raw)
					if err != nil || token.Type() != kind {
						t.Errorf("a good %s: %T, %v", kind, token, err)
					}
					for segment := range 3 {
						if _, err := verify(v, flip(raw, segment)); err == nil {
							t.Errorf("a %s with a bit of segment %d flipped was accepted", kind, segment)
						}
					}
					if _, err := verify(v, mintHeader(kind, "n", unique, "crit", `[]`)); code(err) != tokens.ErrHeader {
						t.Errorf("a %s with crit: %v, want ErrHeader", kind, err)
					}
				}
			}
		})
	}
	group.Wait()
}

func TestV2_LongestKeyID(t *testing.T) {
	kid := strings.Repeat("k", 256)
	key, err := jwk.NewPrivateKey(kid, "EdDSA", edKey)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, func(c *tokens.Config) { c.Keys = trust(t, key.Public()) })
	token, err := verify(v, mintHeader(tokens.TypeM2M, "kid", `"`+kid+`"`))
	expect(t, token, err, "")
}

// The one key there is doesn't verify tokens that name another, or none.
func TestV2_UnknownKey(t *testing.T) {
	v := newVerifier(t)
	for _, kid := range []string{`"ins_other"`, `"INS_ED"`, `"ins_ed "`, `" "`} {
		token, err := verify(v, mintHeader(tokens.TypeM2M, "kid", kid))
		expect(t, token, err, tokens.ErrUnknownKey)
	}
}

// A key verifies its own algorithm only, even where it could do another one.
func TestV3_AlgorithmOfTheKey(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pss, err := jwk.NewKey(edKeyID, "PS256", &private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []*jwk.Key{edPrivateKey(t).Public(), pss} {
		v := newVerifier(t, func(c *tokens.Config) { c.Keys = trust(t, key) })
		for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"} {
			want := tokens.ErrAlgorithm
			if alg == string(key.Algorithm()) {
				continue
			}
			token, err := verify(v, mintHeader(tokens.TypeM2M, "alg", `"`+alg+`"`))
			expect(t, token, err, want)
		}
	}
}

// The signature counts, not the name of the key.
func TestV1_ForeignKeyOfTheSameName(t *testing.T) {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := jwk.NewKey(edKeyID, "EdDSA", public)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, func(c *tokens.Config) { c.Keys = trust(t, key) })
	for _, kind := range jwtTypes {
		token, err := verify(v, mint(kind))
		expect(t, token, err, tokens.ErrSignature)
	}
}

// A Source that has no key and no error to say so finds nothing; one that can't look is no fault of the token.
func TestVerify_SourceFails(t *testing.T) {
	cause := errors.New("no route to the keys")
	for _, test := range []struct {
		source jwk.Source
		want   tokens.Code
	}{
		{oneKey{}, tokens.ErrUnknownKey},
		{failingKeys{jwk.ErrUnknownKey}, tokens.ErrUnknownKey},
		{failingKeys{fmt.Errorf("set: %w", jwk.ErrUnknownKey)}, tokens.ErrUnknownKey},
		{failingKeys{jwk.ErrUnavailable}, tokens.ErrKeysUnavailable},
		{failingKeys{cause}, tokens.ErrKeysUnavailable},
		{failingKeys{context.DeadlineExceeded}, tokens.ErrKeysUnavailable},
	} {
		v := newVerifier(t, func(c *tokens.Config) { c.Keys = test.source })
		token, err := verify(v, mint(tokens.TypeSession))
		expect(t, token, err, test.want)
		if f, ok := test.source.(failingKeys); ok && test.want == tokens.ErrKeysUnavailable && !errors.Is(err, f.error) {
			t.Errorf("%v doesn't lead to its cause", err)
		}
	}
}

type failingKeys struct{ error }

func (f failingKeys) Key(context.Context, string) (*jwk.Key, error) { return nil, f.error }

// A key that has left its set verifies nothing any more, not even for a Source that goes on handing it out.
func TestK4_RetiredKey(t *testing.T) {
	other, err := jwk.NewKey("ins_other", "EdDSA", ed25519.PublicKey(bytes.Repeat([]byte{1}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	served := []*jwk.Key{edPrivateKey(t).Public()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		set, err := jwk.MarshalJWKS(served...)
		if err != nil {
			t.Error(err)
		}
		w.Write(set)
	}))
	defer server.Close()
	clock := now
	remote, err := jwk.NewRemote(jwk.RemoteConfig{URL: server.URL, Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	defer remote.Close()
	key, err := remote.Key(t.Context(), edKeyID)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, func(c *tokens.Config) { c.Keys = oneKey{key} })
	raw := mint(tokens.TypeSession)
	token, err := verify(v, raw)
	expect(t, token, err, "")

	served[0], clock = other, clock.Add(time.Minute)
	if _, err := remote.Key(t.Context(), "ins_unknown"); !errors.Is(err, jwk.ErrUnknownKey) { // has the set fetched again
		t.Fatal(err)
	}
	token, err = verify(v, raw)
	expect(t, token, err, tokens.ErrSignature)
	token, err = verify(newVerifier(t, func(c *tokens.Config) { c.Keys = oneKey{key} }), raw)
	expect(t, token, err, tokens.ErrSignature)
}

func TestC7_TypeNotAccepted(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) {
		c.Keys = untouchedKeys{t}
		c.Opaque = tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) {
			t.Error("the backend was called")
			return nil, nil
		})
	})
	raws := map[string]tokens.Type{"mt_x": tokens.TypeM2M, "oat_x": tokens.TypeOAuth, "ak_x": tokens.TypeAPIKey}
	for _, kind := range jwtTypes {
		raws[mint(kind)] = kind
		raws[mintHeader(kind, "alg", `"none"`, "crit", `[]`)] = kind // before the header is judged, too
	}
	for raw, kind := range raws {
		for _, accept := range [][]tokens.Type{
			nil, {}, {tokens.TypeSession}, {tokens.TypeM2M}, {tokens.TypeOAuth}, {tokens.TypeAPIKey}, {""}, {"any"}, {"M2M_TOKEN"},
		} {
			if len(accept) == 0 && kind == tokens.TypeSession || len(accept) > 0 && accept[0] == kind {
				continue
			}
			token, err := v.Verify(context.Background(), raw, accept...)
			expect(t, token, err, tokens.ErrTypeMismatch)
			if e, ok := err.(*tokens.Error); ok && e.Type != kind {
				t.Errorf("Error.Type = %q, want %q", e.Type, kind)
			}
		}
	}
}

// oneKey is a Source that has the same key for every kid.
type oneKey struct{ key *jwk.Key }

func (k oneKey) Key(context.Context, string) (*jwk.Key, error) { return k.key, nil }
