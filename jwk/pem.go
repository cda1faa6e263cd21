package jwk

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
	pemDash  = "-----"
)

// FromPEM returns a source of one key, which answers to every kid, as the keys of Clerk's networkless verification do. The
// key is a PEM block "PUBLIC KEY" (PKIX) or "RSA PUBLIC KEY" (PKCS#1), or the bare base64 of a PKIX key. Line breaks may be
// missing, or be the two characters \n, as they end up in environment variables. An RSA key is taken to be for RS256; for
// another algorithm parse it yourself, and give it to [NewKey] and [NewStatic]. Every error is an ErrInvalidKey.
func FromPEM(pem []byte) (*Static, error) {
	public, err := parsePEM(pem)
	if err != nil {
		return nil, &Error{Code: ErrInvalidKey, Err: err}
	}
	key, err := NewKey("", "", public)
	if err != nil {
		return nil, err
	}
	assumed := note(0, "", assumption(key))
	report := Report{Usable: 1, Assumed: []Note{assumed}}
	return &Static{func(string) *Key { return key }, report.clone}, nil // the key has no name, and answers to every one
}

func parsePEM(pem []byte) (crypto.PublicKey, error) {
	if len(pem) > maxSetBytes {
		return nil, fmt.Errorf("more than %d bytes: this is no public key", maxSetBytes)
	}
	label, body, err := cutPEM(strings.NewReplacer(`\r`, "\n", `\n`, "\n").Replace(string(pem)))
	if err != nil {
		return nil, err
	}
	body = strings.TrimRight(strings.Join(strings.Fields(body), ""), "=")
	der, err := base64.RawStdEncoding.Strict().DecodeString(body)
	if err != nil {
		return nil, fmt.Errorf("the key is not base64: give a PEM block %q, or its content without the two lines around it", "PUBLIC KEY")
	}
	if label == "RSA PUBLIC KEY" {
		public, err := x509.ParsePKCS1PublicKey(der)
		return public, explain(label, err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	return public, explain(label, err)
}

func explain(label string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the content is not that of a PEM block %q: %w", label, err)
}

// cutPEM returns the label and the base64 of the one block there is; the label of bare base64 is that of a PKIX key. It
// does what encoding/pem does, but for text that has lost its line breaks.
func cutPEM(text string) (label, body string, err error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", "", errors.New("the key is empty: is the variable or file that should hold it set?")
	}
	if !strings.HasPrefix(text, pemBegin) {
		return "PUBLIC KEY", text, nil
	}
	label, rest, _ := strings.Cut(text[len(pemBegin):], pemDash)
	switch {
	case label == "PUBLIC KEY" || label == "RSA PUBLIC KEY":
	case strings.HasSuffix(label, "PRIVATE KEY"):
		return "", "", errors.New("this is a private key, which a verifier must not have: make its public key with `openssl pkey -pubout`")
	case label == "CERTIFICATE":
		return "", "", errors.New("this is a certificate: make its public key with `openssl x509 -pubkey -noout`")
	default:
		return "", "", fmt.Errorf("a PEM block %.40q: give a %q", label, "PUBLIC KEY")
	}
	body, after, ok := strings.Cut(rest, pemEnd+label+pemDash)
	switch {
	case !ok:
		return "", "", errors.New("the PEM block has no end: was the key cut off?")
	case strings.Contains(after, pemBegin):
		return "", "", errors.New("more than one PEM block: give one key, or several as a JWKS to FromJWKS")
	case strings.TrimSpace(after) != "":
		return "", "", errors.New("there is something after the PEM block: remove it")
	}
	return label, body, nil
}
