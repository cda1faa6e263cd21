package boltstore_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
	"example.com/machineauth/tokens/issuer/boltstore"
)

// The arguments with which this test binary is the issuer that gets killed.
const serveArg = "serve-issuer"

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == serveArg {
		if err := serveIssuer(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveIssuer serves an issuer on the store at path, and prints its URL.
func serveIssuer(path, secretKey string) error {
	store, err := boltstore.Open(path, nil)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	url := "http://" + ln.Addr().String()
	iss, err := issuer.New(issuer.Config{
		Issuer: url, SecretKeys: []tokens.Secret{tokens.NewSecret(secretKey)}, Store: store, Development: true,
	})
	if err != nil {
		return err
	}
	fmt.Println(url)
	return iss.Serve(context.Background(), ln)
}

// process is a running issuer.
type process struct {
	cmd *exec.Cmd
	url string
}

func start(t *testing.T, path, secretKey string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], serveArg, path, secretKey)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd}
	t.Cleanup(p.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the issuer didn't start: %v", err)
	}
	p.url = strings.TrimSpace(line)
	return p
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

var client = &http.Client{Timeout: 10 * time.Second}

// post returns the status, and 0 where there was no complete answer.
func (p *process) post(path, secret string, body, dst any) int {
	text, err := json.Marshal(body)
	if err != nil {
		return 0
	}
	r, err := http.NewRequest(http.MethodPost, p.url+path, bytes.NewReader(text))
	if err != nil {
		return 0
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(dst); err != nil {
		return 0
	}
	return resp.StatusCode
}

// token is one whose creation was acknowledged.
type token struct {
	ID, Token    string
	revoke, gone bool   // the revocation was asked for; was acknowledged
	SecretKey    string `json:"secret_key"`
}

const (
	rounds  = 20
	changes = 10_000 // creates and revokes, acknowledged, in all rounds
)

// TestKill kills an issuer with SIGKILL in the midst of creates and revokes, again and again. What it has acknowledged
// must be there when it is back.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issuer.db")
	secretKey := issuer.NewSecretKey().Reveal()
	p := start(t, path, secretKey)
	var machine token
	if status := p.post("/v1/machines", secretKey, map[string]string{"name": "cron"}, &machine); status != http.StatusOK {
		t.Fatalf("create a machine: %d", status)
	}
	var all []*token
	var total int
	for round := range rounds {
		made, acknowledged := change(p, machine.SecretKey, changes/rounds-50+rand.IntN(100))
		total += acknowledged
		p.kill()
		p = start(t, path, secretKey)
		all = append(all, made...)
		check(t, p, secretKey, made)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	p.kill()
	store := open(t, path, nil)
	for _, one := range all {
		r, err := store.Get(context.Background(), issuer.KindM2MToken, one.ID)
		if err != nil {
			t.Fatalf("a token that was acknowledged: %v", err)
		}
		var data struct{ Revoked bool }
		if err := json.Unmarshal(r.Data, &data); err != nil || data.Revoked && !one.revoke || !data.Revoked && one.gone {
			t.Fatalf("revoked: %v; asked for: %v, acknowledged: %v (%v)", data.Revoked, one.revoke, one.gone, err)
		}
	}
	t.Logf("killed %d times; %d changes acknowledged, %d of them tokens", rounds, total, len(all))
	if total < changes*9/10 {
		t.Errorf("only %d changes", total)
	}
}

// change creates and revokes tokens until so many changes have been acknowledged, and kills the issuer while others are
// under way.
func change(p *process, machineKey string, until int) (made []*token, acknowledged int) {
	var mu sync.Mutex
	var count atomic.Int64
	done := func(one *token) {
		if one != nil {
			mu.Lock()
			made = append(made, one)
			mu.Unlock()
		}
		if count.Add(1) == int64(until) {
			_ = p.cmd.Process.Kill()
		}
	}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for n := 0; ; n++ {
				one := new(token)
				if p.post("/m2m_tokens", machineKey, struct{}{}, one) != http.StatusOK {
					return
				}
				done(one)
				if n%2 == 0 {
					continue
				}
				one.revoke = true
				if p.post("/m2m_tokens/"+one.ID+"/revoke", machineKey, struct{}{}, new(token)) != http.StatusOK {
					return
				}
				one.gone = true
				done(nil)
			}
		})
	}
	workers.Wait()
	return made, int(count.Load())
}

// check sees that the issuer knows what it has acknowledged.
func check(t *testing.T, p *process, secretKey string, made []*token) {
	t.Helper()
	for _, one := range made {
		status := p.post("/m2m_tokens/verify", secretKey, map[string]string{"token": one.Token}, new(token))
		switch {
		case one.gone && status != http.StatusNotFound:
			t.Errorf("a token whose revocation was acknowledged: %d", status)
		case !one.revoke && status != http.StatusOK:
			t.Errorf("a token whose creation was acknowledged: %d", status)
		case status != http.StatusOK && status != http.StatusNotFound:
			t.Errorf("status %d", status)
		}
	}
}
