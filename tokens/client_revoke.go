package tokens

import (
	"context"
	"net/http"
	"strings"
)

// RevokeM2M revokes the M2M token with an ID, mt_…. The reason is for the backend's records, and may be empty. A token that the
// backend doesn't know is ErrInvalid. This Client doesn't accept the token any more, whatever its OpaqueTTL.
func (c *Client) RevokeM2M(ctx context.Context, id, reason string) error {
	name, _ := strings.CutPrefix(id, idPrefixes[TypeM2M])
	if !hasIDOf(TypeM2M, id) || !isBase64URL(name) {
		return fail(ErrParams, TypeM2M, "the ID must be mt_ and letters, digits or -_: it becomes part of a URL")
	}
	defer c.Invalidate(id)
	var body struct {
		Reason *string `json:"revocation_reason"`
	}
	if reason != "" {
		body.Reason = &reason
	}
	a, err := c.post(ctx, c.machineKey(), "/m2m_tokens/"+id+"/revoke", body, false)
	switch {
	case err != nil:
		return ofType(TypeM2M, err)
	case a.status == http.StatusNotFound:
		return fail(ErrInvalid, TypeM2M, "the backend doesn't know the token")
	case a.status != http.StatusOK:
		return ofType(TypeM2M, unexpectedStatus(a.status))
	}
	r, err := readResource(a.body)
	if err != nil {
		return ofType(TypeM2M, err)
	}
	if r.ID != id || r.Revoked == nil || !*r.Revoked {
		return ofType(TypeM2M, incomplete("the token is not revoked"))
	}
	return nil
}
