package jwk

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// RemoteConfig says where a key set is and how long it may be relied on. Zero durations mean the defaults. It prints without
// its Header, which may hold a secret, and without its URL's query; but package fmt asks no method of what is in an unexported
// field, so that a struct that keeps a RemoteConfig in one shows them.
type RemoteConfig struct {
	// URL of the JWK set: https, or http to a loopback host. Its query is kept out of errors and logs.
	URL string
	// Header is sent with each fetch, for endpoints that ask for a credential. Redirects are refused, so that it reaches
	// nobody else.
	Header http.Header
	// Client fetches the set; nil means one with the default transport. It is copied, and the copy follows no redirect. Its
	// transport must heed the request's context, as net/http asks of every RoundTripper: deadline and Close rely on it.
	Client *http.Client

	// TTL is the age at which the set is refreshed, in the background, when it is next used. It bounds for how long a key
	// that the issuer took back is still accepted, as long as the endpoint answers. Zero means 10 minutes: a fetch so rare
	// costs neither side anything.
	TTL time.Duration
	// Cooldown is the least time between two fetches because of unknown kids, and the most between two attempts after
	// failures. Zero means 30 s.
	Cooldown time.Duration
	// MaxStale is the age up to which the set is used while it can't be refreshed. Zero means 24 h. It may not be less than
	// TTL.
	MaxStale time.Duration

	// Logger is told of failed fetches, and of what was skipped or assumed in a set. Nil means [slog.Default].
	Logger *slog.Logger
	// Now is the clock; nil means [time.Now].
	Now func() time.Time
}

// maxDuration keeps sums of durations far from where they would overflow.
const maxDuration = 366 * 24 * time.Hour

// complete checks the configuration, all of it, and fills in the defaults.
func (c *RemoteConfig) complete() (*url.URL, error) {
	u, err := checkURL(c.URL)
	mistakes := []error{err, checkHeader(c.Header)}
	for _, d := range []struct {
		name  string
		value *time.Duration
		zero  time.Duration
	}{
		{"TTL", &c.TTL, 10 * time.Minute},
		{"Cooldown", &c.Cooldown, 30 * time.Second},
		{"MaxStale", &c.MaxStale, 24 * time.Hour},
	} {
		if *d.value < 0 || *d.value > maxDuration {
			mistakes = append(mistakes, fmt.Errorf("%s is negative or longer than a year: leave it out for the default of %v", d.name, d.zero))
		}
		if *d.value == 0 {
			*d.value = d.zero
		}
	}
	if c.MaxStale >= 0 && c.MaxStale < c.TTL {
		mistakes = append(mistakes, fmt.Errorf("MaxStale (%v) is less than TTL (%v): the set would be dropped before it is refreshed", c.MaxStale, c.TTL))
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return u, nil
}

// checkURL never repeats the URL in an error: what is wrong with it may be that it holds a secret.
func checkURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return nil, errors.New("URL is empty: give the address of the issuer's JWK set")
	case err != nil || u.Hostname() == "":
		return nil, errors.New("URL is not an absolute URL")
	case u.User != nil:
		return nil, errors.New("URL holds a user name or password: give credentials in Header")
	case u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()):
		return u, nil
	default:
		return nil, errors.New("URL must be https: over http anybody on the way could put a key of his own into the set")
	}
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

// checkHeader finds now what would make every fetch fail (RFC 9110 section 5).
func checkHeader(header http.Header) error {
	for name, values := range header {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) }) {
			return errors.New("a name in Header is no header name")
		}
		if slices.ContainsFunc(values, func(v string) bool { return strings.ContainsFunc(v, isControl) }) {
			return errors.New("a value in Header has a line break or another control character")
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// Format prints the configuration without its header, whatever the verb.
func (c RemoteConfig) Format(f fmt.State, _ rune) { io.WriteString(f, c.redacted()) }

// MarshalText does the same for encoding/json and log/slog.
func (c RemoteConfig) MarshalText() ([]byte, error) { return []byte(c.redacted()), nil }

func (c RemoteConfig) redacted() string {
	address := "invalid URL"
	if u, err := checkURL(c.URL); err == nil {
		address = withoutQuery(u)
	}
	return fmt.Sprintf("jwk.RemoteConfig(%s, redacted)", address)
}

// withoutQuery is what errors and logs say of a URL.
func withoutQuery(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}
