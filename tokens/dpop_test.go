package tokens_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// The example of RFC 9449 section 7.1.
const (
	rfcToken = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
	rfcURL   = "https://resource.example.org/protectedresource"
	rfcProof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19" +
		".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9" +
		".2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)

var rfcTime = time.Unix(1562262618, 0)

func newDPoP(t testing.TB, change ...func(*tokens.DPoPConfig)) *tokens.DPoP {
	t.Helper()
	cfg := tokens.DPoPConfig{Now: clock}
	for _, f := range change {
		f(&cfg)
	}
	d, err := tokens.NewDPoP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestS3_TheExampleOfTheRFC(t *testing.T) {
	d := newDPoP(t, func(c *tokens.DPoPConfig) { c.Now = func() time.Time { return rfcTime } })
	of := tokens.ProofOf{Method: "GET", URL: rfcURL, Token: tokens.NewSecret(rfcToken), JWKThumbprint: clientKey}
	if err := d.Verify(t.Context(), rfcProof, of); err != nil {
		t.Fatal(err)
	}
	if err := d.Verify(t.Context(), rfcProof, of); code(err) != tokens.ErrProofReplayed {
		t.Errorf("sent again: %v", err)
	}
}

// proofOf is what the good proof is about.
func proofOf(t testing.TB) tokens.ProofOf {
	return tokens.ProofOf{Method: "GET", URL: "https://api.example.com/jobs", Token: tokens.NewSecret("token"), JWKThumbprint: edPrivateKey(t).Public().Thumbprint()}
}

// goodProof has the members of a good proof by edKey, made now.
func goodProof() (header, claims members) {
	x := base64.RawURLEncoding.EncodeToString(edKey.Public().(ed25519.PublicKey))
	return members{"typ": `"dpop+jwt"`, "alg": `"EdDSA"`, "jwk": `{"kty":"OKP","crv":"Ed25519","x":"` + x + `"}`},
		members{"jti": `"1"`, "htm": `"GET"`, "htu": `"https://api.example.com/jobs"`, "iat": `1800000000`,
			"ath": `"PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A"`} // SHA-256 of "token"
}

// proofWith signs a good proof in which a member of its claims is another.
func proofWith(pairs ...string) string {
	header, claims := goodProof()
	return sign(header.String(), claims.with(pairs...).String())
}

// Each fault has its own code.
func TestS3_S4_Faults(t *testing.T) {
	header, claims := goodProof()
	with := func(pairs ...string) string { return sign(header.with(pairs...).String(), claims.String()) }
	good := sign(header.String(), claims.String())
	tests := []struct {
		name, proof string
		of          func(*tokens.ProofOf)
		want        tokens.Code
	}{
		{name: "good", proof: good},
		{name: "alg by its new name", proof: with("alg", `"Ed25519"`)},
		{name: "made up to 5 s ahead", proof: proofWith("iat", `1800000005`)},
		{name: "nearly as old as the window", proof: proofWith("iat", `1799999700.5`)},

		{name: "empty", proof: "", want: tokens.ErrProofMalformed},
		{name: "larger than 8 KiB", proof: proofWith("x", `"`+strings.Repeat("x", 8<<10)+`"`), want: tokens.ErrProofMalformed},
		{name: "a claim twice", proof: sign(header.String(), claims.String()[:len(claims.String())-1]+`,"jti":"2"}`), want: tokens.ErrProofMalformed},
		{name: "typ", proof: with("typ", `"JWT"`), want: tokens.ErrProofMalformed},
		{name: "alg none", proof: with("alg", `"none"`), want: tokens.ErrProofMalformed},
		{name: "alg in lower case", proof: with("alg", `"ed25519"`), want: tokens.ErrProofMalformed},
		{name: "alg of another key", proof: with("alg", `"ES256"`), want: tokens.ErrProofMalformed},
		{name: "crit", proof: with("crit", `[]`), want: tokens.ErrProofMalformed},
		{name: "no jwk", proof: with("jwk", ""), want: tokens.ErrProofMalformed},
		{name: "no jti", proof: proofWith("jti", ""), want: tokens.ErrProofMalformed},
		{name: "a long jti", proof: proofWith("jti", `"`+strings.Repeat("x", 257)+`"`), want: tokens.ErrProofMalformed},
		{name: "no htm", proof: proofWith("htm", ""), want: tokens.ErrProofMalformed},
		{name: "no htu", proof: proofWith("htu", ""), want: tokens.ErrProofMalformed},
		{name: "htu no URL", proof: proofWith("htu", `"x"`), want: tokens.ErrProofMalformed},
		{name: "no ath", proof: proofWith("ath", ""), want: tokens.ErrProofMalformed},
		{name: "no iat", proof: proofWith("iat", ""), want: tokens.ErrProofMalformed},
		{name: "a nonce that is no string", proof: proofWith("nonce", "1"), want: tokens.ErrProofMalformed},

		{name: "another key", proof: good, of: func(of *tokens.ProofOf) { of.JWKThumbprint = clientKey }, want: tokens.ErrProofKey},
		{name: "no key", proof: good, of: func(of *tokens.ProofOf) { of.JWKThumbprint = "" }, want: tokens.ErrProofKey},
		{name: "signature", proof: flip(good, 2), want: tokens.ErrProofSignature},
		{name: "other claims under the signature", proof: strings.Join([]string{strings.Split(good, ".")[0], encode(claims.with("jti", `"2"`).String()), strings.Split(good, ".")[2]}, "."), want: tokens.ErrProofSignature},
		{name: "method", proof: good, of: func(of *tokens.ProofOf) { of.Method = "POST" }, want: tokens.ErrProofMethod},
		{name: "method in another case", proof: good, of: func(of *tokens.ProofOf) { of.Method = "get" }, want: tokens.ErrProofMethod},
		{name: "URL", proof: good, of: func(of *tokens.ProofOf) { of.URL += "/1" }, want: tokens.ErrProofURL},
		{name: "no URL", proof: good, of: func(of *tokens.ProofOf) { of.URL = "" }, want: tokens.ErrProofURL},
		{name: "token", proof: good, of: func(of *tokens.ProofOf) { of.Token = tokens.NewSecret("other") }, want: tokens.ErrProofToken},
		{name: "no token", proof: good, of: func(of *tokens.ProofOf) { of.Token = tokens.Secret{} }, want: tokens.ErrProofToken},
		{name: "too old", proof: proofWith("iat", `1799999700`), want: tokens.ErrProofTime},
		{name: "from the future", proof: proofWith("iat", `1800000006`), want: tokens.ErrProofTime},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			of := proofOf(t)
			if test.of != nil {
				test.of(&of)
			}
			d := newDPoP(t)
			if err := d.Verify(t.Context(), test.proof, of); code(err) != test.want {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if test.want == "" {
				return
			}
			if err := d.Verify(t.Context(), good, proofOf(t)); err != nil {
				t.Errorf("a proof that was refused used up the good one: %v", err)
			}
		})
	}
}

func TestS5_Nonces(t *testing.T) {
	at := now
	change := func(secret string) func(*tokens.DPoPConfig) {
		return func(c *tokens.DPoPConfig) {
			c.NonceSecret, c.NonceTTL, c.Now = tokens.NewSecret(secret), time.Minute, func() time.Time { return at }
		}
	}
	secret := strings.Repeat("s", 32)
	d, twin, stranger := newDPoP(t, change(secret)), newDPoP(t, change(secret)), newDPoP(t, change(strings.Repeat("t", 32)))
	verify := func(nonce string) error {
		return d.Verify(t.Context(), proofWith("nonce", `"`+nonce+`"`, "jti", fmt.Sprintf("%q", nonce+at.String()), "iat", fmt.Sprint(at.Unix())), proofOf(t))
	}
	nonce := d.Nonce()
	if newDPoP(t).Nonce() != "" {
		t.Error("a nonce is given out where none is asked for")
	}
	for name, nonce := range map[string]string{
		"none": "", "forged": "forged", "a stranger's": stranger.Nonce(), "cut": nonce[:len(nonce)-1], "longer": nonce + "AAAA", "longer by one": nonce + "A", "with a line end": nonce + `\n`,
		"changed": flipFirst(nonce),
	} {
		if err := verify(nonce); code(err) != tokens.ErrProofNonce {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.Verify(t.Context(), proofWith(), proofOf(t)); code(err) != tokens.ErrProofNonce {
		t.Errorf("absent: %v", err)
	}
	if nonce != twin.Nonce() {
		t.Error("two machines with one secret don't know each other's nonces")
	}
	if err := verify(nonce); err != nil {
		t.Errorf("its own: %v", err)
	}
	at = now.Add(59 * time.Second)
	if err := verify(nonce); err != nil {
		t.Errorf("before its time: %v", err)
	}
	if at = now.Add(time.Minute); code(verify(nonce)) != tokens.ErrProofNonce {
		t.Error("a nonce is good for ever")
	}
	if at = now.Add(-time.Minute); code(verify(nonce)) != tokens.ErrProofNonce {
		t.Error("a nonce of the far future is good")
	}
}

func flipFirst(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

// A proof is good once: whoever presents it, whatever its signature looks like.
func TestS6_Replay(t *testing.T) {
	d := newDPoP(t)
	var good atomic.Int64
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if err := d.Verify(t.Context(), proofWith(), proofOf(t)); err == nil {
				good.Add(1)
			} else if code(err) != tokens.ErrProofReplayed {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if good.Load() != 1 {
		t.Errorf("one proof was good for %d of 50 requests at a time", good.Load())
	}
	for name, proof := range map[string]string{
		"the same jti in a later proof": proofWith("iat", `1799999800`),
		"and other white space":         proofWith("x", `1`),
	} {
		if err := d.Verify(t.Context(), proof, proofOf(t)); code(err) != tokens.ErrProofReplayed {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := proofOf(t)
	other.URL = "https://api.example.com/other"
	for name, err := range map[string]error{
		"another jti":              d.Verify(t.Context(), proofWith("jti", `"2"`), proofOf(t)),
		"the same jti, other URL":  d.Verify(t.Context(), proofWith("htu", `"`+other.URL+`"`), other),
		"the same jti, long after": newDPoP(t).Verify(t.Context(), proofWith(), proofOf(t)),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two clients may come upon the same jti: neither takes the other's place.
func TestS6_OneIDOfTwoKeys(t *testing.T) {
	d := newDPoP(t)
	for _, key := range []*jwk.PrivateKey{edPrivateKey(t), strangersKey(t)} {
		of := proofOf(t)
		of.JWKThumbprint = key.Public().Thumbprint()
		proof, err := tokens.SignProof(key, tokens.ProofParams{Method: of.Method, URL: of.URL, Token: of.Token, ID: "1", IssuedAt: now})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []tokens.Code{"", tokens.ErrProofReplayed} {
			if err := d.Verify(t.Context(), proof, of); code(err) != want {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
}

func strangersKey(t *testing.T) *jwk.PrivateKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := jwk.NewPrivateKey("", jwk.EdDSA, private)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

type brokenStore struct{}

func (brokenStore) Spend(context.Context, [32]byte, time.Time) (bool, error) {
	return true, errors.New("out of reach")
}

func TestS6_AStoreThatCannotTell(t *testing.T) {
	d := newDPoP(t, func(c *tokens.DPoPConfig) { c.Replays = brokenStore{} })
	if err := d.Verify(t.Context(), proofWith(), proofOf(t)); code(err) != tokens.ErrReplaysUnavailable || !code(err).Temporary() {
		t.Errorf("error %v", err)
	}
}

// The store is given the id for as long as the proof would be taken.
func TestS6_RememberedForTheWindow(t *testing.T) {
	at := now
	memory := tokens.NewReplayMemory(0)
	memory.Now = func() time.Time { return at }
	d := newDPoP(t, func(c *tokens.DPoPConfig) { c.Replays, c.Now = memory, memory.Now })
	if err := d.Verify(t.Context(), proofWith("iat", `1800000005`), proofOf(t)); err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{0, time.Minute, 4 * time.Minute, 5*time.Minute + 4*time.Second} {
		at = now.Add(later)
		if err := d.Verify(t.Context(), proofWith("iat", `1800000005`), proofOf(t)); code(err) != tokens.ErrProofReplayed {
			t.Errorf("%v later: %v", later, err)
		}
	}
	at = now.Add(5*time.Minute + 5*time.Second)
	if err := d.Verify(t.Context(), proofWith("iat", `1800000005`), proofOf(t)); code(err) != tokens.ErrProofTime {
		t.Errorf("after the window: %v", err)
	}
}

// A store whose clock is far ahead has forgotten already what it is to remember: it says so, and takes nothing.
func TestS6_AStoreOfAnotherTime(t *testing.T) {
	memory := tokens.NewReplayMemory(0)
	memory.Now = func() time.Time { return now.Add(15 * time.Minute) }
	d := newDPoP(t, func(c *tokens.DPoPConfig) { c.Replays = memory })
	for range 2 {
		if err := d.Verify(t.Context(), proofWith(), proofOf(t)); code(err) != tokens.ErrReplaysUnavailable {
			t.Errorf("error %v", err)
		}
	}
}

// TestS6_MemoryIsBounded: 100,000 proofs fill a store no further than its bound, and it is empty again when their time is over.
func TestS6_MemoryIsBounded(t *testing.T) {
	const proofs, size = 100_000, 60_000
	at := now
	memory := tokens.NewReplayMemory(size)
	memory.Now = func() time.Time { return at }
	var before, full runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	taken, refused := 0, 0
	for i := range proofs {
		fresh, err := memory.Spend(t.Context(), [32]byte{byte(i), byte(i >> 8), byte(i >> 16)}, at.Add(5*time.Minute))
		switch {
		case fresh && err == nil:
			taken++
		case !fresh && err != nil:
			refused++
		default:
			t.Fatalf("proof %d: %v, %v", i, fresh, err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&full)
	if taken != size || refused != proofs-size || memory.Len() != size {
		t.Errorf("of %d proofs %d were taken, %d refused and %d are remembered", proofs, taken, refused, memory.Len())
	}
	t.Logf("%d distinct proofs: %d remembered, %d refused, %d KiB", proofs, memory.Len(), refused, (int64(full.HeapAlloc)-int64(before.HeapAlloc))>>10)
	if fresh, err := memory.Spend(t.Context(), [32]byte{}, at.Add(5*time.Minute)); fresh || err != nil {
		t.Errorf("a full store no longer knows the first proof: %v, %v", fresh, err)
	}
	at = at.Add(7 * time.Minute)
	if fresh, err := memory.Spend(t.Context(), [32]byte{}, at.Add(5*time.Minute)); !fresh || err != nil || memory.Len() != 1 {
		t.Errorf("when all have ended %d are remembered: %v, %v", memory.Len(), fresh, err)
	}
	runtime.KeepAlive(memory)
}

// The zero configuration is complete, and so is the zero store: their clock is the machine's.
func TestNewDPoP_Zero(t *testing.T) {
	zeroDPoP(t, tokens.DPoPConfig{})
	zeroDPoP(t, tokens.DPoPConfig{Replays: tokens.NewReplayMemory(0)})
}

func zeroDPoP(t *testing.T, cfg tokens.DPoPConfig) {
	t.Helper()
	d, err := tokens.NewDPoP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	of := proofOf(t)
	proof, err := tokens.SignProof(edPrivateKey(t), tokens.ProofParams{Method: of.Method, URL: of.URL, Token: of.Token})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []tokens.Code{"", tokens.ErrProofReplayed} {
		if err := d.Verify(t.Context(), proof, of); code(err) != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := d.Verify(t.Context(), proofWith(), of); code(err) != tokens.ErrProofTime { // of the time of all other tests
		t.Error(err)
	}
}

func TestNewDPoP_ReportsEveryMistake(t *testing.T) {
	_, err := tokens.NewDPoP(tokens.DPoPConfig{Window: 2 * time.Hour, ClockSkew: -1, NonceTTL: -1, NonceSecret: tokens.NewSecret("short"), Replays: (*tokens.ReplayMemory)(nil)})
	if code(err) != tokens.ErrConfig {
		t.Fatal(err)
	}
	for _, field := range []string{"Window", "ClockSkew", "NonceTTL", "NonceSecret", "Replays"} {
		if !strings.Contains(err.Error(), "DPoPConfig."+field) {
			t.Errorf("nothing is said of %s", field)
		}
	}
	if strings.Contains(err.Error(), "short") {
		t.Error("the secret is shown")
	}
}

func TestSignProof(t *testing.T) {
	key := edPrivateKey(t)
	d := newDPoP(t, func(c *tokens.DPoPConfig) { c.NonceSecret = tokens.NewSecret(strings.Repeat("s", 32)) })
	of := proofOf(t)
	p := tokens.ProofParams{Method: of.Method, URL: of.URL + "?query#fragment", Token: of.Token, Nonce: d.Nonce(), IssuedAt: now}
	for range 2 { // each has a jti of its own
		proof, err := tokens.SignProof(key, p)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Verify(t.Context(), proof, of); err != nil {
			t.Error(err)
		}
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := jwk.NewPrivateKey("", jwk.RS256, private)
	if err != nil {
		t.Fatal(err)
	}
	for name, fails := range map[string]func() (string, error){
		"no key":     func() (string, error) { return tokens.SignProof(nil, p) },
		"a zero key": func() (string, error) { return tokens.SignProof(new(jwk.PrivateKey), p) },
		"an RSA key": func() (string, error) { return tokens.SignProof(rsaKey, p) },
		"an FTP URL": func() (string, error) {
			return tokens.SignProof(key, tokens.ProofParams{Method: "GET", URL: "ftp://h/x"})
		},
		"no URL": func() (string, error) {
			return tokens.SignProof(key, tokens.ProofParams{Method: "GET", Token: tokens.NewSecret("x")})
		},
		"no method": func() (string, error) {
			return tokens.SignProof(key, tokens.ProofParams{URL: of.URL, Token: tokens.NewSecret("x")})
		},
		"a long jti": func() (string, error) {
			return tokens.SignProof(key, tokens.ProofParams{Method: "GET", URL: of.URL, ID: strings.Repeat("x", 257)})
		},
		"invalid UTF-8": func() (string, error) { return tokens.SignProof(key, tokens.ProofParams{Method: "\xff", URL: of.URL}) },
	} {
		if proof, err := fails(); proof != "" || code(err) != tokens.ErrParams {
			t.Errorf("%s: %v", name, err)
		}
	}
}
