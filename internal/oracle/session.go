package oracle

import (
	"math/big"
	"regexp"
	"strings"
)

// maxPermissions bounds what permissions may unpack to, in bytes.
const maxPermissions = 256 << 10

// session reads what is particular to sessions (O4, V10).
func (c *claims) session(id *Identity) {
	id.SessionID = c.required("sid", true)
	id.Status = c.optional(c.payload, "sts")
	id.AuthorizedParty = c.optional(c.payload, "azp")
	id.Features = c.optional(c.payload, "fea")
	id.Plans = c.optional(c.payload, "pla")
	id.FactorAges = factorAges(c.payload["fva"])
	if act := c.payload["act"]; act != nil {
		object, isObject := act.(map[string]any)
		id.Actor = &Actor{c.optional(object, "sub"), c.optional(object, "iss"), c.optional(object, "sid")}
		if !isObject || id.Actor.Subject == "" { // nobody acts as somebody else unseen
			c.wrong = true
		}
	}
	if v, isNumber := number(c.payload["v"]); isNumber && v == 2 {
		c.organization2(id)
		return
	}
	id.OrgID = c.optional(c.payload, "org_id")
	id.OrgRole = c.optional(c.payload, "org_role")
	id.OrgSlug = c.optional(c.payload, "org_slug")
	if list := c.payload["org_permissions"]; list != nil {
		id.OrgPermissions = c.strings(list)
	}
}

// organization2 unpacks the claim o of version 2 (O4).
func (c *claims) organization2(id *Identity) {
	if c.payload["o"] == nil {
		return
	}
	o, isObject := c.payload["o"].(map[string]any)
	if !isObject {
		c.wrong = true
		return
	}
	id.OrgID = c.optional(o, "id")
	id.OrgSlug = c.optional(o, "slg")
	if role := c.optional(o, "rol"); role != "" {
		id.OrgRole = "org:" + role
	}
	per, fpm := c.optional(o, "per"), c.optional(o, "fpm")
	if per == "" || fpm == "" {
		return
	}
	features, masks, names := orgFeatures(id.Features), strings.Split(fpm, ","), strings.Split(per, ",")
	size := 0
	for i, feature := range features {
		if i >= len(masks) || !decimal.MatchString(strings.TrimSpace(masks[i])) {
			continue // what is no decimal number grants nothing
		}
		mask, _ := new(big.Int).SetString(strings.TrimSpace(masks[i]), 10)
		for bit, name := range names {
			if mask.Bit(bit) == 1 && size <= maxPermissions {
				permission := "org:" + feature + ":" + strings.TrimSpace(name)
				size += len(permission)
				id.OrgPermissions = append(id.OrgPermissions, permission)
			}
		}
	}
	if size > maxPermissions {
		c.wrong = true
	}
}

var decimal = regexp.MustCompile(`^[0-9]+$`)

// orgFeatures are those features of fea that an organization has: o:, ou: and uo:. An element without a colon makes the
// whole claim mean nothing.
func orgFeatures(fea string) (features []string) {
	for _, element := range strings.Split(fea, ",") {
		scope, name, ok := strings.Cut(strings.TrimSpace(element), ":")
		if !ok {
			return nil
		}
		if scope == "o" || scope == "ou" || scope == "uo" {
			features = append(features, name)
		}
	}
	return features
}

// factorAges reads fva: two ages in minutes, -1 for a factor that isn't enrolled. From anything else follows that none is.
func factorAges(fva any) [2]float64 {
	none := [2]float64{-1, -1}
	pair, _ := fva.([]any)
	if len(pair) != 2 {
		return none
	}
	var ages [2]float64
	for i, element := range pair {
		age, ok := number(element)
		if !ok || age < 0 && age != -1 {
			return none
		}
		ages[i] = age
	}
	return ages
}
