package middleware

import (
	"errors"
	"net/http"

	"example.com/machineauth/tokens"
)

// possession answers for one request whether its sender holds what the token is bound to.
type possession struct {
	binding    *Binding
	mode       BindingMode
	request    *http.Request
	credential credential
}

// confirm holds the token's binding against the request (S7, S8). The proof comes last, as it can be used but once.
func (p *possession) confirm(c tokens.Confirmation) error {
	switch byDPoP := p.credential.scheme == schemeDPoP; {
	case byDPoP && c.JWKThumbprint == "":
		return unconfirmed(tokens.ErrUnbound, "the scheme DPoP is for tokens that are bound to a DPoP key: send others with the scheme Bearer")
	case !byDPoP && c.JWKThumbprint != "":
		return unconfirmed(tokens.ErrSenderConstrained, "the token is bound to a DPoP key: send it with the scheme DPoP and a proof")
	case p.mode == BindingRequired && c.IsZero():
		return unconfirmed(tokens.ErrUnbound, "the route takes no bearer tokens: ask the issuer for one that is bound to a key or a certificate")
	}
	if c.CertificateThumbprint != "" {
		if err := p.checkCertificate(c.CertificateThumbprint); err != nil {
			return err
		}
	}
	if c.JWKThumbprint == "" {
		return nil
	}
	return p.checkProof(c.JWKThumbprint)
}

// checkCertificate: RFC 8705 section 3.
func (p *possession) checkCertificate(thumbprint string) error {
	certificate := p.binding.certificate(p.request)
	if certificate == nil || len(certificate.Raw) == 0 {
		return unconfirmed(tokens.ErrCertificate, "the token is bound to a client certificate, and the client showed none")
	}
	if tokens.CertificateThumbprint(certificate.Raw) != thumbprint {
		return unconfirmed(tokens.ErrCertificate, "the token is bound to another certificate than the client's")
	}
	return nil
}

// checkProof: RFC 9449 section 4.3.
func (p *possession) checkProof(thumbprint string) error {
	proofs := p.request.Header["Dpop"]
	if len(proofs) != 1 {
		return unconfirmed(tokens.ErrProofMalformed, "there must be one DPoP header")
	}
	return p.binding.DPoP.Verify(p.request.Context(), proofs[0], tokens.ProofOf{
		Method:        p.request.Method,
		URL:           p.binding.target(p.request),
		Token:         tokens.NewSecret(p.credential.token),
		JWKThumbprint: thumbprint,
	})
}

func unconfirmed(code tokens.Code, detail string) error {
	return &tokens.Error{Code: code, Err: errors.New(detail)}
}
