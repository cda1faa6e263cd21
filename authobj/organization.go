package authobj

import (
	"slices"
	"strings"
)

// Role asks for a role in the session's organization: "org:admin" or, for short, "admin" (A2).
func Role(role string) Check {
	want := trimOrg(role)
	return session("role org:"+want, func(s *Session) bool {
		return want != "" && s.OrgID != "" && trimOrg(s.OrgRole) == want
	})
}

// Permission asks for a permission in the session's organization: "org:reports:read" or, for short, "reports:read" (A2).
func Permission(permission string) Check {
	want := "org:" + trimOrg(permission)
	return session("permission "+want, func(s *Session) bool {
		return want != "org:" && s.OrgID != "" && slices.Contains(s.OrgPermissions, want)
	})
}

// trimOrg removes every org: in front.
func trimOrg(s string) string {
	for rest, ok := s, true; ok; rest, ok = strings.CutPrefix(rest, "org:") {
		s = rest
	}
	return s
}

// session makes a Check of what only a session can satisfy (A5).
func session(what string, holds func(*Session) bool) Check {
	return func(a Auth) error {
		if s, ok := a.(*Session); ok && isSomebody(s) && holds(s) {
			return nil
		}
		return &Denied{Missing: []string{what}}
	}
}
