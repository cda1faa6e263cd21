package tokens_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// world is all that a remembered token depends on, and that a test can change behind the Verifier's back.
type world struct {
	now     time.Time
	key     *jwk.Key
	err     error // of the source of keys
	revoked bool
	asked   int // how often the source was asked
}

func (w *world) Key(context.Context, string) (*jwk.Key, error) {
	w.asked++
	return w.key, w.err
}

func (w *world) Revoked(context.Context, tokens.Token) (bool, error) { return w.revoked, nil }

// TestCache_AHitIsNeverMorePermissive: a token is accepted and remembered, the world changes, and the remembered token is
// refused as one never seen would be.
func TestCache_AHitIsNeverMorePermissive(t *testing.T) {
	trusted := edPrivateKey(t).Public()
	other, err := jwk.NewKey(edKeyID, jwk.EdDSA, edKey.Public()) // equal, but another key of the source's
	if err != nil {
		t.Fatal(err)
	}
	session := mint(tokens.TypeSession, "jti", `"1"`, "nbf", "1799999990", "iat", "1799999980")
	tests := []struct {
		name   string
		change func(*world)
		accept []tokens.Type
		want   tokens.Code
	}{
		{"nothing changes", func(*world) {}, nil, ""},
		{"V6 a second before it expires", func(w *world) { w.now = now.Add(64 * time.Second) }, nil, ""},
		{"V6 it expires", func(w *world) { w.now = now.Add(65 * time.Second) }, nil, tokens.ErrExpired},
		{"V6 the clock is set back before nbf", func(w *world) { w.now = now.Add(-16 * time.Second) }, nil, tokens.ErrNotYetValid},
		{"K4 its key leaves the set", func(w *world) { w.key, w.err = nil, jwk.ErrUnknownKey }, nil, tokens.ErrUnknownKey},
		{"K3 the keys are out of reach", func(w *world) { w.key, w.err = nil, jwk.ErrUnavailable }, nil, tokens.ErrKeysUnavailable},
		{"its kid becomes another key's", func(w *world) { w.key = otherKey(t) }, nil, tokens.ErrSignature},
		{"its key becomes an equal one", func(w *world) { w.key = other }, nil, ""},
		{"X2 it is revoked", func(w *world) { w.revoked = true }, nil, tokens.ErrRevoked},
		{"C7 another type is asked for", func(*world) {}, []tokens.Type{tokens.TypeM2M}, tokens.ErrTypeMismatch},
	}
	for _, test := range tests {
		for _, disabled := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, cache disabled: %v", test.name, disabled), func(t *testing.T) {
				w := &world{now: now, key: trusted}
				v := newVerifier(t, func(cfg *tokens.Config) {
					cfg.Keys, cfg.Revocations, cfg.Now, cfg.DisableCache = w, w, func() time.Time { return w.now }, disabled
				})
				token, err := verify(v, session)
				expect(t, token, err, "")
				test.change(w)
				token, err = v.Verify(t.Context(), session, test.accept...)
				expect(t, token, err, test.want)
			})
		}
	}
}

