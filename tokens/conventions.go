package tokens

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Conventions are the marks by which token types are told apart. The zero value is Clerk's; what is set here is added to
// it or, for the categories, replaces it.
type Conventions struct {
	// Prefixes adds prefixes of opaque tokens to Clerk's mt_, oat_ and ak_, such as "acme_key_": TypeAPIKey. A prefix is
	// letters, digits and -_, ends in an underscore, and may not overlap with another one.
	Prefixes map[string]Type

	// Unprefixed is the type of tokens that have no known prefix and no two dots either, which a JWT has: for issuers whose
	// opaque tokens bear no mark, or have a dot, as those of ZITADEL and Ory Hydra. Whatever of that form a caller sends is
	// then asked about at the OpaqueVerifier. Empty, the default, has such tokens refused as malformed.
	Unprefixed Type

	// Categories are the values of the header member cat. A field left empty is Clerk's.
	Categories Categories
}

// Categories are the values of the protected header member cat, by which one issuer's JWTs that are signed with the same
// key are kept apart (C6).
type Categories struct {
	Session string // cl_B7d4PD111AAA
	M2M     string // cl_B7d4PD333AAA
	Ignore  string // cl_I7d4PD111III: says nothing; sessions may have it
}

// What Clerk's tokens look like.
const (
	machineSubject = "mch_"

	categorySession = "cl_B7d4PD111AAA"
	categoryM2M     = "cl_B7d4PD333AAA"
	categoryIgnore  = "cl_I7d4PD111III"
)

// conventions is Conventions ready for use: checked, complete, and nobody else's to change.
type conventions struct {
	prefixes   []prefix
	unprefixed Type
	Categories
}

type prefix struct {
	text string
	kind Type
}

func newConventions(cfg Conventions) (*conventions, error) {
	c := &conventions{
		prefixes:   []prefix{{"mt_", TypeM2M}, {"oat_", TypeOAuth}, {"ak_", TypeAPIKey}},
		unprefixed: cfg.Unprefixed,
		Categories: cfg.Categories,
	}
	var problems []error
	for _, text := range slices.Sorted(maps.Keys(cfg.Prefixes)) {
		kind := cfg.Prefixes[text]
		if !strings.HasSuffix(text, "_") || !isBase64URL(text) || strings.HasPrefix(text, "ey") {
			problems = append(problems, fmt.Errorf("Conventions.Prefixes: %q must be letters, digits and -_, end in _ and not start with ey", text))
		}
		if !kind.IsMachine() {
			problems = append(problems, fmt.Errorf("Conventions.Prefixes: %q must stand for TypeM2M, TypeOAuth or TypeAPIKey", text))
		}
		for _, other := range c.prefixes {
			if strings.HasPrefix(text, other.text) || strings.HasPrefix(other.text, text) {
				problems = append(problems, fmt.Errorf("Conventions.Prefixes: %q and %q overlap", text, other.text))
			}
		}
		c.prefixes = append(c.prefixes, prefix{text, kind})
	}
	if cfg.Unprefixed != "" && !cfg.Unprefixed.IsMachine() {
		problems = append(problems, errors.New("Conventions.Unprefixed must be TypeM2M, TypeOAuth or TypeAPIKey"))
	}
	for _, category := range []struct {
		value    *string
		standard string
	}{{&c.Session, categorySession}, {&c.M2M, categoryM2M}, {&c.Ignore, categoryIgnore}} {
		if *category.value == "" {
			*category.value = category.standard
		}
	}
	if c.Session == c.M2M || c.Session == c.Ignore || c.M2M == c.Ignore {
		problems = append(problems, errors.New("Conventions.Categories: the three must differ"))
	}
	return c, errors.Join(problems...)
}

// opaque returns the type of a token that is opaque by its form, and whether the form is right (C1); "" where it isn't
// opaque.
func (c *conventions) opaque(raw string) (t Type, wellFormed bool) {
	for _, p := range c.prefixes {
		if body, ok := strings.CutPrefix(raw, p.text); ok {
			return p.kind, isOpaqueBody(body)
		}
	}
	if c.unprefixed != "" && strings.Count(raw, ".") != 2 {
		return c.unprefixed, isOpaqueBody(strings.ReplaceAll(raw, ".", "_"))
	}
	return "", false
}
