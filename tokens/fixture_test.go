package tokens_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// now is when every test takes place: 2027-01-15T08:00:00Z.
var now = time.Unix(1_800_000_000, 0)

func clock() time.Time { return now }

// edKey signs the tokens of every test that isn't about keys. Its seed is fixed, so that a token is the same in every run.
var edKey = ed25519.NewKeyFromSeed([]byte("machineauth: a seed of 32 bytes."))

const edKeyID = "ins_ed"

func edPrivateKey(t testing.TB) *jwk.PrivateKey {
	t.Helper()
	key, err := jwk.NewPrivateKey(edKeyID, "EdDSA", edKey)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func trust(t testing.TB, keys ...*jwk.Key) jwk.Source {
	t.Helper()
	source, err := jwk.NewStatic(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// newVerifier returns a Verifier that trusts edKey and lives at now; change alters its configuration.
func newVerifier(t testing.TB, change ...func(*tokens.Config)) *tokens.Verifier {
	t.Helper()
	cfg := tokens.Config{Keys: trust(t, edPrivateKey(t).Public()), Now: clock}
	for _, f := range change {
		f(&cfg)
	}
	v, err := tokens.NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// untouchedKeys is a Source that fails the test when it is asked.
type untouchedKeys struct{ testing.TB }

func (u untouchedKeys) Key(context.Context, string) (*jwk.Key, error) {
	u.Error("the key was looked up")
	return nil, jwk.ErrUnknownKey
}

// members are those of a JSON object, each value as raw JSON, so that a test can write what no encoder would.
type members map[string]string

// with returns a copy in which name, raw, name, raw … are set; an empty raw removes the member.
func (m members) with(pairs ...string) members {
	m = maps.Clone(m)
	for pair := range slices.Chunk(pairs, 2) {
		if m[pair[0]] = pair[1]; pair[1] == "" {
			delete(m, pair[0])
		}
	}
	return m
}

func (m members) String() string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		list = append(list, strconv.Quote(name)+":"+m[name])
	}
	return "{" + strings.Join(list, ",") + "}"
}

// kinds has one good JWT of each type, with no more in it than the type must have.
var kinds = map[tokens.Type]struct{ header, payload members }{
	tokens.TypeSession: {
		members{"alg": `"EdDSA"`, "kid": `"ins_ed"`, "typ": `"JWT"`, "cat": `"cl_B7d4PD111AAA"`},
		members{"sub": `"user_1"`, "sid": `"sess_1"`, "exp": `1800000060`},
	},
	tokens.TypeM2M: {
		members{"alg": `"EdDSA"`, "kid": `"ins_ed"`, "typ": `"JWT"`, "cat": `"cl_B7d4PD333AAA"`},
		members{"sub": `"mch_1"`, "exp": `1800000060`},
	},
	tokens.TypeOAuth: {
		members{"alg": `"EdDSA"`, "kid": `"ins_ed"`, "typ": `"at+jwt"`},
		members{"sub": `"user_1"`, "client_id": `"client_1"`, "exp": `1800000060`},
	},
}

var jwtTypes = []tokens.Type{tokens.TypeSession, tokens.TypeM2M, tokens.TypeOAuth}

// mint signs the good token of a type, with pairs set in its payload.
func mint(t tokens.Type, pairs ...string) string {
	return sign(kinds[t].header.String(), kinds[t].payload.with(pairs...).String())
}

// mintHeader signs the good token of a type, with pairs set in its header.
func mintHeader(t tokens.Type, pairs ...string) string {
	return sign(kinds[t].header.with(pairs...).String(), kinds[t].payload.String())
}

// sign makes a token of exactly these bytes.
func sign(header, payload string) string {
	input := encode(header) + "." + encode(payload)
	return input + "." + encode(string(ed25519.Sign(edKey, []byte(input))))
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// flip changes one bit in the middle of what a segment of a JWT decodes to: 0 the header, 1 the payload, 2 the signature.
func flip(raw string, segment int) string {
	segments := strings.Split(raw, ".")
	b, err := base64.RawURLEncoding.DecodeString(segments[segment])
	if err != nil {
		panic(err)
	}
	b[len(b)/2] ^= 1
	segments[segment] = encode(string(b))
	return strings.Join(segments, ".")
}

// readVectors reads a file of the module's testdata, a JSON array of rows.
func readVectors[Row any](t testing.TB, name string) []Row {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows []Row
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", name)
	}
	return rows
}

// verify verifies raw where every type is accepted.
func verify(v *tokens.Verifier, raw string) (tokens.Token, error) {
	return v.Verify(context.Background(), raw, tokens.AnyType()...)
}

// code is that of the *tokens.Error that err must be; "" stands for nil.
func code(err error) tokens.Code {
	if err == nil {
		return ""
	}
	if e, ok := err.(*tokens.Error); ok {
		return e.Code
	}
	return tokens.Code("not a *tokens.Error: " + err.Error())
}

// expect sees that a verification ended as it should: with a token, or with the code alone.
func expect(t *testing.T, token tokens.Token, err error, want tokens.Code) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("error = %v, want code %q", err, want)
	}
	if (token == nil) != (err != nil) {
		t.Errorf("Verify returned the token %T and the error %v", token, err)
	}
	if want != "" && !errors.Is(err, want) {
		t.Errorf("errors.Is(%v, %q) is false", err, want)
	}
}
