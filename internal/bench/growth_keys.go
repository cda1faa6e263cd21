package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net/http"
	"runtime"
	"time"

	"example.com/machineauth/jwk"
)

// keys measures requests whose key is the last of 1 to 1,000 in the set.
func (g *growth) keys(budget time.Duration) error {
	sizes := []int{1, 10, 100, 1000}
	heaps := make([]uint64, len(sizes))
	var entries []entry
	for i, n := range sizes {
		keys := make([]*jwk.Key, n)
		var last *jwk.PrivateKey
		for j := range keys {
			_, private, err := ed25519.GenerateKey(rand.Reader)
			if err != nil {
				return err
			}
			if last, err = jwk.NewPrivateKey(fmt.Sprintf("ins_%d", j), jwk.EdDSA, private); err != nil {
				return err
			}
			keys[j] = last.Public()
		}
		text, err := jwk.MarshalJWKS(keys...)
		if err != nil {
			return err
		}
		token, err := session.mint(mint{key: last, issuer: issuer, aud: audience, party: party, at: time.Now()})
		if err != nil {
			return err
		}
		keys = nil
		before := heapInUse()
		set, err := jwk.FromJWKS(text)
		if err != nil {
			return err
		}
		heaps[i] = grown(before, heapInUse())
		for _, disable := range []bool{true, false} {
			cfg := ourConfig(set)
			cfg.DisableCache = disable
			h, err := protectedBy(cfg, session, user)
			if err != nil {
				return err
			}
			entries = append(entries, entry{name: fmt.Sprintf("%d keys", n), newOnce: calling(h, token, http.StatusOK)})
		}
		runtime.KeepAlive(set)
	}
	costs, err := compare(entries, 1, budget)
	if err != nil {
		return err
	}
	t := &table{title: "Keys in the set (EdDSA, session, one core)"}
	t.add("keys", "cold", "allocs", "warm", "allocs", "heap of the set")
	for i, n := range sizes {
		c, w := costs[2*i], costs[2*i+1]
		t.add(n, micros(c.ns), fmt.Sprintf("%.0f", c.allocs), micros(w.ns), fmt.Sprintf("%.0f", w.allocs),
			fmt.Sprintf("%.1f KiB", float64(heaps[i])/1024))
	}
	g.tables = append(g.tables, t)
	g.keysCold = costs[len(costs)-2].ratio
	return nil
}
