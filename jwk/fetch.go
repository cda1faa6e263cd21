package jwk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// newFetcher returns the function that fetches and reads the set once. Its errors hold neither query nor header of the
// request, and nothing of the answer but its status.
func newFetcher(u *url.URL, header http.Header, client *http.Client) func(context.Context) (map[string]*Key, Report, error) {
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("Accept", "application/jwk-set+json, application/json") // RFC 7517 section 8.5
	own := http.Client{}
	if client != nil {
		own = *client
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

	return func(ctx context.Context) (map[string]*Key, Report, error) {
		body, err := get(ctx, &own, u, header)
		if err != nil {
			return nil, Report{}, fmt.Errorf("GET %s: %w", withoutQuery(u), err)
		}
		keys, report, err := parseJWKS(body)
		if err != nil {
			return nil, Report{}, fmt.Errorf("GET %s: %w", withoutQuery(u), err)
		}
		return keys, report, nil
	}
}

func get(ctx context.Context, client *http.Client, u *url.URL, header http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, withoutURL(err)
	}
	req.Header = header.Clone()
	req.Close = true // the next fetch is minutes away, and Close is to leave no connection behind
	resp, err := client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return nil, fmt.Errorf("status %d: redirects are refused, configure the set's final URL", resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxSetBytes+1)) // one more, to tell too much from just enough
	if err != nil {
		return nil, fmt.Errorf("reading the key set: %w", err)
	}
	return body, nil
}

// withoutURL is the error inside a url.Error, whose own text would show the query.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
