package issuer

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// ListenAndServe serves the API on addr, such as localhost:8089, until ctx ends. The address must be a loopback one: over
// a network the secrets that it answers with need TLS, for which the embedding program has its own server.
func (i *Issuer) ListenAndServe(ctx context.Context, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !isLoopback(host) {
		return errNotLoopback
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return &Error{Code: ErrConfig, Err: err}
	}
	return i.Serve(ctx, ln)
}

var errNotLoopback = fail(ErrConfig, "the address must be a loopback one, such as localhost:8089; anywhere else, serve the Issuer over TLS")

// Serve is ListenAndServe on a listener, which it closes: for a port that the system has chosen.
func (i *Issuer) Serve(ctx context.Context, ln net.Listener) error {
	if !isLoopback(ln.Addr().String()) {
		_ = ln.Close()
		return errNotLoopback
	}
	server := &http.Server{Handler: i, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			_ = server.Close()
		}
	})
	err := server.Serve(ln)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// checkHost refuses requests under a name that isn't loopback's: a web page that has its own name resolve to 127.0.0.1
// would otherwise be of the same origin as the issuer (DNS rebinding). It also refuses those that came in on another
// address, where the embedding program has its own server.
func (i *Issuer) checkHost(r *http.Request) error {
	if !i.cfg.Development {
		return nil
	}
	local, served := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !isLoopback(r.Host) || served && !isLoopback(local.String()) {
		return fail(ErrHost, "in development mode the issuer is reached as localhost, 127.0.0.1 or [::1] only")
	}
	return nil
}

// isLoopback reports whether a host, with a port or without, is localhost or a loopback address.
func isLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
