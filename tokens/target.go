package tokens

import (
	"net/url"
	"strings"
)

// normalizeTarget returns a URL in the form in which RFC 9449 section 4.3 has them compared: without query and fragment, and
// normalized by syntax and scheme (RFC 3986 sections 6.2.2 and 6.2.3). ok is false for what isn't an http or https URL, or
// tells a user's name.
func normalizeTarget(raw string) (target string, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	u = u.ResolveReference(&url.URL{Path: u.Path, RawPath: u.RawPath}) // takes the dots out of the path
	host := strings.ToLower(u.Host)
	if port := u.Port(); port == "" || port == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host = strings.TrimSuffix(strings.TrimSuffix(host, port), ":")
	}
	path := normalizeEscapes(u.EscapedPath())
	if path == "" {
		path = "/"
	}
	return u.Scheme + "://" + host + path, true
}

// normalizeEscapes decodes what needs no escape, and writes the others in upper case (RFC 3986 sections 6.2.2.1 and 6.2.2.2).
// path is escaped, as [url.URL.EscapedPath] returns it.
func normalizeEscapes(path string) string {
	if !strings.Contains(path, "%") {
		return path
	}
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] != '%' || i+2 >= len(path) {
			b.WriteByte(path[i])
			continue
		}
		escape := strings.ToUpper(path[i : i+3])
		if c, err := url.PathUnescape(escape); err == nil && isUnreserved(c[0]) {
			b.WriteByte(c[0])
		} else {
			b.WriteString(escape)
		}
		i += 2
	}
	return b.String()
}

// isUnreserved: RFC 3986 section 2.3.
func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
