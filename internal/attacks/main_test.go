package attacks

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"
)

// TestMain sees that all services, key sources and clients of the tests left no goroutine behind.
func TestMain(m *testing.M) {
	before := runtime.NumGoroutine()
	status := m.Run()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	for begin := time.Now(); runtime.NumGoroutine() > before && time.Since(begin) < 10*time.Second; {
		time.Sleep(10 * time.Millisecond)
	}
	if left := runtime.NumGoroutine() - before; left > 0 {
		fmt.Fprintf(os.Stderr, "%d goroutines are left behind:\n", left)
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
		status = 1
	}
	os.Exit(status)
}
