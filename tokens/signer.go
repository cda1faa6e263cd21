package tokens

import (
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.com/machineauth/jwk"
	"github.com/go-json-experiment/json"
)

// Signer mints JWTs of the three types that have them, with a local private key. What it mints, a [Verifier] that trusts
// the key accepts as that type, and as no other. It is safe for concurrent use.
type Signer struct {
	cfg    SignerConfig
	reader reader
}

// SignerConfig says in whose name a [Signer] mints.
type SignerConfig struct {
	Key         *jwk.PrivateKey
	Issuer      string           // iss of every token: the issuer's URL
	MaxTTL      time.Duration    // no token lives longer; zero means 24 h
	Conventions Conventions      // as the verifiers have them
	Now         func() time.Time // the clock; nil means time.Now
}

const defaultMaxTTL = 24 * time.Hour

// NewSigner returns a Signer, or an ErrConfig that names every mistake in cfg at once.
func NewSigner(cfg SignerConfig) (*Signer, error) {
	conventions, err := newConventions(cfg.Conventions)
	problems := []error{err}
	if cfg.Key == nil || cfg.Key.Public() == nil {
		problems = append(problems, errors.New("SignerConfig.Key must be set"))
	} else if kid := cfg.Key.Public().ID(); kid == "" || len(kid) > maxKeyIDBytes {
		problems = append(problems, errors.New("SignerConfig.Key must have an ID of 1 to 256 bytes: verifiers find the key by it"))
	}
	if cfg.Issuer == "" {
		problems = append(problems, errors.New("SignerConfig.Issuer must be set"))
	}
	if cfg.MaxTTL < 0 {
		problems = append(problems, errors.New("SignerConfig.MaxTTL must not be negative"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	if cfg.MaxTTL == 0 {
		cfg.MaxTTL = defaultMaxTTL
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Signer{cfg: cfg, reader: reader{conventions: conventions, maxBytes: defaultMaxTokenBytes}}, nil
}

// SessionParams describe a session token.
type SessionParams struct {
	UserID          string   // sub
	SessionID       string   // sid
	AuthorizedParty string   // azp; may be empty
	Audience        []string // aud; may be empty
	TTL             time.Duration
	ID              string         // jti; random where empty
	Claims          map[string]any // organization (org_id … or v and o), fva, fea, pla, act, sts, and custom claims
	Confirmation    Confirmation   // cnf: what the token is bound to; zero for a bearer token
}

// SignSession mints a session token.
func (s *Signer) SignSession(p SessionParams) (string, error) {
	m := s.mint(TypeSession, p.UserID, p.TTL, p.Claims, "sid", "azp")
	m.require("SessionID", p.SessionID)
	m.set("jti", p.ID, rand.Text())
	m.set("sid", p.SessionID, "")
	m.set("azp", p.AuthorizedParty, "")
	m.audience(p.Audience)
	m.bind(p.Confirmation)
	return m.sign(map[string]any{"typ": "JWT", "cat": s.reader.Session})
}

// M2MParams describe an M2M token.
type M2MParams struct {
	MachineID string   // sub: the calling machine, mch_…
	Scopes    []string // in Clerk's tokens, the machines that it may call; may be empty
	Audience  []string // aud; may be empty. Where there are no scopes, verifiers take it for them (O1)
	TTL       time.Duration
	ID        string         // jti; random where empty
	Claims    map[string]any // custom claims

	Confirmation Confirmation // cnf: what the token is bound to; zero for a bearer token
}

// SignM2M mints an M2M token.
func (s *Signer) SignM2M(p M2MParams) (string, error) {
	var own []string
	if len(p.Scopes) > 0 {
		own = []string{"scopes"}
	}
	m := s.mint(TypeM2M, p.MachineID, p.TTL, p.Claims, own...)
	m.set("jti", p.ID, "mt_"+rand.Text())
	m.set("scopes", m.scope(p.Scopes), "")
	m.audience(p.Audience)
	m.bind(p.Confirmation)
	return m.sign(map[string]any{"typ": "JWT", "cat": s.reader.M2M})
}

// OAuthParams describe an OAuth 2.0 access token (RFC 9068).
type OAuthParams struct {
	Subject  string   // sub: the user, or the client where it acts for itself
	ClientID string   // client_id
	Audience []string // aud: the services that the token is for
	Scopes   []string // scope; may be empty
	TTL      time.Duration
	ID       string         // jti; random where empty
	Claims   map[string]any // custom claims

	Confirmation Confirmation // cnf: what the token is bound to; zero for a bearer token
}

// SignOAuth mints an OAuth access token.
func (s *Signer) SignOAuth(p OAuthParams) (string, error) {
	m := s.mint(TypeOAuth, p.Subject, p.TTL, p.Claims, "client_id", "scope", "scp")
	m.require("ClientID", p.ClientID)
	m.set("jti", p.ID, "oat_"+rand.Text())
	m.set("client_id", p.ClientID, "")
	m.set("scope", m.scope(p.Scopes), "")
	m.bind(p.Confirmation)
	m.audience(p.Audience)
	return m.sign(map[string]any{"typ": "at+jwt"})
}

// minting is one token on its way: its claims, and all that is wrong with it.
type minting struct {
	*Signer
	kind     Type
	claims   map[string]any
	problems []error
}

// parameters are claims that the parameters of every type set. cat is none, but means something in a header (C6).
var parameters = []string{"aud", "cnf", "cat"}

// claimName is what a custom claim may be called.
var claimName = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,128}$`)

// mint starts a token with its custom claims and, over them, what every token has. own are claims that the type's
// parameters set: like the reserved ones, custom claims may not set them (B5).
func (s *Signer) mint(kind Type, subject string, ttl time.Duration, custom map[string]any, own ...string) *minting {
	m := &minting{Signer: s, kind: kind, claims: make(map[string]any, len(custom)+10)}
	for name, value := range custom {
		switch {
		case slices.Contains(reservedClaims, name) || slices.Contains(parameters, name) || slices.Contains(own, name):
			m.problem("Claims may not set %s", name)
		case !claimName.MatchString(name):
			m.problem("Claims has a name that is not 1 to 128 letters, digits or _.:/-")
		default:
			m.claims[name] = value
		}
	}
	if ttl <= 0 || ttl > s.cfg.MaxTTL {
		m.problem("TTL must be above 0 and at most SignerConfig.MaxTTL, %v", s.cfg.MaxTTL)
	}
	if strings.HasPrefix(subject, machineSubject) != (kind == TypeM2M) || subject == machineSubject || subject == "" {
		m.problem("the subject must be mch_… for an M2M token, and must not be for any other type")
	}
	now := s.cfg.Now()
	m.claims["iss"] = s.cfg.Issuer
	m.claims["sub"] = subject
	m.claims["iat"] = now.Unix()
	m.claims["nbf"] = now.Unix()
	m.claims["exp"] = now.Add(ttl).Unix()
	return m
}

func (m *minting) problem(format string, args ...any) {
	m.problems = append(m.problems, fmt.Errorf(format, args...))
}

func (m *minting) require(name, value string) {
	if value == "" {
		m.problem("%s must be set", name)
	}
}

// set sets a claim to value, or to otherwise where value is empty, or not at all.
func (m *minting) set(name, value, otherwise string) {
	if value == "" {
		value = otherwise
	}
	if value != "" {
		m.claims[name] = value
	}
}

// audience sets aud, an array (RFC 7519 section 4.1.3).
func (m *minting) audience(list []string) {
	if slices.Contains(list, "") {
		m.problem("Audience has an empty string")
	} else if len(list) > 0 {
		m.claims["aud"] = list
	}
}

// bind sets cnf. A thumbprint that is none is found when the token is read back.
func (m *minting) bind(c Confirmation) {
	if !c.IsZero() {
		m.claims["cnf"] = c.claim()
	}
}

// scope joins scopes, each of which must be a scope-token (RFC 6749 section 3.3).
func (m *minting) scope(scopes []string) string {
	for _, s := range scopes {
		if !isScopeToken(s) {
			m.problem("Scopes must be printable ASCII without spaces, quotes and backslashes")
		}
	}
	return strings.Join(scopes, " ")
}

func isScopeToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return s != ""
}

// sign encodes and signs the token, and reads it back as a verifier would: what would not be taken for its own type is
// never handed out.
func (m *minting) sign(header map[string]any) (string, error) {
	header["alg"] = string(m.cfg.Key.Public().Algorithm())
	header["kid"] = m.cfg.Key.Public().ID()
	h, err1 := json.Marshal(header, json.Deterministic(true))
	p, err2 := json.Marshal(m.claims, json.Deterministic(true), json.WithMarshalers(numbers))
	if err1 != nil || err2 != nil {
		m.problem("Claims cannot be written as JSON")
	}
	if err := errors.Join(m.problems...); err != nil {
		return "", &Error{Code: ErrParams, Type: m.kind, Err: err}
	}
	input := encoding.AppendEncode(nil, h)
	input = encoding.AppendEncode(append(input, '.'), p)
	signature, err := m.cfg.Key.Sign(input)
	if err != nil {
		return "", &Error{Code: ErrSigning, Type: m.kind, Err: err}
	}
	token := string(encoding.AppendEncode(append(input, '.'), signature))

	if err := m.readBack(token); err != nil {
		return "", &Error{Code: ErrParams, Type: m.kind, Err: err}
	}
	return token, nil
}

// readBack judges what was minted as a Verifier would that trusts the key and asks for nothing else.
func (m *minting) readBack(token string) error {
	u, err := m.reader.read(token)
	if errors.Is(err, ErrTooLarge) {
		return fail(ErrTooLarge, m.kind, fmt.Sprintf("with these claims the token is longer than %d bytes", m.reader.maxBytes))
	}
	if err != nil {
		return err
	}
	if u.class.Type != m.kind {
		return fail(ErrTypeMismatch, m.kind, "the claims make it another type of token")
	}
	if _, err := u.checkHeader(m.reader.conventions); err != nil {
		return err
	}
	_, err = u.checkClaims(&Config{Now: m.cfg.Now, ClockSkew: defaultClockSkew, AllowPendingSessions: true})
	return err
}
