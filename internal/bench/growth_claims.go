package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/machineauth/jwk"
)

// claims measures sessions with 100 B to 8 KB of custom claims.
func (g *growth) claims(budget time.Duration) error {
	key, public, err := newKey(jwk.RS256)
	if err != nil {
		return err
	}
	jwks, err := jwk.MarshalJWKS(key.Public())
	if err != nil {
		return err
	}
	sizes := []int{100, 500, 1000, 2000, 4000, 8000}
	lengths := make([]int, len(sizes))
	var entries []entry
	for i, size := range sizes {
		token, err := session.mint(mint{key: key, issuer: issuer, aud: audience, party: party, at: time.Now(), claims: claimsOf(size)})
		if err != nil {
			return err
		}
		lengths[i] = len(token)
		w := &workload{id: id{jwk.RS256, session}, subject: user, token: token, public: public, jwks: jwks}
		raw, err := rawCheck(w)
		if err != nil {
			return err
		}
		entries = append(entries, entry{name: rawName, newOnce: func() func() bool { return raw }})
		for _, c := range []contender{cold, warm} {
			h, err := c.protect(w)
			if err != nil {
				return err
			}
			entries = append(entries, entry{name: c.name, newOnce: calling(h, token, http.StatusOK)})
		}
	}
	costs, err := compare(entries, 1, budget)
	if err != nil {
		return err
	}
	t := &table{title: "Bytes of custom claims (RS256, session, one core)"}
	t.add("bytes", "token", "raw check", "cold", "of raw", "allocs", "allocated", "warm", "of raw", "allocs", "allocated")
	for i, size := range sizes {
		raw, c, w := costs[3*i], costs[3*i+1], costs[3*i+2]
		t.add(size, fmt.Sprintf("%d B", lengths[i]), micros(raw.ns),
			micros(c.ns), c.ns/raw.ns, fmt.Sprintf("%.0f", c.allocs), fmt.Sprintf("%.1f KiB", c.bytes/1024),
			micros(w.ns), w.ns/raw.ns, fmt.Sprintf("%.0f", w.allocs), fmt.Sprintf("%.1f KiB", w.bytes/1024))
	}
	g.tables = append(g.tables, t)
	return nil
}

// claimsOf returns claims of so many bytes of JSON, 50 at a time.
func claimsOf(size int) map[string]any {
	claims := map[string]any{}
	for i := range size / 50 {
		claims[fmt.Sprintf("claim_%03d", i)] = strings.Repeat("x", 50-len(`"claim_000":"",`))
	}
	return claims
}
