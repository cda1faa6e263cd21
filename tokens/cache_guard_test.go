package tokens_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// A token that comes again costs one look at its key, and no more: it was remembered.
func TestCache_Remembers(t *testing.T) {
	w := &world{key: edPrivateKey(t).Public()}
	v := newVerifier(t, func(cfg *tokens.Config) { cfg.Keys = w })
	raw := mint(tokens.TypeSession)
	for i := range 3 {
		token, err := verify(v, raw)
		expect(t, token, err, "")
		if w.asked != i+1 {
			t.Errorf("token %d: the source was asked %d times in all, want %d", i, w.asked, i+1)
		}
	}
}

// An error of the source counts, also where a key comes with it.
func TestCache_AKeyWithAnErrorIsNone(t *testing.T) {
	w := &world{key: edPrivateKey(t).Public()}
	v := newVerifier(t, func(cfg *tokens.Config) { cfg.Keys = w })
	raw := mint(tokens.TypeSession)
	token, err := verify(v, raw)
	expect(t, token, err, "")
	w.err = jwk.ErrUnavailable
	token, err = verify(v, raw)
	expect(t, token, err, tokens.ErrKeysUnavailable)
}

// What is remembered of good tokens' headers is bounded, in entries and in bytes, however many an issuer writes.
func TestHeaderMemo_IsBounded(t *testing.T) {
	for name, test := range map[string]struct{ headers, bytes int }{"many": {3000, 600}, "large": {30, 300 << 10}} {
		v := newVerifier(t, func(cfg *tokens.Config) { cfg.DisableCache, cfg.MaxTokenBytes = true, 1<<20 })
		before := heap()
		for i := range test.headers {
			header := kinds[tokens.TypeSession].header.with("x", fmt.Sprintf(`"%d%s"`, i, strings.Repeat("x", test.bytes)))
			token, err := verify(v, sign(header.String(), kinds[tokens.TypeSession].payload.String()))
			expect(t, token, err, "")
		}
		if grown := heap() - before; grown > 1<<20 {
			t.Errorf("%s: %d headers of %d bytes left %d bytes in memory", name, test.headers, test.bytes, grown)
		}
		runtime.KeepAlive(v)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
