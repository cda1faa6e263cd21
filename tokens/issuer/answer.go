package issuer

import (
	"crypto/rand"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
)

// answers says how a refusal looks: its status, and its code as Clerk's clients know it.
var answers = map[Code]struct {
	status int
	code   string
}{
	ErrBody:            {http.StatusBadRequest, "request_body_invalid"},
	ErrBodyTooLarge:    {http.StatusRequestEntityTooLarge, "request_body_too_large"},
	ErrMediaType:       {http.StatusUnsupportedMediaType, "unsupported_content_type"},
	ErrParams:          {http.StatusBadRequest, "form_param_value_invalid"},
	ErrUnauthenticated: {http.StatusUnauthorized, "clerk_key_invalid"},
	ErrForbidden:       {http.StatusForbidden, "authorization_invalid"},
	ErrHost:            {http.StatusForbidden, "host_invalid"},
	ErrShownOnce:       {http.StatusForbidden, "secret_not_retrievable"},
	ErrNotFound:        {http.StatusNotFound, "resource_not_found"},
	ErrMethod:          {http.StatusMethodNotAllowed, "method_not_allowed"},
	ErrConflict:        {http.StatusConflict, "conflict"},
	ErrFull:            {http.StatusServiceUnavailable, "store_full"},
	ErrStore:           {http.StatusServiceUnavailable, "store_unavailable"},
	ErrSigning:         {http.StatusServiceUnavailable, "signing_failed"},
}

// apiErrors is the body of a refusal, as Clerk's clients read it.
type apiErrors struct {
	Errors  []apiError `json:"errors"`
	TraceID string     `json:"clerk_trace_id"`
}

type apiError struct {
	Code        string  `json:"code"`
	Message     string  `json:"message"`
	LongMessage string  `json:"long_message"`
	Meta        apiMeta `json:"meta"`
}

type apiMeta struct {
	ParamName string `json:"param_name,omitempty"`
}

// refuse answers with an error of the Backend API.
func (i *Issuer) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Code: ErrStore, Err: err}
	}
	answer, ok := answers[e.Code]
	if !ok {
		answer = answers[ErrStore]
	}
	trace := rand.Text()
	message := string(e.Code)
	if answer.status < http.StatusInternalServerError && e.Err != nil {
		message = e.Err.Error()
	}
	i.logOutage(r, answer.status, trace, e)
	switch answer.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	}
	writeJSON(w, answer.status, apiErrors{[]apiError{{answer.code, message, message, apiMeta{e.Param}}}, trace})
}

// logOutage logs what isn't the client's fault.
func (i *Issuer) logOutage(r *http.Request, status int, trace string, err error) {
	if status >= http.StatusInternalServerError {
		i.cfg.Logger.ErrorContext(r.Context(), "issuer: request failed", "status", status, "trace_id", trace, "error", err)
	}
}

// writeJSON answers with a body that nobody may keep. The Content-Type has no parameters: Clerk's client compares it as a
// whole.
func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"errors":[]}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
