package attacks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"example.com/machineauth/tokens"
)

// outcome is what came of a request.
type outcome struct {
	Status    int
	Challenge string // the whole WWW-Authenticate
	Body      string
	Runs      int // of the handler
	Subject   string
	Type      tokens.Type

	header http.Header
}

// scheme and parameter read the challenge.
func (o outcome) scheme() string {
	scheme, _, _ := strings.Cut(o.Challenge, " ")
	return scheme
}

func (o outcome) parameter(name string) string {
	_, rest, found := strings.Cut(o.Challenge, name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// problems says how the outcome of a request differs from what must come of it, and from what every refusal has in common.
func (o outcome) problems(want expectation, method string) []string {
	var list []string
	differs := func(what string, got, want any) {
		if got != want {
			list = append(list, fmt.Sprintf("%s is %v, want %v", what, got, want))
		}
	}
	wantRuns, wantScheme, wantError := 0, "", ""
	if want.HandlerRuns {
		wantRuns = 1
	}
	if want.Challenge != nil {
		wantScheme = *want.Challenge
	}
	if want.Error != nil {
		wantError = *want.Error
	}
	differs("the status", o.Status, want.Status)
	differs("the number of the handler's runs", o.Runs, wantRuns)
	differs("the challenge's scheme", o.scheme(), wantScheme)
	differs("the challenge's error", o.parameter("error"), wantError)
	if o.Status == http.StatusOK {
		differs("whether somebody is signed in", o.Subject != "", want.HandlerRuns)
		return list
	}
	differs("Cache-Control", o.header.Get("Cache-Control"), "no-store")
	differs("Content-Type", o.header.Get("Content-Type"), "application/problem+json")
	differs("whether there is a Retry-After", o.header.Get("Retry-After") != "", o.Status == http.StatusServiceUnavailable)
	if method == http.MethodHead {
		return list
	}
	var body struct {
		Status int
		Code   string
	}
	if err := json.Unmarshal([]byte(o.Body), &body); err != nil {
		list = append(list, "the body is no JSON")
	}
	differs("the body's status", body.Status, o.Status)
	differs("the body's code", body.Code, codeOf(o.Status, wantError))
	return list
}

// codeOf is the code in the body that goes with a status and the challenge's error.
func codeOf(status int, challengeError string) string {
	switch {
	case challengeError != "":
		return challengeError
	case status == http.StatusUnauthorized:
		return "no_credential"
	case status == http.StatusServiceUnavailable:
		return "temporarily_unavailable"
	}
	return "server_error"
}

// comparable is what must be the same in every setup.
func (o outcome) comparable() outcome {
	o.header = http.Header{"Cache-Control": o.header["Cache-Control"], "Retry-After": o.header["Retry-After"]}
	return o
}

// Equal is for cmp.
func (o outcome) Equal(other outcome) bool { return reflect.DeepEqual(o, other) }

func expectRefused(t testing.TB, o outcome, status int, challenge, code string) {
	t.Helper()
	want := expectation{Status: status}
	if challenge != "" {
		want.Challenge = &challenge
	}
	if code != "" {
		want.Error = &code
	}
	for _, problem := range o.problems(want, http.MethodGet) {
		t.Error(problem)
	}
}

func expectInvalid(t testing.TB, o outcome) {
	t.Helper()
	expectRefused(t, o, http.StatusUnauthorized, "Bearer", "invalid_token")
}

func expectUnavailable(t testing.TB, o outcome) {
	t.Helper()
	expectRefused(t, o, http.StatusServiceUnavailable, "", "")
}

func expectGood(t testing.TB, o outcome) {
	t.Helper()
	for _, problem := range o.problems(expectation{Status: http.StatusOK, HandlerRuns: true}, http.MethodGet) {
		t.Error(problem)
	}
}
