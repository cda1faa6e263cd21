package attacks

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
	"example.com/machineauth/tokens/outbound"
)

// silent are the exported types that hold nothing that must not be seen, each with what it is.
var silent = map[string]string{
	"jwk.Algorithm": "a name", "jwk.Code": "a name", "jwk.Error": "a code and a fixed text", "jwk.Key": "a public key", "jwk.Static": "public keys",
	"jwk.Report": "counts and reasons", "jwk.Note": "a kid and a reason", "jwk.Source": "an interface",
	"tokens.Type": "a name", "tokens.Format": "a name", "tokens.Code": "a name", "tokens.Class": "two names", "tokens.AuthMethod": "a name",
	"tokens.Error": "a code, a type and a fixed text", "tokens.Conventions": "prefixes", "tokens.Categories": "names", "tokens.Confirmation": "thumbprints of public keys",
	"tokens.Entitlement": "a name", "tokens.FactorAge": "a duration", "tokens.Actor": "who acts: no credential",
	"tokens.Token": "an interface", "tokens.OpaqueVerifier": "an interface", "tokens.OpaqueVerifierFunc": "a function", "tokens.Revocations": "an interface",
	"tokens.ReplayStore": "an interface", "tokens.ReplayMemory": "hashes", "tokens.RevocationList": "IDs and times",
	"tokens.CreateM2MParams": "what a token is to say: not the token", "tokens.SessionParams": "as above", "tokens.M2MParams": "as above", "tokens.OAuthParams": "as above",
	"tokens.ListM2MParams": "a question", "tokens.M2MRecord": "a token without its text", "tokens.M2MList": "as above",
	"issuer.Code": "a name", "issuer.Error": "a code and a fixed text", "issuer.Kind": "a name", "issuer.Store": "an interface", "issuer.Hash": "a hash",
	"issuer.StoredSecret": "a hash", "issuer.Record": "hashes, and what the issuer knows of a token",
	"outbound.Code": "a name", "outbound.Error": "a code and its cause", "outbound.Minter": "a function",
	"authobj.Auth": "an interface", "authobj.Object": "an interface", "authobj.Check": "a function", "authobj.Denied": "what a route asks for", "authobj.Code": "a name", "authobj.Level": "a name",
	"middleware.ErrorHandler": "a function", "middleware.BindingMode": "a number", "middleware.Carrier": "a name", "middleware.Code": "a name", "middleware.Error": "a code and a fixed text",
	"middleware.Policy": "what a route asks for",
}

// outOfReach are the types that fmt shows in somebody's unexported field, where it asks no method, each with the reason why
// nothing can be done about it.
var outOfReach = map[string]string{"jwk.RemoteConfig": "its Header is an http.Header, for all to fill in; its documentation says so"}

const canary = "sk_canary_0123456789abcdefghijklmn"

