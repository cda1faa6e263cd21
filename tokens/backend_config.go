package tokens

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// backendConfig is what [ClientConfig] and [IntrospectorConfig] have in common.
type backendConfig struct {
	httpClient    *http.Client
	timeout       time.Duration
	maxConcurrent int
	opaqueTTL     time.Duration
	negativeTTL   time.Duration
	cacheSize     int
	now           func() time.Time
	logger        *slog.Logger
}

const (
	defaultTimeout       = 5 * time.Second
	maxTimeout           = time.Minute
	defaultMaxConcurrent = 64
	maxOpaqueTTL         = time.Hour
)

// complete checks cfg and fills in the defaults. owner is the exported type whose fields these are.
func (cfg *backendConfig) complete(owner string) error {
	var problems []error
	problem := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(owner+"."+format, args...))
	}
	if cfg.timeout < 0 || cfg.timeout > maxTimeout {
		problem("Timeout must be between 0 and %v", maxTimeout)
	}
	if cfg.maxConcurrent < 0 {
		problem("MaxConcurrent must not be negative")
	}
	if cfg.opaqueTTL < 0 || cfg.opaqueTTL > maxOpaqueTTL {
		problem("OpaqueTTL must be between 0 and %v: so long is a revoked token still accepted", maxOpaqueTTL)
	}
	if cfg.negativeTTL < 0 || cfg.negativeTTL > cfg.opaqueTTL {
		problem("NegativeTTL must be between 0 and OpaqueTTL")
	}
	if cfg.cacheSize < 0 {
		problem("CacheSize must not be negative")
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if cfg.httpClient == nil {
		cfg.httpClient = &http.Client{}
	}
	if cfg.timeout == 0 {
		cfg.timeout = defaultTimeout
	}
	if cfg.maxConcurrent == 0 {
		cfg.maxConcurrent = defaultMaxConcurrent
	}
	if cfg.negativeTTL == 0 {
		cfg.negativeTTL = cfg.opaqueTTL / 4
	}
	if cfg.cacheSize == 0 {
		cfg.cacheSize = defaultCacheSize
	}
	if cfg.now == nil {
		cfg.now = time.Now
	}
	if cfg.logger == nil {
		cfg.logger = slog.Default()
	}
	return nil
}

// checkBackendURL judges a configured URL. Secrets are sent there, so it must be https, or http on loopback.
func checkBackendURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return errors.New("must be an absolute URL")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return errors.New("must be https, or http on loopback: secrets are sent there")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must have no user, query or fragment")
	}
	return nil
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// isHeaderSafe reports whether a secret can be sent in a header. One that was read from a file often still has its line end.
func isHeaderSafe(s Secret) bool {
	return strings.IndexFunc(s.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
