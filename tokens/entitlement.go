package tokens

import (
	"errors"
	"strings"
)

// Entitlement is a feature or plan that an organization, a user or both have.
type Entitlement struct {
	Name string
	Org  bool
	User bool
}

var errEntitlement = errors.New("tokens: an entitlement without a colon")

// ParseEntitlements reads the claims fea and pla: "o:<name>,u:<name>,uo:<name>,…". An element without a colon is an error;
// one of an unknown scope belongs to nobody (A4).
func ParseEntitlements(claim string) ([]Entitlement, error) {
	if claim == "" {
		return nil, nil
	}
	list := make([]Entitlement, 0, strings.Count(claim, ",")+1)
	for element := range strings.SplitSeq(claim, ",") {
		scope, name, ok := strings.Cut(strings.TrimSpace(element), ":")
		if !ok {
			return nil, errEntitlement
		}
		switch scope {
		case "o":
			list = append(list, Entitlement{Name: name, Org: true})
		case "u":
			list = append(list, Entitlement{Name: name, User: true})
		case "ou", "uo":
			list = append(list, Entitlement{Name: name, Org: true, User: true})
		}
	}
	return list, nil
}
