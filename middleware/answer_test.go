package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/machineauth/authobj"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// body is what RFC 9457 calls a problem.
type body struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// answers has a row for each error code there is: what a client is told of it.
var answers = map[error]body{
	middleware.ErrNoCredential:  noCredential,
	middleware.ErrMalformed:     {"Bad Request", 400, "invalid_request", "The credential is malformed: send one Authorization header, with the scheme Bearer and one token."},
	middleware.ErrConfig:        serverError,
	middleware.ErrNotConfigured: serverError,
	middleware.ErrPanic:         serverError,

	authobj.ErrNoAuthentication: serverError,

	tokens.ErrMalformed:         invalidToken,
	tokens.ErrTooLarge:          invalidToken,
	tokens.ErrTypeMismatch:      invalidToken,
	tokens.ErrInvalid:           invalidToken,
	tokens.ErrHeader:            invalidToken,
	tokens.ErrAlgorithm:         invalidToken,
	tokens.ErrKeyID:             invalidToken,
	tokens.ErrUnknownKey:        invalidToken,
	tokens.ErrSignature:         invalidToken,
	tokens.ErrSubject:           invalidToken,
	tokens.ErrClaims:            invalidToken,
	tokens.ErrAudience:          invalidToken,
	tokens.ErrAuthorizedParty:   invalidToken,
	tokens.ErrIssuer:            invalidToken,
	tokens.ErrExpired:           invalidToken,
	tokens.ErrNotYetValid:       invalidToken,
	tokens.ErrIssuedInFuture:    invalidToken,
	tokens.ErrSenderConstrained: invalidToken,
	tokens.ErrUnbound:           invalidToken,
	tokens.ErrCertificate:       invalidToken,
	tokens.ErrProofKey:          invalidToken,
	tokens.ErrProofMalformed:    invalidProof,
	tokens.ErrProofSignature:    invalidProof,
	tokens.ErrProofMethod:       invalidProof,
	tokens.ErrProofURL:          invalidProof,
	tokens.ErrProofToken:        invalidProof,
	tokens.ErrProofTime:         invalidProof,
	tokens.ErrProofReplayed:     invalidProof,
	tokens.ErrProofNonce:        {"Unauthorized", 401, "use_dpop_nonce", "The DPoP proof needs the nonce of this answer."},
	tokens.ErrSessionPending:    invalidToken,
	tokens.ErrRevoked:           invalidToken,
	tokens.ErrNoKeys:            invalidToken,
	tokens.ErrNoOpaqueVerifier:  invalidToken,
	tokens.ErrConfig:            serverError,
	tokens.ErrParams:            serverError,
	tokens.ErrSigning:           serverError,

	tokens.ErrKeysUnavailable:        unavailable,
	tokens.ErrBackendUnavailable:     unavailable,
	tokens.ErrRevocationsUnavailable: unavailable,
	tokens.ErrReplaysUnavailable:     unavailable,
	tokens.ErrSecretKey:              unavailable,
}

var (
	noCredential = body{"Unauthorized", 401, "no_credential", "This resource needs a bearer token."}
	invalidToken = body{"Unauthorized", 401, "invalid_token", "The token is invalid, expired, or of a type that is not accepted here."}
	invalidProof = body{"Unauthorized", 401, "invalid_dpop_proof", "The DPoP proof is not one for this request."}
	unavailable  = body{"Service Unavailable", 503, "temporarily_unavailable", "The token cannot be checked at the moment. Try again later."}
	serverError  = body{"Internal Server Error", 500, "server_error", "The server cannot answer this request."}
)

// failWith lets Protect answer to an error, as after Attach.
func failWith(m *middleware.Middleware, err error) http.Handler {
	return m.Attach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(authobj.NewFailedContext(r.Context(), err))
		if _, ok := middleware.ProtectAny(w, r, nil); ok {
			panic("let in")
		}
	}))
}

