package tokens_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
)

// TestRefusalsAreCheap: whatever a token of 16 KiB says, to refuse it allocates at most 64 KiB. None of these is signed.
func TestRefusalsAreCheap(t *testing.T) {
	const size = 16 << 10
	fill := func(format string, separator string) string {
		var b strings.Builder
		for i := 0; b.Len() < size*3/4-200; i++ {
			fmt.Fprintf(&b, format+separator, i)
		}
		return strings.TrimSuffix(b.String(), separator)
	}
	header := `{"alg":"EdDSA","kid":"ins_ed"}`
	bodies := map[string]string{
		"members":                 "{" + fill(`"%d":0`, ",") + `,"sub":"u"}`,
		"members with long names": "{" + fill(`"%040d":0`, ",") + `,"sub":"u"}`,
		"escaped members":         "{" + fill(`"\u0061%d":0`, ",") + `,"sub":"u"}`,
		"200 members":             "{" + members200() + `,"sub":"u","x":"` + strings.Repeat("x", size*3/4-4200) + `"}`,
		"one long name":           `{"` + strings.Repeat("x", size*3/4-100) + `":0,"sub":"u"}`,
		"one long escaped name":   `{"` + strings.Repeat(`\u0061`, (size*3/4-100)/6) + `":0,"sub":"u"}`,
		"one long string":         `{"sub":"` + strings.Repeat("x", size*3/4-100) + `"}`,
		"one long escaped sub":    `{"sub":"` + strings.Repeat(`\u0061`, (size*3/4-100)/6) + `"}`,
		"a long array":            `{"sub":"u","x":[` + fill("%d", ",") + "]}",
		"deep arrays":             `{"sub":"u","x":` + strings.Repeat("[", 6000) + strings.Repeat("]", 6000) + "}",
		"many objects":            `{"sub":"u","x":[` + fill("{}", ",")[:1000] + "]}",
	}
	cases := map[string]string{
		"no JSON":   encode(header) + "." + strings.Repeat("A", size-200) + ".AAAA",
		"dots":      strings.Repeat(".", size),
		"opaque":    "mt_" + strings.Repeat("a", size-10),
		"too long":  strings.Repeat("a", 1<<20),
		"signature": encode(header) + "." + encode(`{"sub":"u"}`) + "." + strings.Repeat("A", size*15/16),
	}
	for name, body := range bodies {
		cases["payload: "+name] = encode(header) + "." + encode(body) + ".AAAA"
		cases["header: "+name] = encode(body) + "." + encode(`{"sub":"u"}`) + ".AAAA"
	}
	v := newVerifier(t)
	for name, raw := range cases {
		if len(raw) > size && name != "too long" {
			t.Fatalf("%s: the token has %d bytes, which nobody reads", name, len(raw))
		}
		least := uint64(math.MaxUint64) // of several: pools are emptied now and then, under the race detector at random
		for range 20 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			token, err := verify(v, raw)
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Fatalf("%s: accepted as %v", name, token)
			}
			least = min(least, after.TotalAlloc-before.TotalAlloc)
		}
		if least > 64<<10 {
			t.Errorf("%s: a refusal allocates %d bytes", name, least)
		}
	}
}

func members200() string {
	var list []string
	for i := range 195 {
		list = append(list, fmt.Sprintf(`"%d":0`, i))
	}
	return strings.Join(list, ",")
}
