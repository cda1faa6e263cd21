package outbound

import "strings"

// saysInvalidToken reports whether WWW-Authenticate has a Bearer challenge with the error invalid_token (RFC 6750 section 3.1).
// A header may hold several challenges, each a scheme and its parameters, all separated by commas (RFC 9110 section 11.6.1). What
// cannot be read is ignored, with the rest of its line.
func saysInvalidToken(header []string) bool {
	for _, line := range header {
		bearer := false
		for rest := skip(line); rest != ""; rest = skip(rest) {
			name, after := cutToken(rest)
			if name == "" {
				break
			}
			rest = strings.TrimLeft(after, " \t")
			if !strings.HasPrefix(rest, "=") {
				bearer = strings.EqualFold(name, "Bearer")
				continue
			}
			var value string
			if value, rest = cutValue(strings.TrimLeft(rest, "= \t")); bearer && strings.EqualFold(name, "error") && value == "invalid_token" {
				return true
			}
		}
	}
	return false
}

func skip(s string) string { return strings.TrimLeft(s, ", \t") }

// cutToken cuts a token, a run of visible characters that aren't delimiters (RFC 9110 section 5.6.2), off the start of s.
func cutToken(s string) (token, rest string) {
	end := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) })
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:]
}

// cutValue cuts a token or a quoted string (RFC 9110 section 5.6.4) off the start of s. An unclosed string is all that is left.
func cutValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		return cutToken(s)
	}
	var unquoted strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return unquoted.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		unquoted.WriteByte(s[i])
	}
	return "", ""
}
