package wycheproof_test

import (
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
)

// A vectorFile holds what the files that are read here have in common, and what each has of its own.
type vectorFile struct {
	Count  int     `json:"numberOfTests"`
	Groups []group `json:"testGroups"`
}

// A group is vectors under one key.
type group struct {
	Vectors []vector `json:"tests"`

	// Of tokens: a JWK or a JWK set.
	Public  json.RawMessage `json:"public"`
	Private json.RawMessage `json:"private"`

	// Of single signatures: one key in two forms, the second of which some groups lack.
	PEM    string          `json:"publicKeyPem"`
	JWK    json.RawMessage `json:"publicKeyJwk"`
	RSAJWK json.RawMessage `json:"keyJwk"`
}

type vector struct {
	ID      int    `json:"tcId"`
	Comment string `json:"comment"`
	Result  string `json:"result"`

	JWS json.RawMessage `json:"jws"` // a string, or a JSON serialization
	JWE json.RawMessage `json:"jwe"`

	Message   hexBytes `json:"msg"`
	Signature hexBytes `json:"sig"`
}

// valid reports whether the vector has to be accepted. "acceptable" has not.
func (v vector) valid() bool { return v.Result == "valid" }

// token is the JWS as it would come in.
func (v vector) token() string {
	var compact string
	if json.Unmarshal(v.JWS, &compact) == nil {
		return compact
	}
	return string(v.JWS)
}

type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

func readVectors(t *testing.T, name string) vectorFile {
	t.Helper()
	data, err := fs.ReadFile(wycheproof.TestVectors, name)
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file
}