func otherKey(t *testing.T) *jwk.Key {
	t.Helper()
	seed := *(*[32]byte)([]byte("machineauth: another seed, of 32"))
	key, err := jwk.NewPrivateKey(edKeyID, jwk.EdDSA, ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	return key.Public()
}

// TestCache_RemembersOnlyWhatWasGood: a refused token is judged anew each time.
func TestCache_RemembersOnlyWhatWasGood(t *testing.T) {
	w := &world{now: now, err: jwk.ErrUnavailable}
	v := newVerifier(t, func(cfg *tokens.Config) { cfg.Keys, cfg.Now = w, func() time.Time { return w.now } })
	session := mint(tokens.TypeSession)
	token, err := verify(v, session)
	expect(t, token, err, tokens.ErrKeysUnavailable)
	w.key, w.err = edPrivateKey(t).Public(), nil
	token, err = verify(v, session)
	expect(t, token, err, "")
	for _, segment := range []int{0, 1, 2} { // what was remembered is this token, not another like it
		if token, err := verify(v, flip(session, segment)); err == nil {
			t.Errorf("segment %d changed: accepted as %v", segment, token)
		}
	}
}

func TestCache_EachCallerGetsHisOwn(t *testing.T) {
	v := newVerifier(t)
	raw := mint(tokens.TypeSession, "aud", `["a"]`, "org_id", `"org_1"`, "org_permissions", `["org:a:b"]`, "act", `{"sub":"user_2"}`)
	want, err := verify(v, raw)
	expect(t, want, err, "")
	vandal, err := verify(v, raw)
	expect(t, vandal, err, "")
	s := vandal.(*tokens.SessionToken)
	s.Subject, s.OrgPermissions[0], s.Audience[0], s.Actor.Subject = "user_3", "x", "x", "x"
	got, err := verify(v, raw)
	expect(t, got, err, "")
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(tokens.Meta{})); diff != "" {
		t.Errorf("what one caller changed, another sees:\n%s", diff)
	}
}

// TestCache_BelongsToOneVerifier: another Verifier, of another audience, judges by itself.
func TestCache_BelongsToOneVerifier(t *testing.T) {
	raw := mint(tokens.TypeOAuth, "aud", `"a"`)
	a := newVerifier(t, func(cfg *tokens.Config) { cfg.Audience = []string{"a"} })
	b := newVerifier(t, func(cfg *tokens.Config) { cfg.Audience = []string{"b"} })
	for range 2 {
		token, err := verify(a, raw)
		expect(t, token, err, "")
		token, err = verify(b, raw)
		expect(t, token, err, tokens.ErrAudience)
	}
}

// remembered counts the tokens that v still remembers. The source of keys answers with an error: for a token that is
// remembered it is asked twice, for the hit and for the verification that follows, for any other once. As no verification
// succeeds, counting changes nothing.
func (w *world) remembered(t *testing.T, v *tokens.Verifier, list []string) int {
	t.Helper()
	w.key, w.err, w.asked = nil, jwk.ErrUnavailable, 0
	for _, raw := range list {
		if _, err := verify(v, raw); !errors.Is(err, tokens.ErrKeysUnavailable) {
			t.Fatalf("error %v", err)
		}
	}
	return w.asked - len(list)
}

// settled is remembered once the library has evicted what is too much, which it does in the background, on a busy machine some
// time later.
func (w *world) settled(t *testing.T, v *tokens.Verifier, list []string, most int) (got int) {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if got = w.remembered(t, v, list); got <= most || time.Since(begin) > 10*time.Second {
			return got
		}
	}
}

// series mints distinct tokens.
func series(name string, count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = mint(tokens.TypeM2M, name, strconv.Itoa(i))
	}
	return list
}

