// Package outbound gives a service the tokens with which it calls other services.
//
// A [Source] holds one token. It fetches it through a [Minter], hands it to everybody who asks, and renews it in the background
// before it expires, so that in the normal course of things no request waits for a token. However many requests need a new
// one, it is fetched once.
//
//	source, err := outbound.NewSource(outbound.SourceConfig{
//		Mint: outbound.M2M(client, tokens.CreateM2MParams{TTL: time.Hour}),
//	})
//	…
//	reports := &http.Client{Transport: source.Transport(nil)}
//
// A Source is an [oauth2.TokenSource], for every client that takes one, [oauth2.NewClient] among them. Its own transport does
// more:
//
//   - It sends the token over https only, or to loopback, and never after a redirect to another scheme, host or port.
//     oauth2.Transport puts the token on whatever request it is given.
//   - Where the other side says that the token is invalid (401 with error="invalid_token", RFC 6750 section 3.1), it repeats the
//     request once with a new token. So a token that was revoked early costs one extra request, not an outage.
//
// Every error of this package is an [*Error] with a [Code], and holds no token.
package outbound
