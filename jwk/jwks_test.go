package jwk_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/machineauth/jwk"
)

func TestFromJWKS_RoundTrip(t *testing.T) {
	var public []*jwk.Key
	signatures := map[string][]byte{}
	for _, alg := range algorithms {
		private := must(jwk.NewPrivateKey("kid of "+string(alg), alg, signerFor(alg)))
		signatures[private.Public().ID()] = sign(t, private, input)
		public = append(public, private.Public())
	}
	data := must(jwk.MarshalJWKS(public...))
	source, err := jwk.FromJWKS(data)
	if err != nil {
		t.Fatal(err)
	}
	for kid, signature := range signatures {
		if key, err := source.Key(t.Context(), kid); err != nil || key.Verify(input, signature) != nil {
			t.Errorf("%s: got %v, %v", kid, key, err)
		}
	}
	if diff := cmp.Diff(jwk.Report{Usable: 10}, source.Report()); diff != "" {
		t.Errorf("Report (-want +got):\n%s", diff)
	}
	if _, err := source.Key(t.Context(), "kid of none"); !errors.Is(err, jwk.ErrUnknownKey) || strings.Contains(err.Error(), "kid of") {
		t.Errorf("unknown kid: got %v, want an ErrUnknownKey that names no kid", err)
	}
}

func TestMarshalJWKS_ShowsPublicMembersOnly(t *testing.T) {
	got := string(must(jwk.MarshalJWKS(
		must(jwk.NewKey("e", jwk.PS384, rsaKey().Public())),
		must(jwk.NewKey("c", "", p521Key().Public())),
		must(jwk.NewKey("o", "", edKey().Public())),
	)))
	point := must(p521Key().PublicKey.Bytes())
	want := fmt.Sprintf(`{"keys":[`+
		`{"kty":"RSA","use":"sig","alg":"PS384","kid":"e","n":%q,"e":"AQAB"},`+
		`{"kty":"EC","use":"sig","alg":"ES512","kid":"c","crv":"P-521","x":%q,"y":%q},`+
		`{"kty":"OKP","use":"sig","alg":"EdDSA","kid":"o","crv":"Ed25519","x":%q}]}`,
		b64(rsaKey().N.Bytes()), b64(point[1:67]), b64(point[67:]), b64(edKey()[32:]))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("MarshalJWKS (-want +got):\n%s", diff)
	}
}

func TestSets_RefuseKeysThatCannotBeToldApart(t *testing.T) {
	named := func(kid string) *jwk.Key { return must(jwk.NewKey(kid, "", edKey().Public())) }
	for name, row := range map[string]struct {
		keys []*jwk.Key
		want []string
	}{
		"none":          {nil, []string{"at least one key"}},
		"nil and zero":  {[]*jwk.Key{nil, {}}, []string{"key 0 is nil", "key 1 is nil or zero"}},
		"no kid":        {[]*jwk.Key{named("")}, []string{"key 0 has no kid"}},
		"the same kid":  {[]*jwk.Key{named("a"), named("b"), named("a")}, []string{"key 2 has the kid"}},
		"many mistakes": {[]*jwk.Key{nil, named(""), named("a"), named("a")}, []string{"key 0", "key 1", "key 3"}},
	} {
		_, errStatic := jwk.NewStatic(row.keys...)
		_, errMarshal := jwk.MarshalJWKS(row.keys...)
		for _, err := range []error{errStatic, errMarshal} {
			for _, want := range row.want {
				if !errors.Is(err, jwk.ErrInvalidKey) || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: got %v, want an ErrInvalidKey with %q", name, err, want)
				}
			}
		}
	}
	source := must(jwk.NewStatic(named("a"), named("b")))
	if key, err := source.Key(t.Context(), "b"); err != nil || key.ID() != "b" {
		t.Errorf("got %v, %v, want key b", key, err)
	}
	if _, err := source.Key(t.Context(), ""); !errors.Is(err, jwk.ErrUnknownKey) {
		t.Errorf("no kid: got %v, want an ErrUnknownKey", err)
	}
}

