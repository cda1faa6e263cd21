package tokens

import "errors"

// Code names one way in which a token, or what is needed to judge it, can fail. Codes are stable, and each is an error
// of its own, to be matched with errors.Is:
//
//	if errors.Is(err, tokens.ErrExpired) { … }
type Code string

// Error makes a Code usable as the target of errors.Is.
func (c Code) Error() string { return string(c) }

// The token is at fault: the caller has to bring another one.
const (
	ErrMalformed         Code = "token-malformed"                  // not a token: form, encoding, JSON (C1, C2)
	ErrTooLarge          Code = "token-too-large"                  // longer than Config.MaxTokenBytes
	ErrTypeMismatch      Code = "token-type-mismatch"              // a type that is not accepted here (C6, C7)
	ErrInvalid           Code = "token-invalid"                    // an M2M token of another category (C6); unknown to the backend (B2)
	ErrHeader            Code = "token-invalid-header"             // typ, crit or a member that may not be there (V4, V5)
	ErrAlgorithm         Code = "token-invalid-algorithm"          // alg not allowed, or not the key's own (V3)
	ErrKeyID             Code = "token-kid-missing"                // kid absent, not a string, empty or too long (V2)
	ErrUnknownKey        Code = "token-unknown-key"                // no trusted key has this kid
	ErrSignature         Code = "token-invalid-signature"          // the signature does not verify, or the key is retired
	ErrSubject           Code = "token-invalid-subject"            // sub absent, not a string, or empty (C4, C5)
	ErrClaims            Code = "token-invalid-claims"             // a claim is absent or of the wrong kind
	ErrAudience          Code = "token-invalid-audience"           // meant for another service (V7)
	ErrAuthorizedParty   Code = "token-invalid-authorized-parties" // issued to another front end (V8)
	ErrIssuer            Code = "token-invalid-issuer"             // by an issuer that is not accepted (V9)
	ErrExpired           Code = "token-expired"                    // exp has passed (V6)
	ErrNotYetValid       Code = "token-not-active-yet"             // nbf is in the future (V6)
	ErrIssuedInFuture    Code = "token-iat-in-the-future"          // iat is in the future (V6)
	ErrSenderConstrained Code = "token-sender-constrained"         // bound to its sender, but brought as a bearer token (S1, S2)
	ErrUnbound           Code = "token-not-sender-constrained"     // not bound to its sender, where it has to be (S7)
	ErrCertificate       Code = "token-wrong-certificate"          // bound to a client certificate that its sender doesn't have (S8)
	ErrSessionPending    Code = "session-pending"                  // signed in, but with a task left to do (V11)
	ErrRevoked           Code = "token-revoked"                    // taken back before its time (X1, B3)
)

// The DPoP proof that came with the token is at fault (RFC 9449 section 4.3).
const (
	ErrProofMalformed Code = "dpop-proof-malformed"         // none, more than one, or not a proof: form, header, claims (S3)
	ErrProofKey       Code = "dpop-proof-wrong-key"         // by another key than the one that the token is bound to (S3)
	ErrProofSignature Code = "dpop-proof-invalid-signature" // not by the key that it names (S3)
	ErrProofMethod    Code = "dpop-proof-wrong-method"      // for another method (S4)
	ErrProofURL       Code = "dpop-proof-wrong-url"         // for another URL (S4)
	ErrProofToken     Code = "dpop-proof-wrong-token"       // for another token (S4)
	ErrProofTime      Code = "dpop-proof-wrong-time"        // too old, or from the future (S4)
	ErrProofNonce     Code = "dpop-proof-wrong-nonce"       // without a nonce of this service that is good (S5)
	ErrProofReplayed  Code = "dpop-proof-replayed"          // used before (S6)
)

// The service is not set up for such tokens: the caller can do nothing about it, and neither can time.
const (
	ErrNoKeys           Code = "jwt-not-configured"    // Config.Keys is nil
	ErrNoOpaqueVerifier Code = "opaque-not-configured" // Config.Opaque is nil
	ErrConfig           Code = "config-invalid"        // a constructor was given a contradiction
	ErrParams           Code = "params-invalid"        // a Signer was asked for a token that may not be (B5)
	ErrSigning          Code = "signing-failed"        // the private key didn't sign
)

// What is needed to judge the token is out of reach: neither accepted nor refused. Try again later.
const (
	ErrKeysUnavailable        Code = "keys-unavailable"
	ErrBackendUnavailable     Code = "backend-unavailable"
	ErrRevocationsUnavailable Code = "revocations-unavailable"
	ErrReplaysUnavailable     Code = "replays-unavailable" // whether a DPoP proof was used before can't be said (S6)
	ErrSecretKey              Code = "secret-key-invalid"  // the backend refuses this service's own secret (B2)
)

// Temporary reports whether the failure says nothing about the token: the keys, the backend or the revocations could not
// be asked. Such a failure is answered with 503, never with 401.
func (c Code) Temporary() bool {
	switch c {
	case ErrKeysUnavailable, ErrBackendUnavailable, ErrRevocationsUnavailable, ErrReplaysUnavailable, ErrSecretKey:
		return true
	}
	return false
}

// Error is every failure of this package. Its text is for logs: it says what to do, and holds neither a token nor the
// value of a claim. It is not for responses.
type Error struct {
	Code Code
	Type Type  // what the token claimed to be; empty where that was not known yet
	Err  error // detail; may be nil
}

// Error returns the code, and the detail where there is one.
func (e *Error) Error() string {
	if e.Err == nil {
		return "tokens: " + string(e.Code)
	}
	return "tokens: " + string(e.Code) + ": " + e.Err.Error()
}

// Unwrap lets errors.Is find both the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// fail builds an Error with a fixed text.
func fail(code Code, t Type, detail string) *Error {
	return &Error{Code: code, Type: t, Err: errors.New(detail)}
}
