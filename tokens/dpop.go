package tokens

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"
)

// DPoP verifies that who sends a token holds the key that the token is bound to: the resource server's half of RFC 9449. It is
// safe for concurrent use.
type DPoP struct {
	cfg    DPoPConfig
	reader reader
	nonces *nonces // nil where none are asked for
	keys   *proofKeys
}

// DPoPConfig says which proofs a [DPoP] takes. The zero value is complete.
type DPoPConfig struct {
	// Window is how old a proof may be; zero means 5 min, at most 1 h. Each proof is remembered as long.
	Window time.Duration

	// ClockSkew is how far ahead a client's clock may be; zero means 5 s, at most 5 min.
	ClockSkew time.Duration

	// Replays remembers the proofs that have been used; nil means a NewReplayMemory(0) of its own. Services that run more than
	// once must share a store, or a proof can be used once at each.
	Replays ReplayStore

	// NonceSecret, where set, has every proof carry a nonce that this service gave out, so that nobody makes proofs in advance
	// (RFC 9449 section 9). At least 32 random bytes, the same wherever the service runs.
	NonceSecret Secret

	// NonceTTL is how long a nonce is good for; zero means 5 min, at most 1 h.
	NonceTTL time.Duration

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	defaultProofWindow = 5 * time.Minute
	defaultNonceTTL    = 5 * time.Minute
	maxProofWindow     = time.Hour
	minNonceSecret     = 32
)

// NewDPoP returns a DPoP, or an ErrConfig that names every mistake in cfg at once.
func NewDPoP(cfg DPoPConfig) (*DPoP, error) {
	var problems []error
	for _, d := range []struct {
		name      string
		value     *time.Duration
		otherwise time.Duration
		most      time.Duration
	}{
		{"Window", &cfg.Window, defaultProofWindow, maxProofWindow},
		{"ClockSkew", &cfg.ClockSkew, defaultClockSkew, maxClockSkew},
		{"NonceTTL", &cfg.NonceTTL, defaultNonceTTL, maxProofWindow},
	} {
		if *d.value < 0 || *d.value > d.most {
			problems = append(problems, errors.New("DPoPConfig."+d.name+" must be between 0 and "+d.most.String()))
		}
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	secret := cfg.NonceSecret.Reveal()
	if secret != "" && len(secret) < minNonceSecret {
		problems = append(problems, errors.New("DPoPConfig.NonceSecret must have at least 32 bytes"))
	}
	if isNil(cfg.Replays) {
		problems = append(problems, errors.New("DPoPConfig.Replays is a nil pointer: its constructor's error was not looked at"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Replays == nil {
		memory := NewReplayMemory(0)
		memory.Now = cfg.Now
		cfg.Replays = memory
	}
	d := &DPoP{cfg: cfg, reader: reader{maxBytes: maxProofBytes}, keys: newProofKeys()}
	if secret != "" {
		d.nonces = &nonces{cfg.NonceSecret, cfg.NonceTTL, cfg.Now}
	}
	return d, nil
}

// ProofOf is what a proof must be about. All of it is required.
type ProofOf struct {
	Method        string // of the request, as it is in its first line
	URL           string // what the client called, absolute; query and fragment don't matter
	Token         Secret // the access token as it was sent
	JWKThumbprint string // the Confirmation of that token
}

// Verify returns nil if proof, the value of the one header DPoP, was made for this request by the key of this thumbprint, and
// has never been used: all that RFC 9449 section 4.3 asks for. Call it last, for a token that is good in every other way, as
// the proof is then spent. Errors are those of this package whose names start with ErrProof, and ErrReplaysUnavailable.
func (d *DPoP) Verify(ctx context.Context, proof string, of ProofOf) error {
	p, err := d.read(proof)
	if err != nil {
		return err
	}
	if err := p.checkKey(of.JWKThumbprint); err != nil {
		return err
	}
	d.keys.remember(p.key)
	if err := p.checkRequest(of); err != nil {
		return err
	}
	if err := d.checkTime(p); err != nil {
		return err
	}
	if d.nonces != nil && !d.nonces.good(p.nonce) {
		return fail(ErrProofNonce, "", "the proof has no nonce that is good any more: take the one in DPoP-Nonce")
	}
	return d.spend(ctx, p, of)
}

// checkTime holds a proof to the window. Unlike a token it says only when it was made.
func (d *DPoP) checkTime(p *proof) error {
	now := d.cfg.Now()
	if p.issuedAt.After(now.Add(d.cfg.ClockSkew)) || !p.issuedAt.After(now.Add(-d.cfg.Window)) {
		return fail(ErrProofTime, "", "the proof is older than DPoPConfig.Window, or from the future: are the clocks right?")
	}
	return nil
}

// spend remembers the proof for as long as it would be taken (RFC 9449 section 11.1).
func (d *DPoP) spend(ctx context.Context, p *proof, of ProofOf) error {
	h := sha256.New()
	for _, part := range []string{of.JWKThumbprint, p.url, p.id} {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	fresh, err := d.cfg.Replays.Spend(ctx, [32]byte(h.Sum(nil)), p.issuedAt.Add(d.cfg.Window+d.cfg.ClockSkew)) // the clocks of those who share the store differ
	switch {
	case err != nil:
		return &Error{Code: ErrReplaysUnavailable, Err: err}
	case !fresh:
		return fail(ErrProofReplayed, "", "the proof has been used before: make a new one for each request")
	}
	return nil
}

// Nonce returns a nonce for a client's next proof, to be sent in the header DPoP-Nonce; "" where none are asked for.
func (d *DPoP) Nonce() string {
	if d.nonces == nil {
		return ""
	}
	return d.nonces.issue()
}

// ProofAlgorithms are the algorithms of the proofs that are taken, in the form of the challenge parameter algs (RFC 9449
// section 7.1).
const ProofAlgorithms = "ES256 EdDSA Ed25519"
