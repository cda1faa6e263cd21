package main

import (
	"maps"
	"testing"

	"example.com/machineauth/jwk"
	"github.com/google/go-cmp/cmp"
)

// ideal is a run in which every target just holds.
func ideal() results {
	r := ratios{}
	for _, w := range workloadIDs() {
		one := map[string]cost{
			rawName:     {ns: 24_000, ratio: 1, allocs: 9},
			refusedName: {ns: 2_400, ratio: 0.1, allocs: 30},
			cold.name:   {ns: 27_600, ratio: 1.15, allocs: 60},
			warm.name:   {ns: 1_200, ratio: 0.05, allocs: 8},
		}
		for _, p := range peers {
			one[p.name] = cost{ns: 55_200, ratio: 2.3, allocs: 300}
		}
		two := maps.Clone(one)
		two[rawName] = cost{ns: 12_000, ratio: 1}
		two[warm.name] = cost{ns: 800, ratio: 0.067}
		r[w] = map[int]map[string]cost{1: one, 2: two}
	}
	return results{r, map[string]throughput{warm.name: {share: 0.95}}, &growth{
		keysCold: 1.1, cacheHeap: 60 << 20, remembered: 1, floodTokens: 1_000_000, floodHeap: 61 << 20, heldFew: 4096, heldMany: 4096,
	}}
}

// TestTargets moves one number at a time past its target: that target falls short, and no other.
func TestTargets(t *testing.T) {
	set := func(w id, cores int, name string, change func(*cost)) func(*results) {
		return func(r *results) {
			c := r.ratios[w][cores][name]
			change(&c)
			r.ratios[w][cores][name] = c
		}
	}
	ratio := func(to float64) func(*cost) { return func(c *cost) { c.ratio = to } }
	allocs := func(to float64) func(*cost) { return func(c *cost) { c.allocs = to } }
	rs, es, ed := id{jwk.RS256, session}, id{jwk.ES256, session}, id{jwk.EdDSA, session}
	for _, row := range []struct {
		name   string
		change func(*results)
		want   []string // what no longer holds
	}{
		{"all holds", func(*results) {}, nil},
		{"RS256 cold", set(rs, 1, cold.name, ratio(1.21)), []string{"RS256 cold: at most 1.20 times the raw RSA check"}},
		{"RS256 cold allocations", set(rs, 1, cold.name, allocs(61)), []string{"RS256 cold: at most 60 allocations"}},
		{"ES256 cold", set(es, 1, cold.name, ratio(1.16)), []string{"ES256 cold: at most 1.15 times the raw ECDSA check"}},
		{"EdDSA cold", set(ed, 1, cold.name, ratio(1.16)), []string{"EdDSA cold: at most 1.15 times the raw Ed25519 check"}},
		{"warm", set(rs, 1, warm.name, ratio(0.051)), []string{"Warm: at most 1/20 of the raw RSA check"}},
		{"warm allocations", set(rs, 1, warm.name, allocs(9)), []string{"Warm: at most 8 allocations"}},
		{"refused type", set(rs, 1, refusedName, ratio(0.11)), []string{"Refused type: at most 1/10 of the raw RSA check"}},
		{"clerk", set(rs, 1, clerkSDK.name, ratio(1.9)), []string{"Cold: at least 1.7 times as fast as clerk-sdk-go"}},
		{"auth0", set(rs, 1, auth0.name, ratio(1.9)), []string{"Cold: at least 1.7 times as fast as auth0/go-jwt-middleware"}},
		{"jwtauth", set(rs, 1, jwtauthChi.name, ratio(1.9)), []string{"Cold: at least 1.7 times as fast as go-chi/jwtauth"}},
		{"a peer is faster", set(id{jwk.EdDSA, m2m}, 1, oidcVerifier.name, ratio(1.14)),
			[]string{"Cold: not slower than any peer, whatever the workload"}},
		{"a peer comes close to warm", set(id{jwk.ES256, m2m}, 1, warm.name, ratio(0.116)),
			[]string{"Warm: at least 20 times as fast as any peer, whatever the workload"}},
		{"a peer that is not there", set(id{jwk.EdDSA, m2m}, 1, oidcVerifier.name, func(c *cost) { *c = cost{na: "no EdDSA"} }), nil},
		{"cores", set(rs, 2, warm.name, func(c *cost) { c.ns = 1000 }),
			[]string{"Warm: all cores together gain at least 3/4 of what the raw check gains"}},
		{"server", func(r *results) { r.server[warm.name] = throughput{share: 0.94} },
			[]string{"Through a real server, warm costs at most 5 % of the requests per second"}},
		{"cache", func(r *results) { r.growth.cacheHeap = 64 << 20 }, []string{"A cache of 100,000 tokens stays under 64 MiB"}},
		{"cache that forgets", func(r *results) { r.growth.remembered = 0.6 }, []string{"A cache of 100,000 tokens stays under 64 MiB"}},
		{"flood", func(r *results) { r.growth.floodHeap = 70 << 20 },
			[]string{"A flood of 1,000,000 tokens leaves no more in memory than 100,000 do"}},
		{"no time for the flood", func(r *results) { r.growth.floodTokens = 500_000 },
			[]string{"A flood of 1,000,000 tokens leaves no more in memory than 100,000 do"}},
		{"keys", func(r *results) { r.growth.keysCold = 1.2 }, []string{"1,000 keys cost a request no more than one key does"}},
		{"concurrent requests", func(r *results) { r.growth.heldMany = 6000 },
			[]string{"One of 20,000 concurrent requests holds no more memory than one of 1,000"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := ideal()
			row.change(&r)
			var got []string
			for _, v := range judge(r) {
				if v.outcome != holds {
					got = append(got, v.target)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTargetsOfAPart judges no more than what was measured.
func TestTargetsOfAPart(t *testing.T) {
	all := len(judge(ideal()))
	parts := len(judge(results{ratios: ideal().ratios})) + len(judge(results{server: ideal().server})) +
		len(judge(results{growth: ideal().growth}))
	if parts != all || len(judge(results{})) != 0 {
		t.Errorf("%d targets in all, %d in the parts", all, parts)
	}
}
