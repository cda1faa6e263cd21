package attacks

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"slices"
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

// samples has, for each of the other types, values that hold secrets, in every place; and what the secrets look like in print.
func samples(t *testing.T) (values map[string][]place, needles []string) {
	t.Helper()
	secret := tokens.NewSecret(canary)
	needles = append(needles, forms([]byte(canary))...)
	var private []*jwk.PrivateKey
	for _, name := range []string{"K1", "E1", "D1"} {
		key := keyNamed(t, name)
		private = append(private, must(jwk.NewPrivateKey("ins_"+name, "", key)))
		switch key := key.(type) {
		case *rsa.PrivateKey:
			needles = append(append(needles, numberForms(key.D)...), numberForms(key.Primes[0])...)
		case *ecdsa.PrivateKey:
			needles = append(needles, forms(must(key.Bytes()))...)
		case ed25519.PrivateKey:
			needles = append(needles, forms(key.Seed())...)
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
		needles = append(append(needles, forms([]byte(text))...), forms([]byte(text[strings.LastIndexByte(text, '.')+1:]))...)
		verified[kind] = must(verifier.Verify(t.Context(), text, kind))
	}
	session, m2m, oauth := verified[tokens.TypeSession].(*tokens.SessionToken), verified[tokens.TypeM2M].(*tokens.M2MToken), verified[tokens.TypeOAuth].(*tokens.OAuthToken)
	key := &tokens.APIKey{Meta: tokens.Meta{Subject: "user_1"}}
	check(t, key.SetClaims([]byte(`{"custom":"`+canary+`"}`)))

	proof := must(tokens.SignProof(private[2], tokens.ProofParams{Method: "GET", URL: audience, Token: tokens.NewSecret(raw[tokens.TypeM2M])}))
	needles = append(needles, forms([]byte(proof))...)
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
	return map[string][]place{
		"jwk.RemoteConfig": places(remoteConfig), "jwk.PrivateKey": slices.Concat(places(*private[0]), places(*private[1]), places(*private[2])), "jwk.Remote": places(remote),
		"tokens.ClientConfig": places(clientConfig), "tokens.Client": places(client), "tokens.IntrospectorConfig": places(introspectorConfig), "tokens.Introspector": places(introspector),
		"tokens.Secret": places(secret), "tokens.CreatedM2M": places(tokens.CreatedM2M{Token: m2m, Text: secret}), "tokens.Config": places(config), "tokens.Verifier": places(verifier),
		"tokens.SignerConfig": places(signerConfig), "tokens.Signer": places(signer),
		"tokens.DPoPConfig": places(dpopConfig), "tokens.DPoP": places(dpop), "tokens.ProofOf": places(proofOf),
		"tokens.ProofParams":  places(tokens.ProofParams{Method: "GET", URL: audience, Token: secret}),
		"tokens.SessionToken": places(*session), "tokens.M2MToken": places(*m2m), "tokens.OAuthToken": places(*oauth), "tokens.APIKey": places(*key), "tokens.Meta": places(key.Meta),
		"issuer.Config": places(issuerConfig), "issuer.Issuer": places(iss), "issuer.SigningKey": places(issuerConfig.Keys[0]), "issuer.Memory": places(store),
		"outbound.SourceConfig": places(sourceConfig), "outbound.Source": places(source),
		"authobj.Session": places(*auth.(*authobj.Session)), "authobj.M2M": places(*authobj.New(m2m).(*authobj.M2M)), "authobj.OAuth": places(*authobj.New(oauth).(*authobj.OAuth)),
		"authobj.APIKey":    places(*authobj.New(key).(*authobj.APIKey)),
		"middleware.Config": places(middlewareConfig), "middleware.Middleware": places(m), "middleware.Binding": places(binding),
		"middleware.Decision": places(middleware.Decision{Auth: auth, Err: unknown}), "middleware.Refusal": places(middleware.Refusal{Err: unknown}),
	}, needles
}

// TestL01_NoTypePrintsASecret prints every exported type in every format, wherever a program may have it, and looks for the
// secrets that it holds.
func TestL01_NoTypePrintsASecret(t *testing.T) {
	values, needles := samples(t)
	printed := 0
	for _, name := range exportedTypes(t) {
		if _, ok := silent[name]; ok == (values[name] != nil) {
			t.Errorf("%s is a new type: give it a sample that holds secrets, or say what it holds", name)
			continue
		}
		for _, p := range values[name] {
			if p.hidden && outOfReach[name] != "" {
				continue
			}
			printed++
			if text := allFormats(p.value); firstOf(needles, text) != "" {
				t.Errorf("a %s %s shows %q: %.300s", name, p.name, firstOf(needles, text), text)
			}
		}
	}
	t.Logf("%d types printed in %d places, each in every format", len(values), printed)
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
