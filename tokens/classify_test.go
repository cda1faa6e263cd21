package tokens_test

import (
	"context"
	"strings"
	"testing"

	"example.com/machineauth/tokens"
)

// Vectors that were also run against the npm package; the row of each says where this package is stricter.
func TestC1toC5_Vectors(t *testing.T) {
	type row struct {
		Name, Rule, Token string
		Expect            struct {
			Type   tokens.Type
			Format tokens.Format
			Error  bool
		}
	}
	v := newVerifier(t)
	for _, row := range readVectors[row](t, "classify.json") {
		t.Run(row.Rule+" "+row.Name, func(t *testing.T) {
			got, err := v.Classify(row.Token)
			want := tokens.Class{Type: row.Expect.Type, Format: row.Expect.Format}
			if got != want || (err != nil) != row.Expect.Error {
				t.Errorf("Classify = %v, %v, want %v, error %v", got, err, want, row.Expect.Error)
			}
		})
	}
}

func TestC1_OpaqueTokensByPrefix(t *testing.T) {
	v := newVerifier(t)
	for _, test := range []struct {
		raw  string
		want tokens.Type
		code tokens.Code
	}{
		{raw: "mt_x", want: tokens.TypeM2M},
		{raw: "oat_x", want: tokens.TypeOAuth},
		{raw: "ak_x", want: tokens.TypeAPIKey},
		{raw: "ak_AZaz09-_~+/", want: tokens.TypeAPIKey},
		{raw: "ak_x==", want: tokens.TypeAPIKey},
		{raw: "mt_mt_", want: tokens.TypeM2M},

		{raw: "mt_", code: tokens.ErrMalformed},
		{raw: "mt_=", code: tokens.ErrMalformed},
		{raw: "mt_a=b", code: tokens.ErrMalformed},
		{raw: "mt_a.b", code: tokens.ErrMalformed},
		{raw: "mt_a.b.c", code: tokens.ErrMalformed},
		{raw: "mt_a b", code: tokens.ErrMalformed},
		{raw: "mt_a\n", code: tokens.ErrMalformed},
		{raw: "mt_ä", code: tokens.ErrMalformed},
		{raw: "mt_a\x00", code: tokens.ErrMalformed},
		{raw: "MT_x", code: tokens.ErrMalformed},
		{raw: "Oat_x", code: tokens.ErrMalformed},
		{raw: "mt-x", code: tokens.ErrMalformed},
		{raw: " mt_x", code: tokens.ErrMalformed},
		{raw: "xmt_x", code: tokens.ErrMalformed},
	} {
		got, err := v.Classify(test.raw)
		if want := opaque(test.want); got != want || code(err) != test.code {
			t.Errorf("Classify(%q) = %v, %v, want %v, %q", test.raw, got, err, want, test.code)
		}
	}
}

// opaque is the class of an opaque token, or none where t is empty.
func opaque(t tokens.Type) tokens.Class {
	if t == "" {
		return tokens.Class{}
	}
	return tokens.Class{Type: t, Format: tokens.FormatOpaque}
}

func TestC1_MalformedOpaqueTokensReachNoBackend(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) {
		c.Opaque = tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) {
			t.Error("the backend was called")
			return nil, nil
		})
	})
	for _, raw := range []string{"mt_", "oat_a.b.c", "ak_a=b", "ak_" + strings.Repeat("a", 16<<10)} {
		if _, err := verify(v, raw); err == nil {
			t.Errorf("%.20q was accepted", raw)
		}
	}
}

