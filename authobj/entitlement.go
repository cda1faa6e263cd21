package authobj

import (
	"slices"
	"strings"

	"example.com/machineauth/tokens"
)

// Feature asks for a feature: "export" of the organization or the user, "o:export" of the organization, "u:export" of the
// user. The scopes can be written out: "org:", "organization:", "user:" (A4).
func Feature(feature string) Check {
	return entitlement("feature ", feature, func(s *Session) string { return s.Features })
}

// Plan asks for a plan, written as in [Feature] (A4).
func Plan(plan string) Check {
	return entitlement("plan ", plan, func(s *Session) string { return s.Plans })
}

func entitlement(kind, ask string, claim func(*Session) string) Check {
	want, valid := parseAsk(ask)
	return session(kind+ask, func(s *Session) bool {
		if !valid {
			return false
		}
		list, err := tokens.ParseEntitlements(claim(s))
		return err == nil && slices.ContainsFunc(list, func(e tokens.Entitlement) bool {
			return e.Name == want.Name && (e.Org && want.Org || e.User && want.User)
		})
	})
}

// parseAsk reads what [Feature] and [Plan] are given: a name, and whose it may be.
func parseAsk(ask string) (want tokens.Entitlement, valid bool) {
	scope, name, scoped := strings.Cut(ask, ":")
	if !scoped {
		return tokens.Entitlement{Name: ask, Org: true, User: true}, ask != ""
	}
	want.Name = name
	switch scope {
	case "o", "org", "organization":
		want.Org = true
	case "u", "user":
		want.User = true
	default:
		return want, false
	}
	return want, name != "" && !strings.Contains(name, ":")
}