// samples has, for each of the other types, values that hold secrets, in every way that a program might hold them.
func samples(t *testing.T) (values map[string][]any, secrets [][]byte) {
	t.Helper()
	secret := tokens.NewSecret(canary)
	secrets = append(secrets, []byte(canary))
	var private []*jwk.PrivateKey
	for _, name := range []string{"K1", "E1", "D1"} {
		key := keyNamed(t, name)
		private = append(private, must(jwk.NewPrivateKey("ins_"+name, "", key)))
		switch key := key.(type) {
		case *rsa.PrivateKey:
			secrets = append(secrets, key.D.Bytes(), key.Primes[0].Bytes(), []byte(key.D.String()))
		case *ecdsa.PrivateKey:
			d := must(key.Bytes())
			secrets = append(secrets, d)
		case ed25519.PrivateKey:
			secrets = append(secrets, key.Seed())
		}
	}
	signerConfig := tokens.SignerConfig{Key: private[2], Issuer: issuerA}
	signer := must(tokens.NewSigner(signerConfig))
	static := must(jwk.NewStatic(private[2].Public()))
	remoteConfig := jwk.RemoteConfig{URL: "https://keys.example/?" + canary, Header: http.Header{"Authorization": {canary}}}
	remote := must(jwk.NewRemote(remoteConfig))
	t.Cleanup(func() { remote.Close() })
	clientConfig := tokens.ClientConfig{SecretKey: secret, MachineSecretKey: secret}
	client := must(tokens.NewClient(clientConfig))
	introspectorConfig := tokens.IntrospectorConfig{URL: "https://as.example/introspect", ClientID: "me", ClientSecret: secret}
	introspector := must(tokens.NewIntrospector(introspectorConfig))
	dpopConfig := tokens.DPoPConfig{NonceSecret: secret}
	dpop := must(tokens.NewDPoP(dpopConfig))
	config := tokens.Config{Keys: static, Opaque: client}

	// A verifier that remembers one token of each type, and what becomes of them.
	raw := map[tokens.Type]string{
		tokens.TypeSession: must(signer.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Hour})),
		tokens.TypeM2M:     must(signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Hour})),
		tokens.TypeOAuth:   must(signer.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "cl_1", TTL: time.Hour})),
	}
	verifier := must(tokens.NewVerifier(config))
	verified := make(map[tokens.Type]tokens.Token)
	for kind, text := range raw {
		secrets = append(secrets, []byte(text), []byte(text[strings.LastIndexByte(text, '.')+1:]))
		verified[kind] = must(verifier.Verify(t.Context(), text, kind))
	}
	session, m2m, oauth := verified[tokens.TypeSession].(*tokens.SessionToken), verified[tokens.TypeM2M].(*tokens.M2MToken), verified[tokens.TypeOAuth].(*tokens.OAuthToken)
	key := &tokens.APIKey{Meta: tokens.Meta{Subject: "user_1"}}
	check(t, key.SetClaims([]byte(`{"custom":"`+canary+`"}`)))

	proof := must(tokens.SignProof(private[2], tokens.ProofParams{Method: "GET", URL: audience, Token: tokens.NewSecret(raw[tokens.TypeM2M])}))
	secrets = append(secrets, []byte(proof))
	proofOf := tokens.ProofOf{Method: "GET", URL: audience, Token: tokens.NewSecret(raw[tokens.TypeM2M]), JWKThumbprint: private[2].Public().Thumbprint()}
	_ = dpop.Verify(t.Context(), proof, proofOf) // without a nonce, which is told

	store := new(issuer.Memory)
	issuerConfig := issuer.Config{Issuer: "http://localhost:1", SecretKeys: []tokens.Secret{secret}, Keys: []issuer.SigningKey{{Key: private[0]}}, Store: store}
	iss := must(issuer.New(issuerConfig))
	sourceConfig := outbound.SourceConfig{Mint: func(context.Context) (tokens.Secret, time.Time, error) { return secret, time.Now().Add(time.Hour), nil }}
	source := must(outbound.NewSource(sourceConfig))
	if _, err := source.Token(); err != nil {
		t.Fatal(err)
	}
	binding := middleware.Binding{Mode: middleware.BindingAllowed, DPoP: dpop, BaseURL: audience}
	middlewareConfig := middleware.Config{Verifier: verifier, Binding: binding}
	m := must(middleware.New(middlewareConfig))
	_, unknown := verifier.Verify(t.Context(), raw[tokens.TypeM2M]+"A", tokens.AnyType()...)
	auth := authobj.New(session)
	return map[string][]any{
		"jwk.RemoteConfig": held(remoteConfig), "jwk.PrivateKey": append(append(held(*private[0]), held(*private[1])...), held(*private[2])...), "jwk.Remote": pointed(remote),
		"tokens.ClientConfig": held(clientConfig), "tokens.Client": pointed(client), "tokens.IntrospectorConfig": held(introspectorConfig), "tokens.Introspector": pointed(introspector),
		"tokens.Secret": held(secret), "tokens.CreatedM2M": held(tokens.CreatedM2M{Token: m2m, Text: secret}), "tokens.Config": held(config), "tokens.Verifier": pointed(verifier),
		"tokens.SignerConfig": held(signerConfig), "tokens.Signer": pointed(signer),
		"tokens.DPoPConfig": held(dpopConfig), "tokens.DPoP": pointed(dpop), "tokens.ProofOf": held(proofOf),
		"tokens.ProofParams":  held(tokens.ProofParams{Method: "GET", URL: audience, Token: secret}),
		"tokens.SessionToken": held(*session), "tokens.M2MToken": held(*m2m), "tokens.OAuthToken": held(*oauth), "tokens.APIKey": held(*key), "tokens.Meta": held(key.Meta),
		"issuer.Config": held(issuerConfig), "issuer.Issuer": pointed(iss), "issuer.SigningKey": held(issuerConfig.Keys[0]), "issuer.Memory": pointed(store),
		"outbound.SourceConfig": held(sourceConfig), "outbound.Source": pointed(source),
		"authobj.Session": held(*auth.(*authobj.Session)), "authobj.M2M": held(*authobj.New(m2m).(*authobj.M2M)), "authobj.OAuth": held(*authobj.New(oauth).(*authobj.OAuth)),
		"authobj.APIKey":    held(*authobj.New(key).(*authobj.APIKey)),
		"middleware.Config": held(middlewareConfig), "middleware.Middleware": pointed(m), "middleware.Binding": held(binding),
		"middleware.Decision": held(middleware.Decision{Auth: auth, Err: unknown}), "middleware.Refusal": held(middleware.Refusal{Err: unknown}),
	}, secrets
}

