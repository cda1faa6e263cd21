package attacks

import (
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// isRemembered reports whether a service answers a token from its cache: that costs it a fraction of the allocations.
func isRemembered(t *testing.T, w *world, v *tokens.Verifier, raw string, accept ...tokens.Type) bool {
	t.Helper()
	cold := must(tokens.NewVerifier(tokens.Config{Keys: must(jwk.FromJWKS(setOf(keysOfA(t)...))), DisableCache: true, Now: w.now}))
	verify := func(v *tokens.Verifier) func() {
		return func() {
			if _, err := v.Verify(t.Context(), raw, accept...); err != nil {
				t.Error(err)
			}
		}
	}
	return testing.AllocsPerRun(50, verify(v)) < testing.AllocsPerRun(50, verify(cold))/2
}

// captured has a setup hand out the verifier of its tenant A, with and without revocations.
func captured(configs *[]tokens.Config) setup {
	return setup{cached: true, tokens: func(cfg *tokens.Config) { *configs = append(*configs, *cfg) }}
}

func TestX01_CachedThenExpired(t *testing.T) {
	eachCache(t, func(t *testing.T, cached bool) {
		w, _ := good(t)
		in := bearer("/m2m", w.token(w.mint.rows["P02"].Token.set("exp", `{"$now": 100}`)))
		service := w.service(setup{cached: cached})
		expectGood(t, service.send(in))
		w.pass(99 * time.Second)
		expectGood(t, service.send(in))
		w.pass(5 * time.Second) // exp - now is -4 s
		expectGood(t, service.send(in))
		w.pass(time.Second) // the skew is over
		expectInvalid(t, service.send(in))
		if err := w.seen.lastError(); !errors.Is(err, tokens.ErrExpired) {
			t.Errorf("refused because of %v", err)
		}
	})
}

func TestX02_CachedThenRevoked(t *testing.T) {
	eachCache(t, func(t *testing.T, cached bool) {
		w, in := good(t)
		list := &tokens.RevocationList{Now: w.now}
		service := w.service(setup{cached: cached, tokens: func(cfg *tokens.Config) { cfg.Revocations = list }})
		expectGood(t, service.send(in))
		expectGood(t, service.send(in))
		check(t, list.RevokeToken(issuerA, "mt_j1", w.now().Add(time.Hour)))
		for range 2 {
			expectInvalid(t, service.send(in))
		}
		if err := w.seen.lastError(); !errors.Is(err, tokens.ErrRevoked) {
			t.Errorf("refused because of %v", err)
		}
	})
}

func TestX03_CachedElsewhere(t *testing.T) {
	eachCache(t, func(t *testing.T, cached bool) {
		w, in := good(t)
		raw := strings.TrimPrefix(in.headers[0][1], "Bearer ")
		service := w.service(setup{cached: cached})
		for range 2 {
			expectGood(t, service.send(in))
			expectInvalid(t, service.send(bearer("/b/m2m", raw))) // another tenant
			expectInvalid(t, service.send(bearer("/session", raw)))
			expectRefused(t, service.send(bearer("/any-perm", raw)), http.StatusForbidden, "Bearer", "insufficient_scope")
			expectGood(t, service.send(bearer("/any", raw)))
		}
		elsewhere := w.service(setup{cached: cached, tokens: func(cfg *tokens.Config) { cfg.Machine = "mch_elsewhere" }})
		expectInvalid(t, elsewhere.send(in))

		// The same keys and the same process, but another audience.
		oauth := bearer("/oauth", w.token(w.mint.rows["P03"].Token))
		expectGood(t, service.send(oauth))
		elsewhere = w.service(setup{cached: cached, tokens: func(cfg *tokens.Config) { cfg.Audience = []string{"https://elsewhere.example"} }})
		expectInvalid(t, elsewhere.send(oauth))
	})
}

func TestX04_HandlerMutates(t *testing.T) {
	eachCache(t, func(t *testing.T, cached bool) {
		w, _ := good(t)
		in := bearer("/m2m", w.token(w.mint.rows["P02"].Token.set("list", `["a", "b"]`)))
		service := w.service(setup{cached: cached})
		service.reached.then = func(_ http.ResponseWriter, r *http.Request) {
			caller, ok := authobj.As[*authobj.M2M](r.Context())
			var claims struct {
				List []string `json:"list"`
			}
			if err := caller.Claims(&claims); err != nil || !ok {
				t.Errorf("%v, %v", ok, err)
			}
			if caller.MachineID != "mch_1" || !slices.Equal(caller.Scopes, []string{"read:items"}) || !slices.Equal(claims.List, []string{"a", "b"}) {
				t.Errorf("what another request's handler did is seen: %s %q %q", caller.MachineID, caller.Scopes, claims.List)
				return
			}
			caller.MachineID, caller.Scopes[0], claims.List[0] = "mch_evil", "write:everything", "x"
		}
		for range 3 {
			expectGood(t, service.send(in))
		}
	})

	// Who calls the Verifier himself gets a token of his own, too.
	w, in := good(t)
	var configs []tokens.Config
	w.service(captured(&configs))
	verifier := must(tokens.NewVerifier(configs[0]))
	for range 3 {
		token := must(verifier.Verify(t.Context(), strings.TrimPrefix(in.headers[0][1], "Bearer "), tokens.TypeM2M)).(*tokens.M2MToken)
		if token.Subject != "mch_1" || !slices.Equal(token.Scopes, []string{"read:items"}) {
			t.Errorf("what was done to another verification's token is seen: %s %q", token.Subject, token.Scopes)
		}
		token.Subject, token.Scopes[0] = "mch_evil", "write:everything"
	}
}

// TestX05_Flood: tokens that are refused take no room, and push nobody out. Each is distinct; most fail at the length of
// their signature, one in ten by its computation.
func TestX05_Flood(t *testing.T) {
	w, in := good(t)
	raw := strings.TrimPrefix(in.headers[0][1], "Bearer ")
	var configs []tokens.Config
	w.service(captured(&configs))
	verifier := must(tokens.NewVerifier(configs[0]))
	accept := func(raw string) error {
		_, err := verifier.Verify(t.Context(), raw, tokens.TypeM2M)
		return err
	}
	check(t, accept(raw))
	check(t, accept(raw))
	if !isRemembered(t, w, verifier, raw, tokens.TypeM2M) {
		t.Fatal("a good token is not remembered at all")
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	input, signature := raw[:strings.LastIndexByte(raw, '.')+1], decode(raw[strings.LastIndexByte(raw, '.')+1:])
	before := heap()
	for i := range 100_000 {
		signature[0], signature[1], signature[2] = byte(i), byte(i>>8), byte(i>>16)
		forged := signature
		if i%10 != 0 {
			forged = signature[:100]
		}
		if err := accept(input + encode(forged)); !errors.Is(err, tokens.ErrSignature) {
			t.Fatalf("a malleated token: %v", err)
		}
	}
	if grown := int64(heap()) - int64(before); grown > 4<<20 {
		t.Errorf("100,000 refused tokens took %d KiB that they still hold", grown>>10)
	}
	if !isRemembered(t, w, verifier, raw, tokens.TypeM2M) {
		t.Error("refused tokens pushed a good one out of the cache")
	}
}

func TestX06_OutageIsNotRemembered(t *testing.T) {
	eachCache(t, func(t *testing.T, cached bool) {
		w, in := good(t)
		service := w.service(setup{cached: cached})
		w.a.answer(says(http.StatusInternalServerError, ""))
		expectUnavailable(t, service.send(in))
		w.a.serve(keysOfA(t)...)
		w.pass(2 * time.Second)
		expectGood(t, service.send(in))

		// An opaque token's backend fails once.
		down := true
		service = w.service(setup{cached: cached, tokens: func(cfg *tokens.Config) { cfg.Opaque = sometimes{w.backend, &down} }})
		opaque := bearer("/m2m", "mt_good")
		expectUnavailable(t, service.send(opaque))
		down = false
		expectGood(t, service.send(opaque))
	})
}
