// Bench measures what authenticating a request costs: with this module and with what else there is for Go, in one run, as
// multiples of the signature check that none of them can do without.
//
//	go run .                     # all of it, about four minutes
//	go run . -budget 30s         # the same, shorter and noisier
//	go run . -only ratios        # ratios, server or growth
//
// The same handlers under testing.B, for benchstat (golang.org/x/perf/cmd/benchstat):
//
//	go test -run - -bench . -cpu 1,2 -count 10 | tee new.txt
//	benchstat -col /by new.txt                    # contenders side by side
//	benchstat -filter /by:machineauth-warm old.txt new.txt
//
// # What is compared
//
// Every contender is an [net/http.Handler]: the library's own middleware where it has one, else the few lines that its
// users write. It gets the same request and the same local key, checks the same things as far as it has settings for them
// (signature, exp, iss, aud, azp), decodes a session's claims into a struct, and its handler answers 200 only to the right
// subject. Where a library can be set up in several ways, the fastest one that its users would choose is taken. That each
// contender accepts the good token and refuses a forged one is verified before and after it is timed. No contender touches
// the network.
//
// # How it is measured
//
// One round runs every contender for some 20 ms, in random order; the ratio of a contender is the median over all
// rounds of its time to the raw check's of the same round. What slows the machine down for a while thus slows down both.
// Where a verdict has a second number in parentheses, it compares the fastest rounds, which a busy machine disturbs least:
// two numbers far apart say that the machine was busy. One core is GOMAXPROCS=1, garbage collection included.
package main
