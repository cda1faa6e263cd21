package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// loadArg makes the program the load client.
const loadArg = "-load"

// order is what the client is told to do: a line of JSON on its standard input. It says so much again when it is done.
type order struct {
	Addr        string
	Path        string
	Token       string
	Connections int
	Duration    time.Duration
}

// tally is what came of an order.
type tally struct {
	Requests int64
	Elapsed  time.Duration
	Problem  string
}

// load is the client's life: orders in, tallies out, until its input ends.
func load(in io.Reader, out io.Writer) error {
	orders, tallies := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := tallies.Encode(o.carryOut()); err != nil {
			return err
		}
	}
}

// carryOut keeps so many connections busy, each with one request at a time. It does as little as it can for each: what it
// takes is taken from the server, on the same machine.
func (o order) carryOut() tally {
	text := fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", o.Path, o.Addr, o.Token)
	var requests atomic.Int64
	problems := make(chan error, o.Connections)
	var clients sync.WaitGroup
	begin := time.Now()
	end := begin.Add(o.Duration)
	for range o.Connections {
		clients.Go(func() {
			conn, err := net.Dial("tcp", o.Addr)
			if err != nil {
				problems <- err
				return
			}
			defer conn.Close()
			conn.SetDeadline(end.Add(10 * time.Second))
			answers := bufio.NewReader(conn)
			for time.Now().Before(end) {
				if _, err := conn.Write(text); err != nil {
					problems <- err
					return
				}
				if err := readOK(answers); err != nil {
					problems <- err
					return
				}
				requests.Add(1)
			}
		})
	}
	clients.Wait()
	t := tally{Requests: requests.Load(), Elapsed: time.Since(begin)}
	select {
	case err := <-problems:
		t.Problem = err.Error()
	default:
	}
	return t
}

// readOK reads one answer, which must be a 200 with a length.
func readOK(r *bufio.Reader) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(line), "HTTP/1.1 200 ") {
		return fmt.Errorf("answered %q", strings.TrimSpace(string(line)))
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("the answer has no Content-Length")
	}
	_, err = r.Discard(length)
	return err
}
