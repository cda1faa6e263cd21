package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
	"example.com/machineauth/tokens/issuer/boltstore"
	"github.com/google/go-cmp/cmp"
)

// world is the issuer and both of its clients.
type world struct {
	t       *testing.T
	iss     *issuer.Issuer
	url     string
	secret  string
	npm     *npmClient
	service *service
	report  *report
	ahead   atomic.Int64 // how far the issuer's clock is ahead
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, secret: issuer.NewSecretKey().Reveal(), report: newReport(t)}
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "issuer.db"), w.now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.url = "http://" + ln.Addr().String()
	key, pem := newKey(t, "ins_first")
	w.iss, err = issuer.New(issuer.Config{
		Issuer: w.url, SecretKeys: []tokens.Secret{tokens.NewSecret(w.secret)}, Store: store, Development: true,
		Keys: []issuer.SigningKey{{Key: key}}, KeyOverlap: time.Second, Now: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- w.iss.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	w.npm = startNPMClient(t, w.url, pem, w.secret)
	w.service = startService(t, w.url, w.secret)
	return w
}

// newKey returns a signing key, and its public half as the PEM that the npm client takes for jwtKey.
func newKey(t *testing.T, id string) (*jwk.PrivateKey, string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	key, err := jwk.NewPrivateKey(id, jwk.RS256, private)
	if err != nil {
		t.Fatal(err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// machine is one that both clients can be.
type machine struct {
	ID        string
	secretKey string
	client    *tokens.Client
}

func (m machine) options() options { return options{MachineSecretKey: m.secretKey} }

// machine has the npm client make a machine that may call others, and Go look at it.
func (w *world) machine(name string, scopes ...string) machine {
	w.t.Helper()
	made := w.must(options{}, "machines.create", map[string]any{"name": name, "scopedMachines": scopes, "defaultTokenTtl": 600})
	status, text := w.raw("GET", "/v1/machines/"+made.ID, w.secret, nil)
	var seen struct {
		ID, Name string
		Scoped   []struct{ ID string } `json:"scoped_machines"`
	}
	if err := json.Unmarshal(text, &seen); err != nil {
		w.t.Fatalf("get a machine: %d %v", status, err)
	}
	diff := cmp.Diff(made.ID+" "+name, seen.ID+" "+seen.Name)
	for _, id := range scopes {
		if !slices.Contains(seen.Scoped, struct{ ID string }{id}) {
			diff += "\na scope is missing"
		}
	}
	w.report.row("machines.create", made.ID, seen.ID, diff)
	client, err := tokens.NewClient(tokens.ClientConfig{BaseURL: w.url, MachineSecretKey: tokens.NewSecret(made.SecretKey)})
	if err != nil {
		w.t.Fatal(err)
	}
	return machine{made.ID, made.SecretKey, client}
}

// resource is what the npm client makes of an answer; the names are the npm client's.
type resource struct {
	ID, Subject, ClientID, ClientSecret, Secret, SecretKey, Token string
	Scopes                                                        any // a list of tokens, a string of applications
	Claims                                                        map[string]any
	Revoked                                                       bool
	RevocationReason                                              *string
	Expiration                                                    *int64
}

// judgement is what the npm client says of a token that it verified.
func (r resource) judgement(t tokens.Type, expires int64) judgement {
	j := judgement{Accepted: true, Type: string(t), ID: r.ID, Subject: r.Subject, Claims: r.Claims, Expires: expires}
	list, _ := r.Scopes.([]any)
	for _, one := range list {
		scope, _ := one.(string)
		j.Scopes = append(j.Scopes, scope)
	}
	return j
}

// must calls the npm client, which has to succeed.
func (w *world) must(o options, call string, args ...any) (r resource) {
	w.t.Helper()
	got := w.npm.call(o, call, args...)
	if got.Error != nil {
		w.t.Fatalf("%s: the npm client throws %+v", call, *got.Error)
	}
	if err := json.Unmarshal(got.Value, &r); err != nil {
		w.t.Fatalf("%s: %v", call, err)
	}
	return r
}

// list calls a method of the npm client that lists.
func (w *world) list(call string, o options, args any) ([]resource, int) {
	w.t.Helper()
	got := w.npm.call(o, call, args)
	var page struct {
		Data       []resource
		TotalCount int
	}
	if got.Error != nil || json.Unmarshal(got.Value, &page) != nil {
		w.t.Fatalf("%s: the npm client throws %+v", call, got.Error)
	}
	return page.Data, page.TotalCount
}

// raw calls the issuer from Go, without a client that thinks for itself.
func (w *world) raw(method, path, secretKey string, body map[string]any) (int, []byte) {
	w.t.Helper()
	var reader io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secretKey)
	r.Header.Set("Content-Type", "application/json")
	return w.send(r)
}

func (w *world) send(r *http.Request) (int, []byte) {
	w.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, text
}
