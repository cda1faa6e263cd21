// Quickstart is the main job of machineauth in one program: an issuer makes a token of each kind and format, and a service
// protects the same handlers on a chi router and on http.ServeMux. All of it talks over HTTP on this machine.
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

// audience is what this service is called in the aud of OAuth tokens.
const audience = "https://api.example.com"

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
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	authority, err := startAuthority(ctx)
	if err != nil {
		return err
	}
	minted, err := authority.mint(ctx)
	if err != nil {
		return err
	}

	// What a service needs: the issuer's keys and backend, a verifier, the middleware.
	keys, err := jwk.NewRemote(jwk.RemoteConfig{URL: authority.url + "/.well-known/jwks.json"})
	if err != nil {
		return err
	}
	defer keys.Close()
	backend, err := tokens.NewClient(authority.backend(authority.api))
	if err != nil {
		return err
	}
	verifier, err := tokens.NewVerifier(tokens.Config{
		Keys:              keys,
		Opaque:            backend,
		Issuers:           []string{authority.url},
		Audience:          []string{audience},
		AuthorizedParties: []string{"https://app.example.com"},
		Machine:           authority.api.ID,
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
	fmt.Fprintf(out, "The same routes are on chi, %s, and on http.ServeMux, %s.\n\n", chiURL, muxURL)
	for i, c := range minted {
		if c.route == nil {
			continue
		}
		url := chiURL
		if i%2 == 1 {
			url = muxURL
		}
		fmt.Fprintf(out, "# %s\ncurl -X %s %s%s -H 'Authorization: Bearer %s'\n\n", c.name, c.route.method, url, c.route.path, c.token)
	}
	fmt.Fprintf(out, "# nobody\ncurl -i %s/me\n\nThe tokens live for an hour. Ctrl-C stops.\n", chiURL)
}