func TestC2_Form(t *testing.T) {
	v := newVerifier(t)
	good := mint(tokens.TypeSession)
	segments := strings.Split(good, ".")
	header, payload, signature := segments[0], segments[1], segments[2]
	join := func(s ...string) string { return strings.Join(s, ".") }

	for name, raw := range map[string]string{
		"empty":                   "",
		"one segment":             header,
		"two segments":            join(header, payload),
		"no signature":            join(header, payload, ""),
		"no payload":              join(header, "", signature),
		"no header":               join("", payload, signature),
		"only dots":               "..",
		"four segments":           join(header, payload, signature, signature),
		"a dot at the end":        good + ".",
		"a dot at the beginning":  "." + good,
		"white space behind":      good + " ",
		"white space before":      "\t" + good,
		"flattened serialization": `{"payload":"` + payload + `","protected":"` + header + `","signature":"` + signature + `"}`,
	} {
		if _, err := v.Classify(raw); code(err) != tokens.ErrMalformed {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}

	for i, segment := range segments {
		spoiled := map[string]string{
			"padding":             segment + "=",
			"CR":                  segment[:4] + "\r" + segment[4:],
			"LF":                  segment[:4] + "\n" + segment[4:],
			"LF at the end":       segment + "\n",
			"standard alphabet +": segment[:4] + "+" + segment[5:],
			"standard alphabet /": segment[:4] + "/" + segment[5:],
			"a space":             segment[:4] + " " + segment[5:],
			"a NUL":               segment[:4] + "\x00" + segment[5:],
			"a high byte":         segment[:4] + "\xff" + segment[5:],
			"length 1 mod 4":      segment[:len(segment)/4*4] + "A",
		}
		for name, text := range spoiled {
			changed := strings.Split(good, ".")
			changed[i] = text
			if _, err := v.Classify(join(changed...)); code(err) != tokens.ErrMalformed {
				t.Errorf("segment %d: %s: %v, want ErrMalformed", i, name, err)
			}
		}
	}
}

// A signature over other bytes than those received would let the holder vary the token: the spare bits of a last character
// (RFC 4648 section 3.5) must be zero in each segment.
func TestC2_SpareBits(t *testing.T) {
	v := newVerifier(t)
	// Of one to three spaces behind the JSON, one leaves two spare bits, another four.
	for _, padding := range []string{"", " ", "  "} {
		segments := strings.Split(sign(kinds[tokens.TypeSession].header.String()+padding, kinds[tokens.TypeSession].payload.String()+padding), ".")
		if _, err := v.Classify(strings.Join(segments, ".")); err != nil {
			t.Fatal(err)
		}
		for i, segment := range segments {
			if len(segment)%4 == 0 {
				continue
			}
			spoiled := strings.Split(strings.Join(segments, "."), ".")
			last := strings.IndexByte(alphabet, segment[len(segment)-1])
			spoiled[i] = segment[:len(segment)-1] + string(alphabet[last|1])
			if _, err := v.Classify(strings.Join(spoiled, ".")); code(err) != tokens.ErrMalformed {
				t.Errorf("segment %d with a spare bit: %v, want ErrMalformed", i, err)
			}
		}
	}
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func TestC2_Size(t *testing.T) {
	jwt := mint(tokens.TypeSession)
	opaque := func(size int) string { return "ak_" + strings.Repeat("a", size-3) }
	for _, test := range []struct {
		limit int
		raw   string
		code  tokens.Code
	}{
		{0, opaque(16 << 10), ""},
		{0, opaque(16<<10 + 1), tokens.ErrTooLarge},
		{1 << 20, opaque(1 << 20), ""},
		{1 << 20, opaque(1<<20 + 1), tokens.ErrTooLarge},
		{len(jwt), jwt, ""},
		{len(jwt) - 1, jwt, tokens.ErrTooLarge},
		{8, strings.Repeat("\x00", 9), tokens.ErrTooLarge}, // size comes before form
	} {
		v := newVerifier(t, func(c *tokens.Config) { c.MaxTokenBytes = test.limit })
		if _, err := v.Classify(test.raw); code(err) != test.code {
			t.Errorf("%d bytes, limit %d: %v, want %q", len(test.raw), test.limit, err, test.code)
		}
	}
}

func TestC4_TypeOfJWT(t *testing.T) {
	v := newVerifier(t)
	for _, test := range []struct {
		header, payload string
		want            tokens.Type
	}{
		{`{}`, `{"sub":"user_1"}`, tokens.TypeSession},
		{`{"typ":"JWT"}`, `{"sub":"user_1"}`, tokens.TypeSession},
		{`{"typ":"JWT"}`, `{"sub":"mch_1"}`, tokens.TypeM2M},
		{`{}`, `{"sub":"mch_1"}`, tokens.TypeM2M},
		{`{}`, `{"s\u0075b":"\u006dch_1"}`, tokens.TypeM2M},
		{`{"typ":"at+jwt"}`, `{"sub":"user_1"}`, tokens.TypeOAuth},
		{`{"typ":"AT+JWT"}`, `{"sub":"user_1"}`, tokens.TypeOAuth},
		{`{"typ":"application/at+jwt"}`, `{"sub":"client_1"}`, tokens.TypeOAuth},
		{`{"typ":"Application/At+Jwt"}`, `{"sub":"client_1"}`, tokens.TypeOAuth},
		{`{"t\u0079p":"at\u002bjwt"}`, `{"sub":"client_1"}`, tokens.TypeOAuth},
		{`{"typ":"at+jwt"}`, `{"sub":"mch_1"}`, tokens.TypeM2M},

		// What only resembles a mark is none.
		{`{"typ":"at+jwt "}`, `{"sub":"user_1"}`, tokens.TypeSession},
		{`{"typ":["at+jwt"]}`, `{"sub":"user_1"}`, tokens.TypeSession},
		{`{"Typ":"at+jwt"}`, `{"sub":"user_1"}`, tokens.TypeSession},
		{`{"typ":"text/at+jwt"}`, `{"sub":"user_1"}`, tokens.TypeSession},
		{`{}`, `{"sub":"MCH_1"}`, tokens.TypeSession},
		{`{}`, `{"sub":" mch_1"}`, tokens.TypeSession},
		{`{}`, `{"sub":"user_mch_1"}`, tokens.TypeSession},
		{`{}`, `{"sub":"mch-1"}`, tokens.TypeSession},
		{`{}`, `{"sub":"ｍch_1"}`, tokens.TypeSession},
	} {
		want := tokens.Class{Type: test.want, Format: tokens.FormatJWT}
		if got, err := v.Classify(sign(test.header, test.payload)); got != want || err != nil {
			t.Errorf("Classify(%s.%s) = %v, %v, want %v", test.header, test.payload, got, err, want)
		}
	}
}

func TestC5_Subject(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) { c.Keys = untouchedKeys{t} })
	for _, payload := range []string{
		`{}`, `{"sub":null}`, `{"sub":1}`, `{"sub":true}`, `{"sub":{}}`, `{"sub":["user_1"]}`, `{"sub":{"sub":"user_1"}}`,
		`{"sub":""}`, `{"sub":"mch_"}`, `{"SUB":"user_1"}`, `{"ſub":"user_1"}`, `{"sub ":"user_1"}`,
	} {
		for _, kind := range jwtTypes {
			raw := sign(kinds[kind].header.String(), payload)
			if class, err := v.Classify(raw); code(err) != tokens.ErrSubject || class != (tokens.Class{}) {
				t.Errorf("Classify(%s) = %v, %v, want ErrSubject", payload, class, err)
			}
			token, err := verify(v, raw)
			expect(t, token, err, tokens.ErrSubject)
		}
	}
}

// A sub has up to 1 KiB between its quotes, as it is written.
func TestC5_LongSubject(t *testing.T) {
	v := newVerifier(t)
	for sub, want := range map[string]tokens.Code{
		strings.Repeat("s", 255): "", strings.Repeat("s", 1024): "", strings.Repeat("s", 1025): tokens.ErrSubject, strings.Repeat("s", 8000): tokens.ErrSubject,
		"mch_" + strings.Repeat("s", 1020): "", "mch_" + strings.Repeat("s", 1021): tokens.ErrSubject,
		strings.Repeat(`\u0073`, 170): "", strings.Repeat(`\u0073`, 171): tokens.ErrSubject,
	} {
		if _, err := v.Classify(mint(tokens.TypeSession, "sub", `"`+sub+`"`)); code(err) != want {
			t.Errorf("%d bytes: %v, want %q", len(sub), err, want)
		}
	}
}
