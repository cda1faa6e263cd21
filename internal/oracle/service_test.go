package oracle_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/internal/oracle"
	"example.com/machineauth/tokens"
)

// What a service may ask for beyond a signature: each may be configured or not.
const (
	issuers = 1 << iota
	audience
	parties
	machine
	pending
	configs
)

func describe(config int) string {
	var list []string
	for i, name := range []string{"issuers", "an audience", "authorized parties", "a machine", "pending sessions allowed"} {
		if config&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return "a service with " + strings.Join(append(list, "keys"), ", ")
}

// service is one configuration, told to the oracle and to the library. cold has no cache. That of warm lives as long as the
// process: what one token leaves in it must not help another one.
type service struct {
	oracle     oracle.Config
	cold, warm *tokens.Verifier
}

// newServices returns all configurations.
func newServices(t testing.TB, keys ring) (all [configs]service) {
	t.Helper()
	source := keys.source(t)
	for i := range all {
		cfg := tokens.Config{Keys: source, Now: func() time.Time { return now }, AllowPendingSessions: i&pending != 0}
		if i&issuers != 0 {
			cfg.Issuers = []string{"https://clerk.example", "https://second.example"}
		}
		if i&audience != 0 {
			cfg.Audience = []string{"https://api.example", "https://second.example"}
		}
		if i&parties != 0 {
			cfg.AuthorizedParties = []string{"https://app.example", "https://second.example"}
		}
		if i&machine != 0 {
			cfg.Machine = "mch_here"
		}
		all[i].oracle = oracle.Config{
			Keys: keys.oracleKeys(), Issuers: cfg.Issuers, Audience: cfg.Audience, AuthorizedParties: cfg.AuthorizedParties, Machine: cfg.Machine,
			AllowPending: cfg.AllowPendingSessions, Now: now, MaxBytes: 16 << 10,
		}
		var err error
		cfg.CacheSize = 1 << 10
		if all[i].warm, err = tokens.NewVerifier(cfg); err != nil {
			t.Fatal(err)
		}
		cfg.CacheSize, cfg.DisableCache = 0, true
		if all[i].cold, err = tokens.NewVerifier(cfg); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// acceptLists are none, each type, all, and two pairs.
var acceptLists = [][]tokens.Type{
	nil, {tokens.TypeSession}, {tokens.TypeM2M}, {tokens.TypeOAuth}, {tokens.TypeAPIKey}, tokens.AnyType(),
	{tokens.TypeM2M, tokens.TypeOAuth}, {tokens.TypeAPIKey, tokens.TypeSession},
}

// check says how what the library says of a token differs from what the oracle says, for each list of accepted types; and
// what the oracle says where all are accepted.
func (s service) check(ctx context.Context, m made) (everything oracle.Verdict, differences []string) {
	for _, accept := range acceptLists {
		var names []string
		for _, a := range accept {
			names = append(names, string(a))
		}
		want := oracle.Judge(s.oracle, m.raw, names...)
		if len(accept) == len(tokens.AnyType()) {
			everything = want
		}
		for _, attempt := range []struct {
			name     string
			verifier *tokens.Verifier
		}{{"without a cache", s.cold}, {"with a cache", s.warm}, {"with a warm cache", s.warm}} {
			token, err := attempt.verifier.Verify(ctx, m.raw, accept...)
			difference := compare(want, token, err)
			switch end := strings.LastIndexByte(m.raw, '.'); {
			case difference != "":
			case err == nil && (end < 0 || !m.signed[m.raw[:end]]):
				difference = "let in, and nobody signed it"
			case err != nil && len(m.raw) > 20 && strings.Contains(err.Error(), m.raw):
				difference = "the error has the token in it"
			}
			scribble(token)
			if difference != "" {
				differences = append(differences, fmt.Sprintf("%s, where %q are accepted: %s", attempt.name, names, difference))
			}
		}
	}
	for _, verifier := range []*tokens.Verifier{s.cold, s.warm} {
		class, err := verifier.Classify(m.raw)
		if class.Type != tokens.Type(everything.Type) || code(err) != everything.Unclassified || err == nil && (class.Format == tokens.FormatOpaque) != everything.Opaque {
			differences = append(differences, fmt.Sprintf("Classify: %v, %v; the oracle: %q, opaque %v, %q", class, err, everything.Type, everything.Opaque, everything.Unclassified))
		}
	}
	return everything, differences
}

// code is that of the *tokens.Error that err must be; "" stands for nil.
func code(err error) oracle.Reason {
	if err == nil {
		return ""
	}
	if e, ok := err.(*tokens.Error); ok {
		return oracle.Reason(e.Code)
	}
	return "not a *tokens.Error"
}

// compare says how the library's answer differs from the verdict, "" where it doesn't.
func compare(want oracle.Verdict, token tokens.Token, err error) string {
	switch e, _ := err.(*tokens.Error); {
	case (err == nil) != (token != nil):
		return "an error and a token, or neither"
	case err == nil && want.Accepted():
		return compareIdentity(*want.Identity, token)
	case err == nil:
		return "let in, must be refused for " + join(want.Refused)
	case want.Accepted():
		return "refused, must be let in: " + err.Error()
	case !slices.Contains(want.Refused, code(err)):
		return "refused for " + string(code(err)) + ", want for one of " + join(want.Refused)
	case want.Unclassified == "" && string(e.Type) != want.Type:
		return "refused as a " + string(e.Type) + ", want as a " + want.Type
	}
	return ""
}

func join(reasons []oracle.Reason) string {
	var list []string
	for _, r := range reasons {
		list = append(list, string(r))
	}
	return strings.Join(list, ", ")
}