func TestAnswers_OneRowForEachCode(t *testing.T) {
	m := newFixture(t).middleware(t, middleware.Config{})
	for code, want := range answers {
		for name, err := range map[string]error{
			"the code":         code,
			"wrapped":          fmt.Errorf("with a secret: %w", code),
			"in the own error": ownError(code),
		} {
			w := serve(failWith(m, err), request())
			var got body
			if err := json.Unmarshal(w.Body.Bytes(), &got, json.RejectUnknownMembers(true)); err != nil {
				t.Fatalf("%v, %s: body %q: %v", code, name, w.Body, err)
			}
			if diff := cmp.Diff(want, got); diff != "" || w.Code != want.Status {
				t.Errorf("%v, %s: status %d, body (-want +got):\n%s", code, name, w.Code, diff)
			}
			h := w.Header()
			wantChallenge := map[int]bool{400: true, 401: true}[want.Status]
			if got := h.Get("WWW-Authenticate") != ""; got != wantChallenge {
				t.Errorf("%v: challenge %q", code, h.Get("WWW-Authenticate"))
			}
			if got := h.Get("Retry-After") != ""; got != (want.Status == 503) {
				t.Errorf("%v: Retry-After %q", code, h.Get("Retry-After"))
			}
			if h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%v: headers %v", code, h)
			}
		}
	}
}

func ownError(code error) error {
	switch code := code.(type) {
	case tokens.Code:
		return &tokens.Error{Code: code, Err: errors.New("secret")}
	case middleware.Code:
		return &middleware.Error{Code: code, Err: errors.New("secret")}
	}
	return code
}

// TestAnswers_KnowEveryCode reads the sources: a code that is added without a row above fails here.
func TestAnswers_KnowEveryCode(t *testing.T) {
	known := make(map[string]bool)
	for code := range answers {
		known[fmt.Sprintf("%T %s", code, code)] = true
	}
	count := 0
	for _, dir := range []string{".", "../tokens", "../authobj"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		check(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			check(t, err)
			tree, err := parser.ParseFile(token.NewFileSet(), file, source, 0)
			check(t, err)
			ast.Inspect(tree, func(n ast.Node) bool {
				spec, ok := n.(*ast.ValueSpec)
				if !ok || len(spec.Values) != 1 {
					return true
				}
				if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
					count++
					key := tree.Name.Name + ".Code " + strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)
					if !known[key] {
						t.Errorf("%s: no row in answers for %s, %s", file, spec.Names[0], key)
					}
				}
				return true
			})
		}
	}
	if count != len(answers) {
		t.Errorf("%d codes in the sources, %d rows", count, len(answers))
	}
}

func TestAnswers_AnUnknownErrorIsOurFault(t *testing.T) {
	type unhashable struct {
		error
		_ []int
	}
	for _, err := range []error{errors.New("surprise"), unhashable{error: errors.New("surprise")}, context.Canceled} {
		w := serve(failWith(newFixture(t).middleware(t, middleware.Config{}), err), request())
		assertAnswer(t, w, 500, "")
	}
}

func TestA6_Denied(t *testing.T) {
	f := newFixture(t)
	m := f.middleware(t, middleware.Config{Realm: "items"})
	tests := []struct {
		name      string
		token     string
		check     authobj.Check
		scope     string // of the challenge
		mentioned string // in the body
	}{
		{"scope", f.oauth(t), authobj.AllScopes("items:read", "items:write"), "items:write", "items:write"},
		{"role", f.session(t), authobj.Role("org:owner"), "", "org:owner"},
		{"permission", f.session(t), authobj.Permission("org:items:write"), "", "org:items:write"},
		{"a scope that no header can hold", f.oauth(t), authobj.AllScopes("a\"b\r\nSet-Cookie: c"), "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			next := &caller{}
			w := serve(m.RequirePolicy(middleware.Policy{Accept: tokens.AnyType(), Checks: []authobj.Check{test.check}})(next), request("Bearer "+test.token))
			assertAnswer(t, w, 403, "insufficient_scope")
			want := `Bearer realm="items", error="insufficient_scope", error_description="The caller is not allowed to do this."`
			if test.scope != "" {
				want += `, scope="` + test.scope + `"`
			}
			if diff := cmp.Diff(want, w.Header().Get("WWW-Authenticate")); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(w.Body.String(), test.mentioned) {
				t.Errorf("the body does not name %s: %s", test.mentioned, w.Body)
			}
			if next.runs != 0 {
				t.Error("the handler ran")
			}
		})
	}
}

