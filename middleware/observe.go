package middleware

import (
	"context"
	"log/slog"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/tokens"
)

// Decision is what the middleware made of a request. It holds no token.
type Decision struct {
	Auth     authobj.Auth  // the caller; nil where nobody is let in
	Type     tokens.Type   // what the token was, or claimed to be; empty where that isn't known
	Carrier  Carrier       // where the credential was; empty where there was none
	Status   int           // the status that a refused request is answered with; 0 where the request goes on
	Err      error         // why nobody is let in; for logs, not for responses
	Duration time.Duration // what the decision took

	binding BindingMode // of the route
}

// LogValue shows what happened without saying to whom.
func (d Decision) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("type", string(d.Type)), slog.String("carrier", string(d.Carrier)),
		slog.Int("status", d.Status), slog.Duration("duration", d.Duration)}
	if d.Err != nil {
		attrs = append(attrs, slog.String("error", d.Err.Error()))
	}
	return slog.GroupValue(attrs...)
}

// observe tells the user's hook. A hook that panics stops the request: whoever audits must not miss one.
func (m *Middleware) observe(ctx context.Context, d Decision) (err error) {
	if m.cfg.Observe == nil {
		return nil
	}
	defer func() {
		if v := recover(); v != nil {
			err = recovered(v)
		}
	}()
	if d.Err == nil {
		d.Auth, _ = authobj.FromContext(ctx) // a copy: whoever watches must not change who is calling
	}
	m.cfg.Observe(ctx, d)
	return nil
}

// log says at a level that fits why a request is refused. A caller's fault is at Debug: callers must not fill the log.
func (m *Middleware) log(ctx context.Context, f *failure, err error) {
	level := slog.LevelDebug
	switch {
	case f.status == 503:
		level = slog.LevelWarn
	case f.status >= 500:
		level = slog.LevelError
	}
	defer func() { _ = recover() }() // a log that fails is no reason to fail, too
	logger := m.cfg.Logger
	if logger == nil {
		logger = slog.Default()
	}
	if !logger.Enabled(ctx, level) { // before an error is asked for its text
		return
	}
	logger.LogAttrs(ctx, level, "machineauth: request refused",
		slog.Int("status", f.status), slog.String("code", f.code), slog.String("error", err.Error()))
}