// held is a value by itself, by pointer, and inside of others' exported and unexported fields, maps and slices.
func held[T any](v T) []any {
	return append(pointed(&v), v, struct{ Field T }{v}, struct{ field T }{v}, struct{ field any }{v}, map[string]T{"x": v}, []T{v}, [1]any{v}, error(fmt.Errorf("with %v and %+v", v, &v)))
}

// pointed is held for what must not be copied.
func pointed[T any](p *T) []any {
	return []any{p, struct{ Field *T }{p}, struct{ field *T }{p}, &struct{ field *T }{p}, map[string]*T{"x": p}, []*T{p}}
}

// hidden reports whether v is a struct, or a pointer to one, with an unexported field named so above.
func hidden(v any) bool {
	r := reflect.Indirect(reflect.ValueOf(v))
	return r.Kind() == reflect.Struct && r.NumField() == 1 && r.Type().Field(0).Name == "field"
}

// TestL01_NoTypePrintsASecret prints every exported type in every format, and looks for the secrets that it holds, as they are
// and in the forms in which bytes are printed.
func TestL01_NoTypePrintsASecret(t *testing.T) {
	values, secrets := samples(t)
	printed := 0
	for _, name := range exportedTypes(t) {
		if _, ok := silent[name]; ok == (values[name] != nil) {
			t.Errorf("%s is a new type: give it a sample that holds secrets, or say what it holds", name)
			continue
		}
		for i, v := range values[name] {
			if outOfReach[name] != "" && hidden(v) {
				continue
			}
			for format, text := range prints(v) {
				printed++
				for _, secret := range secrets {
					if form := shows(text, secret); form != "" {
						t.Errorf("%s, held in way %d, printed as %s, shows a secret %s: %.300s", name, i, format, form, text)
					}
				}
			}
		}
	}
	t.Logf("%d types printed in %d ways", len(values), printed)
}

// prints prints a value in every format that there is.
func prints(v any) map[string]string {
	texts := make(map[string]string)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%t"} {
		texts[verb] = fmt.Sprintf(verb, v)
	}
	text, err := json.Marshal(v)
	texts["JSON"] = fmt.Sprint(string(text), err)
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "value", v, slog.Group("group", "value", v))
	}
	texts["slog"] = log.String()
	return texts
}

// shows says in which form a text has a secret: "" where it hasn't.
func shows(text string, secret []byte) string {
	decimal := strings.Trim(fmt.Sprint(secret), "[]")
	for form, s := range map[string]string{
		"as it is": string(secret), "in hexadecimal": hex.EncodeToString(secret), "in base64": base64.RawStdEncoding.EncodeToString(secret),
		"in base64url": base64.RawURLEncoding.EncodeToString(secret), "as bytes": decimal, "as bytes with commas": strings.ReplaceAll(decimal, " ", ", "),
		"in Go syntax": strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", secret), "[]byte{"), "}"),
	} {
		if strings.Contains(text, s) || form == "in hexadecimal" && strings.Contains(strings.ToLower(text), s) {
			return form
		}
	}
	return ""
}

// exportedTypes reads the sources of the public packages.
func exportedTypes(t *testing.T) (names []string) {
	t.Helper()
	for _, dir := range []string{"jwk", "tokens", "tokens/issuer", "tokens/outbound", "authobj", "middleware"} {
		files, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		check(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			check(t, err)
			for _, decl := range tree.Decls {
				general, ok := decl.(*ast.GenDecl)
				if !ok {
					continue
				}
				for _, spec := range general.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok && spec.Name.IsExported() {
						names = append(names, tree.Name.Name+"."+spec.Name.Name)
					}
				}
			}
		}
	}
	if len(names) < 60 {
		t.Fatalf("only %d types found: this test looks in the wrong place", len(names))
	}
	return names
}

// TestShows: what the search is to find, it finds.
func TestShows(t *testing.T) {
	for _, text := range []any{canary, []byte(canary), struct{ b []byte }{[]byte(canary)}} {
		found := 0
		for _, printed := range prints(text) {
			if shows(printed, []byte(canary)) != "" {
				found++
			}
		}
		if found < 6 {
			t.Errorf("%T is found in %d formats", text, found)
		}
	}
}
