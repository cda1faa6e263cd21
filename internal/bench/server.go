package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"time"

	"example.com/machineauth/jwk"
)

// noAuth is the handler behind no middleware.
var noAuth = contender{name: "no authentication", protect: func(w *workload) (http.Handler, error) {
	return http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { answer(rw, w.subject, w.subject) }), nil
}}

// serving are the contenders behind a real server, the one without authentication first.
var serving = []contender{noAuth, warm, cold, clerkSDK, auth0}

// throughput is what a contender lets through a real server.
type throughput struct {
	perSecond float64
	share     float64       // of what passes without authentication: the median over rounds
	cpu       time.Duration // of the server's process, for one request
}

const connections = 64

// measureServer puts RS256 sessions through a real http.Server on loopback, with the client in a process of its own.
func measureServer(budget time.Duration) (map[string]throughput, error) {
	end := time.Now().Add(budget)
	workloads, err := newWorkloads(jwk.RS256)
	if err != nil {
		return nil, err
	}
	w := workloads[0]
	server, addr, err := serve(w)
	if err != nil {
		return nil, err
	}
	defer server.Close()
	client, err := startClient()
	if err != nil {
		return nil, err
	}
	defer client.stop()

	slice := max(50*time.Millisecond, min(time.Second, budget/time.Duration(len(serving)*9)))
	rates := make([][]float64, len(serving))
	shares := make([][]float64, len(serving))
	cpu := make([][]time.Duration, len(serving))
	sequence := rand.Perm(len(serving))
	for round := 0; round < 3 || time.Now().Before(end); round++ {
		rand.Shuffle(len(sequence), func(i, j int) { sequence[i], sequence[j] = sequence[j], sequence[i] })
		for _, i := range sequence {
			runtime.GC()
			before := cpuTime()
			t, err := client.do(order{Addr: addr, Path: path(i), Token: w.token, Connections: connections, Duration: slice})
			if err != nil {
				return nil, fmt.Errorf("%s: %w", serving[i].name, err)
			}
			cpu[i] = append(cpu[i], (cpuTime()-before)/time.Duration(max(t.Requests, 1)))
			rates[i] = append(rates[i], float64(t.Requests)/t.Elapsed.Seconds())
		}
		for i := range serving {
			shares[i] = append(shares[i], rates[i][round]/rates[0][round])
		}
	}
	result := map[string]throughput{}
	for i, c := range serving {
		result[c.name] = throughput{perSecond: median(rates[i]), share: median(shares[i]), cpu: median(cpu[i])}
	}
	return result, nil
}

func path(i int) string { return fmt.Sprintf("/%d", i) }

// serve starts a server with a path for each contender.
func serve(w *workload) (*http.Server, string, error) {
	mux := http.NewServeMux()
	for i, c := range serving {
		h, err := c.protect(w)
		if err != nil {
			return nil, "", err
		}
		if c.name != noAuth.name {
			if err := verifyContender(h, w); err != nil {
				return nil, "", fmt.Errorf("%s: %w", c.name, err)
			}
		}
		mux.Handle(path(i), h)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	server := &http.Server{Handler: mux}
	go server.Serve(listener) // until Close
	return server, listener.Addr().String(), nil
}

// client is the load client's process.
type client struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	orders *json.Encoder
	tally  *json.Decoder
}

func startClient() (*client, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, loadArg)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return nil, err
	}
	return &client{cmd, in, json.NewEncoder(in), json.NewDecoder(out)}, nil
}

func (c *client) do(o order) (tally, error) {
	var t tally
	if err := c.orders.Encode(o); err != nil {
		return t, err
	}
	if err := c.tally.Decode(&t); err != nil {
		return t, err
	}
	if t.Problem != "" {
		return t, errors.New(t.Problem)
	}
	return t, nil
}

// stop ends the client, which exits when its input does.
func (c *client) stop() {
	c.stdin.Close()
	c.cmd.Wait()
}

func serverTable(results map[string]throughput) *table {
	t := &table{
		title: "A real http.Server on loopback, RS256, session with full claims",
		note: fmt.Sprintf("%d keep-alive connections; a client in a process of its own shares the %d cores with the server. "+
			"Each share is the median over rounds in random order. CPU is what the server's process takes for one request.",
			connections, allCores),
	}
	t.add("", "requests/s", "of no authentication", "server CPU")
	for _, c := range serving {
		r := results[c.name]
		t.add(c.name, fmt.Sprintf("%.0f", r.perSecond), fmt.Sprintf("%.1f %%", 100*r.share), micros(float64(r.cpu)))
	}
	return t
}
