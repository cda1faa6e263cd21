package jwk
