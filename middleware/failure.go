package middleware

import (
	"errors"
	"net/http"

	"example.com/machineauth/authobj"
	"example.com/machineauth/tokens"
)

// failure is what a client is told: a status, a code for programs, a sentence for people, all of them constants. One failure
// stands for many causes: who tries tokens must not learn how far he got.
type failure struct {
	status      int
	code        string // code of the problem+json body
	description string

	parameters string // of the challenge (RFC 6750 section 3.1); empty for a bare one
	body       []byte // the problem+json body
}

// newFailure writes down all that is the same in every answer. errorCode is the challenge's error; empty makes it a bare one.
func newFailure(status int, code, errorCode, description string) *failure {
	f := &failure{status: status, code: code, description: description, body: problemOf(status, code, description)}
	if errorCode != "" {
		f.parameters = `error="` + errorCode + `", error_description="` + description + `"`
	}
	return f
}

var (
	noCredential = newFailure(http.StatusUnauthorized, "no_credential", "", "This resource needs a bearer token.")
	badRequest   = newFailure(http.StatusBadRequest, "invalid_request", "invalid_request", "The credential is malformed: send one Authorization header, with the scheme Bearer and one token.")
	badToken     = newFailure(http.StatusUnauthorized, "invalid_token", "invalid_token", "The token is invalid, expired, or of a type that is not accepted here.")
	badProof     = newFailure(http.StatusUnauthorized, "invalid_dpop_proof", "invalid_dpop_proof", "The DPoP proof is not one for this request.")
	needsNonce   = newFailure(http.StatusUnauthorized, "use_dpop_nonce", "use_dpop_nonce", "The DPoP proof needs the nonce of this answer.")
	denied       = newFailure(http.StatusForbidden, "insufficient_scope", "insufficient_scope", "The caller is not allowed to do this.")
	unavailable  = newFailure(http.StatusServiceUnavailable, "temporarily_unavailable", "", "The token cannot be checked at the moment. Try again later.")
	internal     = newFailure(http.StatusInternalServerError, "server_error", "", "The server cannot answer this request.")
)

// failures maps every code to the failure that stands for it. What isn't here is internal.
var failures = map[error]*failure{
	ErrNoCredential:  noCredential,
	ErrMalformed:     badRequest,
	ErrNotConfigured: internal,
	ErrPanic:         internal,

	authobj.ErrNoAuthentication: internal,

	tokens.ErrMalformed:         badToken,
	tokens.ErrTooLarge:          badToken,
	tokens.ErrTypeMismatch:      badToken,
	tokens.ErrInvalid:           badToken,
	tokens.ErrHeader:            badToken,
	tokens.ErrAlgorithm:         badToken,
	tokens.ErrKeyID:             badToken,
	tokens.ErrUnknownKey:        badToken,
	tokens.ErrSignature:         badToken,
	tokens.ErrSubject:           badToken,
	tokens.ErrClaims:            badToken,
	tokens.ErrAudience:          badToken,
	tokens.ErrAuthorizedParty:   badToken,
	tokens.ErrIssuer:            badToken,
	tokens.ErrExpired:           badToken,
	tokens.ErrNotYetValid:       badToken,
	tokens.ErrIssuedInFuture:    badToken,
	tokens.ErrSenderConstrained: badToken,
	tokens.ErrUnbound:           badToken,
	tokens.ErrCertificate:       badToken, // RFC 8705 section 3
	tokens.ErrProofKey:          badToken, // RFC 9449 section 7.1
	tokens.ErrSessionPending:    badToken,
	tokens.ErrRevoked:           badToken,
	tokens.ErrNoKeys:            badToken,
	tokens.ErrNoOpaqueVerifier:  badToken,

	tokens.ErrProofMalformed: badProof,
	tokens.ErrProofSignature: badProof,
	tokens.ErrProofMethod:    badProof,
	tokens.ErrProofURL:       badProof,
	tokens.ErrProofToken:     badProof,
	tokens.ErrProofTime:      badProof,
	tokens.ErrProofReplayed:  badProof,
	tokens.ErrProofNonce:     needsNonce,

	tokens.ErrKeysUnavailable:        unavailable,
	tokens.ErrBackendUnavailable:     unavailable,
	tokens.ErrRevocationsUnavailable: unavailable,
	tokens.ErrReplaysUnavailable:     unavailable,
	tokens.ErrSecretKey:              unavailable,
}

// failureOf returns the failure that stands for an error.
func failureOf(err error) *failure {
	var code error
	if e, ok := err.(*tokens.Error); ok { // as it mostly is: there is nothing to search
		code = e.Code
	} else if _, ok := errors.AsType[*authobj.Denied](err); ok {
		return denied
	} else if c, ok := errors.AsType[tokens.Code](err); ok {
		code = c
	} else if c, ok := errors.AsType[Code](err); ok {
		code = c
	} else if c, ok := errors.AsType[authobj.Code](err); ok {
		code = c
	}
	if f, ok := failures[code]; ok {
		return f
	}
	return internal
}
