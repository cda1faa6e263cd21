// Package resources has no code of its own: its tests measure what the worst that anybody can send costs a service, in time,
// memory, goroutines and outgoing requests, print it as a table, and fail where it is more than what is promised:
//
//	go test -count=1 -v ./internal/resources    # or: make resources
//
// What is asserted is counted: bytes allocated and bytes held, requests made, goroutines. Times are printed; they are bounded
// only by the deadline that a hanging test has.
package resources
