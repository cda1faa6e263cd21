package issuer

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// reserved are the claims that only the issuer sets (B5). scopes is one of them because a JWT says in it which machines
// it is for; cnf because it would bind the token to a key (RFC 7800).
var reserved = []string{"iss", "sub", "exp", "nbf", "iat", "jti", "scopes", "cnf"}

var claimName = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,128}$`)

// maxClaimsBytes keeps a JWT below the 16 KiB that verifiers take.
const maxClaimsBytes = 8 << 10

// checkClaims judges custom claims, which are then kept and given back as they came. It returns nil for none.
func checkClaims(raw jsontext.Value) (jsontext.Value, error) {
	if isNull(raw) {
		return nil, nil
	}
	if len(raw) > maxClaimsBytes {
		return nil, badParam("claims", fmt.Sprintf("claims must be at most %d bytes", maxClaimsBytes))
	}
	if raw.Kind() != '{' || new(tokens.Meta).SetClaims(raw) != nil {
		return nil, badParam("claims", "claims must be a JSON object, nested at most 32 deep")
	}
	members, err := claimMap(raw)
	if err != nil {
		return nil, err
	}
	var taken []string
	for name := range members {
		if slices.Contains(reserved, name) {
			taken = append(taken, name)
		} else if !claimName.MatchString(name) {
			return nil, badParam("claims", "the names of claims must be 1 to 128 letters, digits or _.:/-")
		}
	}
	if len(taken) > 0 {
		slices.Sort(taken)
		return nil, badParam("claims", "claims may not set "+strings.Join(taken, ", ")+": the issuer does")
	}
	return raw.Clone(), nil
}

// claimMap returns the claims for a [tokens.Signer], each value as it came.
func claimMap(raw jsontext.Value) (map[string]any, error) {
	if isNull(raw) {
		return nil, nil
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, badParam("claims", "claims must be a JSON object")
	}
	claims := make(map[string]any, len(members))
	for name, value := range members {
		claims[name] = value
	}
	return claims, nil
}

// takeAudience takes aud, a string or an array of strings, out of the claims: a [tokens.Signer] has a parameter for it.
func takeAudience(claims map[string]any) (audience []string, err error) {
	value, ok := claims["aud"].(jsontext.Value)
	if !ok {
		return nil, nil
	}
	delete(claims, "aud")
	if value.Kind() == '"' {
		audience = make([]string, 1)
		err = json.Unmarshal(value, &audience[0])
	} else {
		err = json.Unmarshal(value, &audience)
	}
	if err != nil || len(audience) == 0 {
		return nil, badParam("claims", "the claim aud must be a string or an array of strings")
	}
	return audience, nil
}

// canonical returns claims with their members in order, for comparison. Numbers stay as they are: as float64, two large
// integers could become one.
func canonical(raw jsontext.Value) (string, error) {
	if isNull(raw) {
		return "null", nil
	}
	v := raw.Clone()
	if err := v.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false)); err != nil {
		return "", &Error{Code: ErrStore, Err: errors.New("stored claims cannot be read")}
	}
	return string(v), nil
}
