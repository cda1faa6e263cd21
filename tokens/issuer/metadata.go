package issuer

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// serverMetadata tells OAuth clients what there is (RFC 8414 section 2).
type serverMetadata struct {
	Issuer        string   `json:"issuer"`
	TokenEndpoint string   `json:"token_endpoint"`
	JWKSURI       string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"` // required; none: there is no authorization endpoint
	GrantTypes    []string `json:"grant_types_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
}

func (i *Issuer) serveMetadata() ([]byte, error) {
	return json.Marshal(serverMetadata{
		Issuer:        i.cfg.Issuer,
		TokenEndpoint: i.cfg.Issuer + "/oauth/token",
		JWKSURI:       i.cfg.Issuer + "/.well-known/jwks.json",
		ResponseTypes: []string{},
		GrantTypes:    []string{"client_credentials"},
		AuthMethods:   []string{"client_secret_basic", "client_secret_post"},
	})
}

func (i *Issuer) serveJWKS() ([]byte, error) { return i.JWKS() }

// cacheControl lets public documents be cached for half the time that a new key is published before it signs.
func (i *Issuer) cacheControl() string {
	return fmt.Sprintf("public, max-age=%d", int64(i.cfg.KeyOverlap/2/time.Second))
}
