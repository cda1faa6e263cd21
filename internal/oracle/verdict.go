package oracle

import (
	"crypto"
	"slices"
	"strings"
	"time"
)

// The four types of token.
const (
	Session = "session_token"
	M2M     = "m2m_token"
	OAuth   = "oauth_token"
	APIKey  = "api_key"
)

// Config is what a service says about the tokens it takes.
type Config struct {
	Keys              map[string]Key // by kid
	Issuers           []string
	Audience          []string
	AuthorizedParties []string
	Machine           string
	AllowPending      bool
	Now               time.Time
	MaxBytes          int // of a token
}

// Key is a public key and the only algorithm that it is for.
type Key struct {
	Algorithm string
	Public    crypto.PublicKey
}

// Reason is why a token is refused.
type Reason string

// The reasons, in the order of the checks as far as they have one.
const (
	TooLarge          Reason = "token-too-large"
	Malformed         Reason = "token-malformed"
	BadSubject        Reason = "token-invalid-subject"
	WrongType         Reason = "token-type-mismatch"
	NotConfigured     Reason = "opaque-not-configured" // opaque tokens stop here
	BadHeader         Reason = "token-invalid-header"
	WrongCategory     Reason = "token-invalid" // of an M2M token; a session's is WrongType
	BadAlgorithm      Reason = "token-invalid-algorithm"
	BadKeyID          Reason = "token-kid-missing"
	UnknownKey        Reason = "token-unknown-key"
	BadSignature      Reason = "token-invalid-signature"
	WrongAudience     Reason = "token-invalid-audience"
	WrongParty        Reason = "token-invalid-authorized-parties"
	WrongIssuer       Reason = "token-invalid-issuer"
	Expired           Reason = "token-expired"
	NotYetValid       Reason = "token-not-active-yet"
	IssuedInFuture    Reason = "token-iat-in-the-future"
	BadClaims         Reason = "token-invalid-claims"
	SenderConstrained Reason = "token-sender-constrained"
	Pending           Reason = "session-pending"
)

// Verdict is what must become of a token.
type Verdict struct {
	// Type and Opaque are what the token claims to be. Type is "" where Unclassified says why it is nothing.
	Type         string
	Opaque       bool
	Unclassified Reason

	// Refused is empty where the token is accepted; else it lists what may be said against it.
	Refused []Reason

	// Identity is who an accepted token is from; nil where it is refused.
	Identity *Identity
}

// Accepted reports whether the token gets in.
func (v Verdict) Accepted() bool { return len(v.Refused) == 0 }

// Judge decides about a token where these types are accepted; none means sessions only.
func Judge(cfg Config, raw string, accept ...string) Verdict {
	if len(accept) == 0 {
		accept = []string{Session}
	}
	if len(raw) > cfg.MaxBytes {
		return Verdict{Unclassified: TooLarge, Refused: []Reason{TooLarge}}
	}
	if t, ok := opaqueType(raw); ok { // C1
		if !slices.Contains(accept, t) {
			return Verdict{Type: t, Opaque: true, Refused: []Reason{WrongType}}
		}
		return Verdict{Type: t, Opaque: true, Refused: []Reason{NotConfigured}}
	}
	token, reason := read(raw)
	if reason != "" {
		return Verdict{Unclassified: reason, Refused: []Reason{reason}}
	}
	v := Verdict{Type: token.kind}
	if !slices.Contains(accept, token.kind) { // C7
		v.Refused = []Reason{WrongType}
		return v
	}
	// One step after the other: of a forged token nothing is said but that it is forged (V1).
	for _, step := range []func(Config, jwt) faults{judgeHeader, judgeKey, judgeSignature} {
		if f := step(cfg, token); f.any() {
			v.Refused = f.answers()
			return v
		}
	}
	identity, f := judgeClaims(cfg, token)
	if f.any() {
		v.Refused = f.answers()
		return v
	}
	v.Identity = &identity
	return v
}

// faults are what is wrong with a token in one step of its verification.
type faults struct {
	ordered []Reason // of those that V1 orders, the first is told
	others  []Reason // may be told in place of it
}

func (f *faults) ordinary(bad bool, r Reason) {
	if bad {
		f.ordered = append(f.ordered, r)
	}
}

func (f *faults) other(bad bool, r Reason) {
	if bad {
		f.others = append(f.others, r)
	}
}

func (f faults) any() bool { return len(f.ordered)+len(f.others) > 0 }

func (f faults) answers() []Reason {
	if len(f.ordered) > 0 {
		return append([]Reason{f.ordered[0]}, f.others...)
	}
	return f.others
}

// opaqueType says which type of opaque token raw is, if any (C1).
func opaqueType(raw string) (string, bool) {
	for prefix, t := range map[string]string{"mt_": M2M, "oat_": OAuth, "ak_": APIKey} {
		if rest, ok := strings.CutPrefix(raw, prefix); ok && b64token.MatchString(rest) {
			return t, true
		}
	}
	return "", false
}