func TestAnswers_TellAnAttackerNothing(t *testing.T) {
	f := newFixture(t)
	f.config.Issuers = []string{"https://clerk.example.com"}
	m := f.middleware(t, middleware.Config{})
	header := map[string]any{"alg": "EdDSA", "kid": "ins_1", "typ": "JWT"}
	claims := map[string]any{"sub": "user_1", "sid": "sess_1", "iss": "https://clerk.example.com", "exp": 4102444800}
	bad := map[string]string{"malformed": "x", "machine": f.m2m(t), "forged": f.session(t) + "A"}
	for name, change := range map[string]any{"exp": 1, "iss": "https://evil.example.com", "nbf": 4102444800, "sid": 1, "sub": nil} {
		changed := map[string]any{}
		for k, v := range claims {
			changed[k] = v
		}
		changed[name] = change
		bad[name] = f.sign(t, header, changed)
	}
	want := ""
	for name, token := range bad {
		w := serve(m.Require()(&caller{}), request("Bearer "+token))
		got := fmt.Sprint(w.Code, w.Header(), w.Body)
		if want == "" {
			want = got
		}
		if diff := cmp.Diff(want, got); w.Code != 401 || diff != "" {
			t.Errorf("%s: the answer differs from others:\n%s", name, diff)
		}
	}
}

func TestErrorHandler(t *testing.T) {
	tests := []struct {
		name    string
		handler middleware.ErrorHandler
		status  int
		body    string
	}{
		{"writes a body", func(w http.ResponseWriter, r *http.Request, f middleware.Refusal) {
			fmt.Fprintf(w, "%d %s", f.Status, f.Code)
		}, 401, "401 no_credential"},
		{"writes a status", func(w http.ResponseWriter, r *http.Request, f middleware.Refusal) {
			http.Redirect(w, r, "/sign-in", http.StatusFound)
		}, 302, "/sign-in"},
		{"writes nothing", func(http.ResponseWriter, *http.Request, middleware.Refusal) {}, 401, "no_credential"},
		{"panics", func(http.ResponseWriter, *http.Request, middleware.Refusal) { panic("secret") }, 401, "no_credential"},
		{"panics after a body", func(w http.ResponseWriter, r *http.Request, f middleware.Refusal) {
			fmt.Fprint(w, "half")
			panic("secret")
		}, 401, "half"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			log, text := logger()
			m := newFixture(t).middleware(t, middleware.Config{OnError: test.handler, Logger: log})
			next := &caller{}
			w := serve(m.Require()(next), request())
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) || next.runs != 0 {
				t.Errorf("status %d, body %q, the handler ran %d times", w.Code, w.Body, next.runs)
			}
			if w.Header().Get("WWW-Authenticate") == "" {
				t.Error("no challenge")
			}
			if strings.Contains(text.String(), "secret") {
				t.Errorf("the log tells what was panicked with: %s", text)
			}
		})
	}
}

// TestErrorHandler_NeverAnswers200: over a real connection, whatever an ErrorHandler does short of asking for it, a refusal is
// not answered with 200.
func TestErrorHandler_NeverAnswers200(t *testing.T) {
	for name, handler := range map[string]middleware.ErrorHandler{
		"flushes": func(w http.ResponseWriter, _ *http.Request, _ middleware.Refusal) {
			_ = http.NewResponseController(w).Flush()
		},
		"no such status": func(w http.ResponseWriter, _ *http.Request, _ middleware.Refusal) { w.WriteHeader(1000) },
		"early hints": func(w http.ResponseWriter, _ *http.Request, _ middleware.Refusal) {
			w.WriteHeader(http.StatusEarlyHints)
		},
		"an empty body": func(w http.ResponseWriter, _ *http.Request, _ middleware.Refusal) { _, _ = w.Write(nil) },
		"flushes, writes": func(w http.ResponseWriter, _ *http.Request, f middleware.Refusal) {
			_ = http.NewResponseController(w).Flush()
			fmt.Fprint(w, f.Code)
		},
	} {
		t.Run(name, func(t *testing.T) {
			next := &caller{}
			server := httptest.NewServer(newFixture(t).middleware(t, middleware.Config{OnError: handler}).Require()(next))
			defer server.Close()
			resp, err := http.Get(server.URL)
			check(t, err)
			defer resp.Body.Close()
			if resp.StatusCode != 401 || next.runs != 0 {
				t.Errorf("status %d, the handler ran %d times", resp.StatusCode, next.runs)
			}
		})
	}
}

func TestErrorHandler_MayAbort(t *testing.T) {
	m := newFixture(t).middleware(t, middleware.Config{OnError: func(http.ResponseWriter, *http.Request, middleware.Refusal) { panic(http.ErrAbortHandler) }})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v, want http.ErrAbortHandler", v)
		}
	}()
	serve(m.Require()(&caller{}), request())
}
