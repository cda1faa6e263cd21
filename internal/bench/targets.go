package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"text/tabwriter"

	"example.com/machineauth/jwk"
)

// results are all that a run has measured; what it was told to leave out is nil.
type results struct {
	ratios ratios
	server map[string]throughput
	growth *growth
}

// verdict is one target, held against what was measured.
type verdict struct {
	target   string
	measured string
	outcome  string
}

const (
	holds      = "holds"
	fallsShort = "falls short"
	unknown    = "not shown"
)

func outcomeOf(met bool) string {
	if met {
		return holds
	}
	return fallsShort
}

// judge holds the targets against the results. What wasn't measured has no verdict.
func judge(r results) []verdict {
	var all []verdict
	if r.ratios != nil {
		all = append(all, r.ratios.judge()...)
	}
	if r.server != nil {
		share := r.server[warm.name].share
		all = append(all, verdict{"Through a real server, warm costs at most 5 % of the requests per second",
			fmt.Sprintf("%.1f %%", 100*(1-share)), outcomeOf(share >= 0.95)})
	}
	if r.growth != nil {
		all = append(all, r.growth.judge()...)
	}
	return all
}

func (r ratios) judge() []verdict {
	one := func(alg jwk.Algorithm, name string) cost { return r[id{alg, session}][1][name] }
	var all []verdict
	add := func(met bool, target, measured string, args ...any) {
		all = append(all, verdict{target, fmt.Sprintf(measured, args...), outcomeOf(met)})
	}

	rs := one(jwk.RS256, cold.name)
	add(rs.ratio <= 1.20, "RS256 cold: at most 1.20 times the raw RSA check", "%.2f (fastest rounds: %.2f)", rs.ratio, rs.best)
	add(rs.allocs <= 60.5, "RS256 cold: at most 60 allocations", "%.0f", rs.allocs)
	es, ed := one(jwk.ES256, cold.name), one(jwk.EdDSA, cold.name)
	add(es.ratio <= 1.15, "ES256 cold: at most 1.15 times the raw ECDSA check", "%.2f (%.2f)", es.ratio, es.best)
	add(ed.ratio <= 1.15, "EdDSA cold: at most 1.15 times the raw Ed25519 check", "%.2f (%.2f)", ed.ratio, ed.best)
	hit := one(jwk.RS256, warm.name)
	add(hit.ratio <= 1.0/20, "Warm: at most 1/20 of the raw RSA check", "1/%.1f (1/%.1f)", 1/hit.ratio, 1/hit.best)
	add(hit.allocs <= 8.5, "Warm: at most 8 allocations", "%.0f", hit.allocs)
	refusal := one(jwk.RS256, refusedName)
	add(refusal.ratio <= 1.0/10, "Refused type: at most 1/10 of the raw RSA check", "1/%.1f (1/%.1f)", 1/refusal.ratio, 1/refusal.best)

	for _, c := range []contender{clerkSDK, auth0, jwtauthChi} {
		times := one(jwk.RS256, c.name).ratio / rs.ratio
		add(times >= 1.7, "Cold: at least 1.7 times as fast as "+c.name, "%.2f times", times)
	}
	times, where := r.closest(cold.name)
	add(times >= 1, "Cold: not slower than any peer, whatever the workload", "%.2f times as fast as %s", times, where)
	times, where = r.closest(warm.name)
	add(times >= 20, "Warm: at least 20 times as fast as any peer, whatever the workload", "%.1f times as fast as %s", times, where)

	if n := slices.Max(slices.Collect(maps.Keys(r[id{jwk.RS256, session}]))); n > 1 {
		// A lock that all cores share would keep the second core from adding anything; the raw check, which shares nothing,
		// says how much there was to add.
		scaling := func(name string) float64 { return one(jwk.RS256, name).ns / r[id{jwk.RS256, session}][n][name].ns }
		got, most := scaling(warm.name), scaling(rawName)
		add(got >= 0.75*most, "Warm: all cores together gain at least 3/4 of what the raw check gains",
			"%.2f times one core's, raw check %.2f", got, most)
	}
	return all
}

// closest returns how many times as fast an entry is as the peer that comes closest to it on one core, and where.
func (r ratios) closest(name string) (float64, string) {
	least, where := math.Inf(1), ""
	for _, w := range workloadIDs() {
		for _, peer := range peers {
			p := r[w][1][peer.name]
			if times := p.ratio / r[w][1][name].ratio; p.na == "" && times < least {
				least, where = times, fmt.Sprintf("%s (%s)", peer.name, w)
			}
		}
	}
	return least, where
}

func printVerdicts(out io.Writer, all []verdict) {
	fmt.Fprintln(out, "\nTargets in this run")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, v := range all {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", v.outcome, v.target, v.measured)
	}
	w.Flush()
}
