// Package attacks drives a corpus of attacks, and of good requests beside them, through the whole middleware: over real
// HTTP, behind chi and http.ServeMux, with the cache of verified tokens off, cold and warm. The rows are data, in
// testdata/attacks.json and testdata/attacks_own.json; testdata/attacks.md describes them. Rows that are stories rather than
// requests each have a test of their own, named after the row.
package attacks

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// row is one request, or one story, and what must come of it.
type row struct {
	ID, Group, Title string
	Kind             string // "scenario" for a story; else empty
	Steps            string // of a story
	Refs             []string
	Note             string

	Method     string // empty means GET
	Route      string
	URL        string // in place of Route, where there is more to it than a path
	Headers    [][2]string
	Body       string
	Token      *recipe
	DPoP       *proofRecipe // nil: no DPoP header
	Pre        precondition
	Expect     expectation
	Assertions []string
}

// precondition is what is so before the request is sent.
type precondition struct {
	ExtraKeys []string `json:"jwks_extra"` // in the set of issuer A
	Warm      []string `json:"warm"`       // tenants that have served a request already
	DPoPNonce bool     `json:"dpop_nonce"`
}

// expectation is what must come of a request.
type expectation struct {
	Status      int
	Challenge   *string // scheme of WWW-Authenticate; nil: there is none
	Error       *string // its error parameter; nil: there is none
	HandlerRuns bool    `json:"handler_runs"`
}

// recipe says how to make a token.
type recipe struct {
	Kind string // jws, raw or repeat

	// Of a jws: header and claims as JSON with markers, or as their literal text.
	Hdr       json.RawMessage
	HdrRaw    *string `json:"hdr_raw"`
	HdrHex    *string `json:"hdr_hex"`
	Claims    json.RawMessage
	ClaimsRaw *string `json:"claims_raw"`
	ClaimsHex *string `json:"claims_hex"`
	Sign      json.RawMessage
	Post      []string // mutations after signing

	Value        string // of a raw token
	Prefix, Char string // of a repeat
	N            int
}

func (r *row) isScenario() bool { return r.Kind == "scenario" }

// readCorpus reads both files of rows. Whatever in them this package doesn't know, it refuses.
func readCorpus(t testing.TB) []*row {
	t.Helper()
	var all []*row
	seen := make(map[string]bool)
	for _, name := range []string{"attacks.json", "attacks_own.json"} {
		data, err := os.ReadFile(filepath.Join("../../testdata", name))
		check(t, err)
		var file struct {
			SchemaVersion int `json:"schema_version"`
			Fixture, DSL  json.RawMessage
			Rows          []*row
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if file.SchemaVersion != 1 || len(file.Rows) == 0 {
			t.Fatalf("%s: schema version %d, %d rows", name, file.SchemaVersion, len(file.Rows))
		}
		for _, r := range file.Rows {
			if seen[r.ID] {
				t.Fatalf("%s: a second row %s", name, r.ID)
			}
			seen[r.ID] = true
			all = append(all, r)
		}
	}
	return all
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
