package issuer

import "net/http"

// revokeBody is the body of every revocation.
type revokeBody struct {
	Reason *string `json:"revocation_reason"`
}

func readRevocation(r *http.Request) (reason *string, err error) {
	var in revokeBody
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if in.Reason != nil {
		err = checkText("revocation_reason", *in.Reason, false)
	}
	return in.Reason, err
}

// errNotGood is the one answer for every token that isn't good. Clerk's client takes any 200 for a good token, so that a
// revoked one cannot be shown as such.
var errNotGood = fail(ErrNotFound, "the token is unknown, expired, revoked, or not meant for this caller")
