package issuer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxBodyBytes bounds every request's body.
const maxBodyBytes = 64 << 10

// readBody returns a body of the media type, or none at all.
func readBody(r *http.Request, mediaType string) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBodyBytes))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, fail(ErrBodyTooLarge, fmt.Sprintf("the body must be at most %d bytes", maxBodyBytes))
	}
	if err != nil {
		return nil, fail(ErrBody, "the body could not be read")
	}
	given, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if len(body) > 0 && (err != nil || given != mediaType) {
		return nil, fail(ErrMediaType, "the Content-Type must be "+mediaType)
	}
	return body, nil
}

// decode reads the body as one JSON object with no other members than dst has; no body is an empty object. Its errors
// name members and never quote values.
func decode(r *http.Request, dst any) error {
	body, err := readBody(r, "application/json")
	if err != nil || len(body) == 0 {
		return err
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return fail(ErrBody, "the body must be a JSON object")
	}
	err = json.Unmarshal(body, dst, json.RejectUnknownMembers(true))
	semantic, ok := errors.AsType[*json.SemanticError](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return fail(ErrBody, "the body is not valid JSON: duplicate names, invalid UTF-8 and anything after the object are refused too")
	case errors.Is(err, json.ErrUnknownName):
		return fail(ErrParams, fmt.Sprintf("there is no parameter %.64q", semantic.JSONPointer.LastToken()))
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(string(semantic.JSONPointer), "/"), "/")
	return badParam(name, fmt.Sprintf("%.64s cannot be a JSON %v", name, semantic.JSONKind))
}

// list is how the client wants a list.
type list struct {
	offset, limit int
	query         url.Values
}

const (
	defaultListLimit = 10
	maxListLimit     = 100
)

// readList reads the parameters of a list: limit, offset, and those that are allowed besides.
func readList(r *http.Request, allowed ...string) (list, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return list{}, fail(ErrParams, "the query is not a form")
	}
	for name, values := range query {
		if !slices.Contains(allowed, name) && name != "limit" && name != "offset" {
			return list{}, fail(ErrParams, fmt.Sprintf("there is no parameter %.64q", name))
		}
		if len(values) > 1 {
			return list{}, badParam(name, name+" may be given once")
		}
	}
	l := list{limit: defaultListLimit, query: query}
	if l.limit, err = intParam(query, "limit", defaultListLimit, 1, maxListLimit); err != nil {
		return list{}, err
	}
	l.offset, err = intParam(query, "offset", 0, 0, 1<<30)
	return l, err
}

func intParam(query url.Values, name string, otherwise, least, most int) (int, error) {
	if !query.Has(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < least || n > most {
		return 0, badParam(name, fmt.Sprintf("%s must be a number from %d to %d", name, least, most))
	}
	return n, nil
}

// flag reads a boolean parameter; absent is false.
func (l list) flag(name string) (bool, error) {
	switch l.query.Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, badParam(name, name+" must be true or false")
}

// page returns the part of all that was asked for.
func page[T any](l list, all []T) []T {
	return all[min(l.offset, len(all)):min(l.offset+l.limit, len(all))]
}

// maxLifetime bounds whatever expires. It is also the answer to a number of seconds that no Duration can hold.
const maxLifetime = 10 * 365 * 24 * time.Hour

// lifetime reads a number of seconds; nil means otherwise.
func lifetime(name string, seconds *int64, otherwise, most time.Duration) (time.Duration, error) {
	switch {
	case seconds == nil:
		return min(otherwise, most), nil
	case *seconds < 1 || *seconds > int64(most/time.Second):
		return 0, badParam(name, fmt.Sprintf("%s must be from 1 to %d", name, int64(most/time.Second)))
	}
	return time.Duration(*seconds) * time.Second, nil
}

// checkText sees that a text is there, where it must be, and is one line that ends.
func checkText(name, text string, required bool) error {
	const most = 1024
	if strings.ContainsFunc(text, unicode.IsControl) {
		return badParam(name, name+" must have no control characters")
	}
	if required && text == "" {
		return badParam(name, name+" must be set")
	}
	if len(text) > most {
		return badParam(name, fmt.Sprintf("%s must be at most %d bytes", name, most))
	}
	return nil
}

// isNull reports whether an optional JSON value is absent or null.
func isNull(v jsontext.Value) bool { return len(v) == 0 || v.Kind() == 'n' }
