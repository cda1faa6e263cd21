// Quickstart is the main job of machineauth in one program: it makes a key, serves the public half as a JWKS, mints a
// token of each kind, and serves the same protected handlers on a chi router and on http.ServeMux.
//
//	go run ./example/quickstart         serves until interrupted, and prints curl lines to paste
//	go run ./example/quickstart -demo   sends every token to every route on both routers, and checks every answer
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

func main() {
	demo := flag.Bool("demo", false, "send every token to every route, check the answers, and exit")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *demo); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run sets everything up on loopback, and then serves or demonstrates.
func run(ctx context.Context, out io.Writer, demo bool) error {
	issuer, err := newIssuer()
	if err != nil {
		return err
	}
	issuerURL, stopIssuer, err := serve(issuer)
	if err != nil {
		return err
	}
	defer stopIssuer()
	minted, err := issuer.mint(issuerURL)
	if err != nil {
		return err
	}

	// What a service needs: the issuer's keys, a verifier, the middleware.
	keys, err := jwk.NewRemote(jwk.RemoteConfig{URL: issuerURL + "/.well-known/jwks.json"})
	if err != nil {
		return err
	}
	defer keys.Close()
	verifier, err := tokens.NewVerifier(tokens.Config{
		Keys:              keys,
		Issuers:           []string{issuerURL},
		Audience:          []string{"https://api.example.com"},
		AuthorizedParties: []string{"https://app.example.com"},
	})
	if err != nil {
		return err
	}
	auth, err := middleware.New(middleware.Config{Verifier: verifier})
	if err != nil {
		return err
	}

	chiURL, stopChi, err := serve(chiRouter(auth))
	if err != nil {
		return err
	}
	defer stopChi()
	muxURL, stopMux, err := serve(serveMux(auth))
	if err != nil {
		return err
	}
	defer stopMux()

	if demo {
		return demonstrate(ctx, out, minted, server{"chi", chiURL}, server{"http.ServeMux", muxURL})
	}
	printCurl(out, minted, chiURL, muxURL)
	<-ctx.Done()
	return nil
}

// serve runs a handler on a free port of this machine.
func serve(handler http.Handler) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	stop = func() {
		_ = s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "quickstart:", err)
		}
	}
	return "http://" + listener.Addr().String(), stop, nil
}

func printCurl(out io.Writer, minted []credential, chiURL, muxURL string) {
	fmt.Fprintf(out, "chi:           %s\nhttp.ServeMux: %s\n\nTry, on either:\n\n", chiURL, muxURL)
	for _, c := range minted {
		if c.route != nil {
			fmt.Fprintf(out, "# a %s\ncurl -X %s %s%s -H 'Authorization: Bearer %s'\n\n", c.name, c.route.method, chiURL, c.route.path, c.token)
		}
	}
	fmt.Fprintf(out, "# nobody\ncurl -i %s/me\n\nCtrl-C stops.\n", muxURL)
}