func TestCache_AFloodLeavesTheHotOnes(t *testing.T) {
	w := &world{now: now, key: edPrivateKey(t).Public()}
	v := newVerifier(t, func(cfg *tokens.Config) { cfg.Keys, cfg.CacheSize = w, 1000 })
	hot, flood := series("hot", 200), series("flood", 20_000)
	for i, raw := range flood {
		if i%100 == 0 { // the hot ones come 200 times as often
			for _, raw := range hot {
				if _, err := verify(v, raw); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := verify(v, raw); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.remembered(t, v, hot); got < 190 {
		t.Errorf("%d of 200 hot tokens are remembered after a flood of 20,000, want nearly all", got)
	}
}

func TestCache_IsBounded(t *testing.T) {
	for name, limit := range map[string]func(*tokens.Config){
		"by entries": func(cfg *tokens.Config) { cfg.CacheSize = 100 },
		"by bytes":   func(cfg *tokens.Config) { cfg.CacheBytes = 100 << 10 }, // an entry takes more than 600 bytes
		"disabled":   func(cfg *tokens.Config) { cfg.DisableCache = true },
	} {
		w := &world{now: now, key: edPrivateKey(t).Public()}
		v := newVerifier(t, limit, func(cfg *tokens.Config) { cfg.Keys = w })
		list := series("n", 2000)
		for _, raw := range list {
			if _, err := verify(v, raw); err != nil {
				t.Fatal(err)
			}
		}
		got := w.settled(t, v, list, 170)
		if got > 170 || (got == 0) != (name == "disabled") {
			t.Errorf("%s: %d of 2,000 tokens are remembered", name, got)
		}
	}
}

// TestCache_CountsPermissions: a short claim unpacks to many permissions, which take memory too.
func TestCache_CountsPermissions(t *testing.T) {
	w := &world{now: now, key: edPrivateKey(t).Public()}
	v := newVerifier(t, func(cfg *tokens.Config) { cfg.Keys, cfg.CacheBytes = w, 1<<20 })
	names := strings.TrimSuffix(strings.Repeat("permission,", 60), ",")
	all := fmt.Sprint(uint64(1)<<60 - 1)
	var list []string
	for i := range 500 {
		list = append(list, mint(tokens.TypeSession, "sid", fmt.Sprintf(`"%d"`, i), "v", "2", "fea", `"o:a,o:b,o:c,o:d,o:e,o:f"`,
			"o", fmt.Sprintf(`{"id":"org_1","per":%q,"fpm":%q}`, names, strings.Join([]string{all, all, all, all, all, all}, ","))))
	}
	for _, raw := range list {
		token, err := verify(v, raw)
		expect(t, token, err, "")
	}
	if got := w.settled(t, v, list, 80); got < 10 || got > 80 { // 360 permissions take 14 KiB
		t.Errorf("%d of 500 tokens are remembered in 1 MiB", got)
	}
}

// A token is remembered by all of its bytes, also one too long for the short way to its hash.
func TestCache_LongTokens(t *testing.T) {
	w := &world{now: now, key: edPrivateKey(t).Public()}
	v := newVerifier(t, func(cfg *tokens.Config) { cfg.Keys = w })
	var list []string
	for _, length := range []int{0, 1200, 2000, 6000} {
		for _, last := range []string{"a", "b"} {
			list = append(list, mint(tokens.TypeM2M, "x", `"`+strings.Repeat("x", length)+last+`"`))
		}
	}
	for i, raw := range list {
		token, err := verify(v, raw)
		expect(t, token, err, "")
		if altered := raw[:len(raw)-1]; i > 0 {
			if token, err := verify(v, altered); err == nil {
				t.Errorf("accepted without its last byte: %v", token)
			}
		}
	}
	if got := w.remembered(t, v, list); got != len(list) {
		t.Errorf("%d of %d tokens are remembered", got, len(list))
	}
}

func TestCache_Concurrently(t *testing.T) {
	v := newVerifier(t, func(cfg *tokens.Config) { cfg.CacheSize = 50 })
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 500 {
				machine := fmt.Sprintf("mch_%d", (i*7+worker)%100)
				token, err := verify(v, mint(tokens.TypeM2M, "sub", `"`+machine+`"`))
				if err != nil || token.(*tokens.M2MToken).Subject != machine {
					t.Errorf("%s: %v, %v", machine, token, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkCache_Memory reports what 100,000 remembered sessions take, in bytes for each and MiB for all.
func BenchmarkCache_Memory(b *testing.B) {
	const count = 100_000
	claims := strings.Repeat("x", 400)
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for b.Loop() {
		v := newVerifier(b, func(cfg *tokens.Config) { cfg.CacheSize = count })
		before := heap()
		for i := range count {
			if _, err := verify(v, mint(tokens.TypeSession, "sid", fmt.Sprintf(`"%d"`, i), "x", `"`+claims+`"`)); err != nil {
				b.Fatal(err)
			}
		}
		used := heap() - before
		b.ReportMetric(used/(1<<20), "MiB")
		runtime.KeepAlive(v)
	}
}