// Each row is one unusable key in a set whose other key still works.
func TestK5_SkippedAndReported(t *testing.T) {
	rsa, ec, ed := jwkOf("bad", jwk.RS256), jwkOf("bad", jwk.ES256), jwkOf("bad", jwk.EdDSA)
	x := ec["x"].(string)
	for name, row := range map[string]struct {
		key  members
		want string
	}{
		"use enc":                  {rsa.with("use", "enc"), `"use"`},
		"use empty":                {rsa.with("use", ""), `"use"`},
		"use in capitals":          {rsa.with("use", "SIG"), `"use"`},
		"key_ops without verify":   {rsa.with("key_ops", []string{"sign", "encrypt"}), `"key_ops"`},
		"key_ops empty":            {rsa.with("key_ops", []string{}), `"key_ops"`},
		"symmetric":                {members{"kty": "oct", "kid": "bad", "alg": "HS256", "k": "c2VjcmV0"}, "symmetric"},
		"private RSA":              {rsa.with("d", "AQ"), "private members"},
		"private RSA, prime":       {rsa.with("p", "AQ"), "private members"},
		"private RSA, null":        {rsa.with("qi", nil), "private members"},
		"private RSA, others":      {rsa.with("oth", []any{}), "private members"},
		"private EC":               {ec.with("d", "AQ"), "private members"},
		"private Ed25519":          {ed.with("d", ""), "private members"},
		"RSA 1024":                 {rsa.with("n", b64(oddNumber(1024).Bytes())), "1024 bits"},
		"RSA 4097":                 {rsa.with("n", b64(oddNumber(4097).Bytes())), "4097 bits"},
		"RSA modulus of 100 kB":    {rsa.with("n", b64(oddNumber(800_000).Bytes())), "800000 bits"},
		"RSA exponent even":        {rsa.with("e", "AQAA"), "exponent"},
		"RSA exponent 1":           {rsa.with("e", "AQ"), "exponent"},
		"RSA exponent of 32 bits":  {rsa.with("e", "_____w"), "exponent"},
		"RSA exponent of 5 bytes":  {rsa.with("e", "AQAAAAE"), "exponent"},
		"RSA exponent of 12 bytes": {rsa.with("e", b64([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1})), "exponent"},
		"RSA leading zero in n":    {rsa.with("n", "AA"+rsa["n"].(string)), "zero byte"},
		"RSA leading zero in e":    {rsa.with("e", "AAEAAQ"), "zero byte"},
		"RSA n missing":            {rsa.without("n"), `"n"`},
		"RSA e empty":              {rsa.with("e", ""), `"e"`},
		"RSA n padded":             {rsa.with("n", rsa["n"].(string)+"=="), `"n"`},
		"RSA n standard base64":    {rsa.with("n", "+/"+rsa["n"].(string)), `"n"`},
		"RSA n with a line break":  {rsa.with("n", rsa["n"].(string)[:8]+"\n"+rsa["n"].(string)[8:]), `"n"`},
		"RSA n with spare bits":    {rsa.with("n", rsa["n"].(string)[:340]+"AB"), `"n"`},
		"RSA with an EC algorithm": {rsa.with("alg", "ES256"), "algorithm"},
		"HMAC algorithm":           {rsa.with("alg", "HS256"), "algorithm"},
		"no algorithm":             {rsa.with("alg", "none"), "algorithm"},
		"encryption algorithm":     {rsa.with("alg", "RSA-OAEP"), "algorithm"},
		"EC off its curve":         {ec.with("y", x), "not on its curve"},
		"EC short coordinates":     {ec.with("x", "AQ").with("y", "AQ"), "32 bytes"},
		"EC long coordinate":       {ec.with("x", b64(append([]byte{0}, must(p256Key().PublicKey.Bytes())[1:33]...))), "32 bytes"},
		"EC y missing":             {ec.without("y"), `"y"`},
		"P-384 for ES256":          {jwkOf("bad", jwk.ES384).with("alg", "ES256"), "algorithm"},
		"P-256 called P-384":       {ec.with("crv", "P-384"), "48 bytes"},
		"P-224":                    {ec.with("crv", "P-224"), `"crv"`},
		"secp256k1":                {ec.with("crv", "secp256k1").with("alg", "ES256K"), `"crv"`},
		"EC without a curve":       {ec.without("crv"), `"crv"`},
		"Ed25519 3 bytes":          {ed.with("x", "YWJj"), "3 bytes"},
		"Ed25519 small order":      {ed.with("x", b64(make([]byte, 32))), "small order"},
		"Ed448":                    {ed.with("crv", "Ed448"), `"crv"`},
		"X25519":                   {ed.with("crv", "X25519"), `"crv"`},
		"unknown type":             {rsa.with("kty", "AKP"), `"kty"`},
		"type in another case":     {rsa.with("kty", "rsa"), `"kty"`},
		"type missing":             {rsa.without("kty"), `"kty"`},
		"KTY for kty":              {rsa.without("kty").with("KTY", "RSA"), `"kty"`},
		"kid missing":              {rsa.without("kid"), "no kid"},
		"kid empty":                {rsa.with("kid", ""), "no kid"},
		"KID for kid":              {rsa.without("kid").with("KID", "bad"), "no kid"},
		"kid a number":             {rsa.with("kid", 5), "wrong type"},
		"kid of 257 bytes":         {rsa.with("kid", strings.Repeat("k", 257)), "256 bytes"},
		"n a number":               {rsa.with("n", 5), "wrong type"},
		"alg an array":             {rsa.with("alg", []string{"RS256"}), "wrong type"},
		"not an object":            {nil, "no kid"},
	} {
		source, err := jwk.FromJWKS(rawSet(row.key, jwkOf("good", jwk.ES256)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		report := source.Report()
		if report.Usable != 1 || len(report.Skipped) != 1 || !strings.Contains(report.Skipped[0].Reason, row.want) {
			t.Errorf("%s: got %+v, want one skipped with %q", name, report, row.want)
		}
		if _, err := source.Key(t.Context(), "bad"); !errors.Is(err, jwk.ErrUnknownKey) {
			t.Errorf("%s: got %v, want an ErrUnknownKey", name, err)
		}
		if _, err := source.Key(t.Context(), "good"); err != nil {
			t.Errorf("%s: the good key doesn't work: %v", name, err)
		}
	}
}

func TestK5_TwoKeysWithOneKid(t *testing.T) {
	source := must(jwk.FromJWKS(rawSet(jwkOf("twice", jwk.RS256), jwkOf("good", jwk.ES256), jwkOf("twice", jwk.EdDSA))))
	want := jwk.Report{Usable: 1, Skipped: []jwk.Note{
		{Position: 0, ID: "twice", Reason: "another key of the set has its kid"},
		{Position: 2, ID: "twice", Reason: "another key of the set has its kid"},
	}}
	if diff := cmp.Diff(want, source.Report()); diff != "" {
		t.Errorf("Report (-want +got):\n%s", diff)
	}
	if _, err := source.Key(t.Context(), "twice"); !errors.Is(err, jwk.ErrUnknownKey) {
		t.Errorf("got %v, want an ErrUnknownKey", err)
	}
}

func TestK5_NotesCutTheKid(t *testing.T) {
	source := must(jwk.FromJWKS(rawSet(jwkOf("good", jwk.ES256), jwkOf("bad", jwk.EdDSA).with("kid", "\n"+strings.Repeat("k", 200)).with("use", "enc"))))
	got := source.Report().Skipped[0].String()
	if want := `key 1 (kid "\n` + strings.Repeat("k", 63) + `"): its "use" is not "sig"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestV3_AssumedAlgorithmIsReported(t *testing.T) {
	source := must(jwk.FromJWKS(rawSet(jwkOf("r", jwk.PS512).without("alg"), jwkOf("e", jwk.ES384).without("alg"), jwkOf("o", jwk.EdDSA))))
	want := jwk.Report{Usable: 3, Assumed: []jwk.Note{
		{Position: 0, ID: "r", Reason: "it names no algorithm, and is taken to be for RS256"},
		{Position: 1, ID: "e", Reason: "it names no algorithm, and is taken to be for ES384"},
	}}
	if diff := cmp.Diff(want, source.Report()); diff != "" {
		t.Errorf("Report (-want +got):\n%s", diff)
	}
	if key := must(source.Key(t.Context(), "r")); key.Algorithm() != jwk.RS256 {
		t.Errorf("got %s, want RS256", key.Algorithm())
	}
}

func TestFromJWKS_TakesMembersItDoesNotKnow(t *testing.T) {
	key := jwkOf("k", jwk.RS256).with("x5c", []string{"MIIB"}).with("x5t", 5).with("ext", true).
		with("key_ops", []string{"verify"}).with("exp", 1)
	data := must(jwk.FromJWKS([]byte(strings.Replace(string(rawSet(key)), "{", `{"issuer":{"a":[1]},`, 1))))
	if diff := cmp.Diff(jwk.Report{Usable: 1}, data.Report()); diff != "" {
		t.Errorf("Report (-want +got):\n%s", diff)
	}
}

func TestK5_FromJWKSRefusesTheSet(t *testing.T) {
	good := string(rawSet(jwkOf("k", jwk.EdDSA)))
	x := jwkOf("k", jwk.EdDSA)["x"].(string)
	for name, row := range map[string]struct{ data, want string }{
		"empty":                {"", "not a JWK set"},
		"not JSON":             {"<html>", "not a JWK set"},
		"an array":             {"[]", "not a JWK set"},
		"null":                 {"null", "no usable key"},
		"no keys":              {"{}", "no usable key"},
		"keys null":            {`{"keys":null}`, "not a JWK set"},
		"keys an object":       {`{"keys":{}}`, "not a JWK set"},
		"keys empty":           {`{"keys":[]}`, "no usable key"},
		"KEYS for keys":        {strings.Replace(good, "keys", "KEYS", 1), "no usable key"},
		"trailing data":        {good + "x", "not a JWK set"},
		"two documents":        {good + good, "not a JWK set"},
		"keys twice":           {strings.Replace(good, "{", `{"keys":[],`, 1), "not a JWK set"},
		"x twice in a key":     {strings.Replace(good, `"x":`, `"x":"`+x+`","x":`, 1), "not a JWK set"},
		"x twice, escaped":     {strings.Replace(good, `"x":`, `"\u0078":"`+x+`","x":`, 1), "not a JWK set"},
		"invalid UTF-8":        {strings.Replace(good, `"k"`, "\"\xff\"", 1), "not a JWK set"},
		"cut off":              {good[:len(good)-1], "not a JWK set"},
		"no usable key":        {string(rawSet(jwkOf("k", jwk.EdDSA).with("use", "enc"))), `"use"`},
		"1,001 keys":           {`{"keys":[` + strings.Repeat("{},", 1000) + "{}]}", "more than 1000 keys"},
		"a million commas":     {`{"keys":[` + strings.Repeat("0,", 500_000) + "0]}", "more than 1000 keys"},
		"more than 1 MiB":      {good + strings.Repeat(" ", 1<<20), "more than 1048576 bytes"},
		"nested without bound": {strings.Repeat(`{"keys":[`, 60_000), "not a JWK set"},
	} {
		source, err := jwk.FromJWKS([]byte(row.data))
		if source != nil || !errors.Is(err, jwk.ErrInvalidKey) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want an ErrInvalidKey with %q", name, err, row.want)
		}
	}
	many := make([]members, 1000)
	for i := range many {
		many[i] = jwkOf(fmt.Sprint("k", i), jwk.EdDSA)
	}
	if source, err := jwk.FromJWKS(rawSet(many...)); err != nil || source.Report().Usable != 1000 {
		t.Errorf("1,000 keys: got %v", err)
	}
}

// What a caller does to a report is not seen by the next one.
func TestReport_IsACopy(t *testing.T) {
	source := must(jwk.FromJWKS(rawSet(jwkOf("good", jwk.ES256), jwkOf("bad", jwk.EdDSA).with("use", "enc"))))
	source.Report().Skipped[0].Reason = "changed"
	if got := source.Report().Skipped[0].Reason; got == "changed" {
		t.Error("the report was changed through a copy")
	}
}
