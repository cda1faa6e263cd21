package outbound_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/outbound"
)

func ExampleSource() {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"id":"mt_1","subject":"mch_1","token":"mt_abc","revoked":false,"expired":false,"expiration":%d}`,
			time.Now().Add(time.Hour).UnixMilli())
	}))
	defer backend.Close()
	reports := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Header.Get("Authorization"))
	}))
	defer reports.Close()

	client, err := tokens.NewClient(tokens.ClientConfig{
		BaseURL:          backend.URL, // leave it out for Clerk
		MachineSecretKey: tokens.NewSecret("ak_test"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := outbound.NewSource(outbound.SourceConfig{
		Mint: outbound.M2M(client, tokens.CreateM2MParams{TTL: time.Hour}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	caller := &http.Client{Transport: source.Transport(nil)}
	for range 2 {
		response, err := caller.Get(reports.URL)
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = response.Body.Close()
	}
	// Output:
	// Bearer mt_abc
	// Bearer mt_abc
}
