package tokens

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// ListM2MParams say which M2M tokens to list. With a machine secret key, only those of its own machine can be.
type ListM2MParams struct {
	MachineID     string // whose tokens, mch_…
	Revoked       bool   // revoked ones too
	Expired       bool   // expired ones too
	Limit, Offset int    // zero leaves them to the backend: the first 10
}

// M2MRecord is what a backend keeps of an M2M token, dead or alive. It is for looking at: being listed verifies nobody.
type M2MRecord struct {
	Meta
	Scopes           []string
	Revoked          bool
	RevocationReason string
	Expired          bool
}

// M2MList is a page of M2M tokens, the newest first.
type M2MList struct {
	Tokens []*M2MRecord
	Total  int // how many there are on all pages
}

// ListM2M lists the opaque M2M tokens of a machine; JWTs leave no record. A page must be of 1 MiB at most.
func (c *Client) ListM2M(ctx context.Context, p ListM2MParams) (*M2MList, error) {
	if !strings.HasPrefix(p.MachineID, machineSubject) || p.MachineID == machineSubject || p.Limit < 0 || p.Offset < 0 {
		return nil, fail(ErrParams, TypeM2M, "MachineID must be mch_…, and Limit and Offset must not be negative")
	}
	query := url.Values{"subject": {p.MachineID}}
	for name, set := range map[string]bool{"revoked": p.Revoked, "expired": p.Expired} {
		if set {
			query.Set(name, "true")
		}
	}
	for name, n := range map[string]int{"limit": p.Limit, "offset": p.Offset} {
		if n > 0 {
			query.Set(name, strconv.Itoa(n))
		}
	}
	a, err := c.get(ctx, c.machineKey(), "/m2m_tokens?"+query.Encode())
	if err == nil {
		err = listStatus(a.status)
	}
	if err != nil {
		return nil, ofType(TypeM2M, err)
	}
	list, err := readList(a.body, c.now())
	if err != nil {
		return nil, ofType(TypeM2M, err)
	}
	return list, nil
}

func listStatus(status int) error {
	switch status {
	case http.StatusOK:
		return nil
	case http.StatusNotFound:
		return fail(ErrInvalid, TypeM2M, "the backend doesn't know the machine")
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return fail(ErrParams, TypeM2M, "the backend refuses the parameters")
	}
	return unexpectedStatus(status)
}

// readList reads a page. The API has two names for the same member.
func readList(body []byte, now time.Time) (*M2MList, error) {
	var page struct {
		Tokens []resource `json:"m2m_tokens"`
		Data   []resource `json:"data"`
		Total  *int       `json:"total_count"`
	}
	if err := json.Unmarshal(body, &page); err != nil || page.Total == nil {
		return nil, incomplete("no list of tokens with a total_count")
	}
	list := &M2MList{Total: *page.Total}
	for _, r := range append(page.Tokens, page.Data...) {
		m, err := r.meta(TypeM2M)
		if err != nil {
			return nil, err
		}
		list.Tokens = append(list.Tokens, &M2MRecord{m, withoutEmpty(r.Scopes), *r.Revoked, r.RevocationReason, r.hasExpired(m, now)})
	}
	return list, nil
}
