package main

import (
	"fmt"
	"net/http"

	"example.com/machineauth/authobj"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
	"github.com/go-chi/chi/v5"
)

// route is a path of the service. Whom it lets in is said where it is mounted.
type route struct{ method, path string }

var (
	me       = route{http.MethodGet, "/me"}
	jobs     = route{http.MethodPost, "/jobs"}
	files    = route{http.MethodGet, "/files"}
	exports  = route{http.MethodGet, "/exports"}
	machines = route{http.MethodGet, "/machines"}
	reports  = route{http.MethodGet, "/reports"}
	routes   = []route{me, jobs, files, exports, machines, reports}
)

// anyMachine is every type of token but sessions.
var anyMachine = []tokens.Type{tokens.TypeM2M, tokens.TypeOAuth, tokens.TypeAPIKey}

// chiRouter guards its routes with With.
func chiRouter(auth *middleware.Middleware) http.Handler {
	r := chi.NewRouter()
	r.With(auth.Require()).Get(me.path, showSession)                                             // people only
	r.With(auth.Require(tokens.TypeM2M)).Post(jobs.path, startJob)                               // machines only
	r.With(auth.Require(tokens.TypeOAuth)).Get(files.path, listFiles)                            // OAuth clients only
	r.With(auth.Require(tokens.TypeAPIKey)).Get(exports.path, listExports)                       // API keys only
	r.With(auth.Require(anyMachine...)).Get(machines.path, showCaller)                           // any of the three
	r.Method(reports.method, reports.path, middleware.Handle(auth, readReports, mayReadReports)) // OAuth clients with a scope
	return r
}

// serveMux wraps the same handlers for the standard library's router.
func serveMux(auth *middleware.Middleware) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /me", auth.Require()(http.HandlerFunc(showSession)))
	mux.Handle("POST /jobs", auth.Require(tokens.TypeM2M)(http.HandlerFunc(startJob)))
	mux.Handle("GET /files", auth.Require(tokens.TypeOAuth)(http.HandlerFunc(listFiles)))
	mux.Handle("GET /exports", auth.Require(tokens.TypeAPIKey)(http.HandlerFunc(listExports)))
	mux.Handle("GET /machines", auth.Require(anyMachine...)(http.HandlerFunc(showCaller)))
	mux.Handle("GET /reports", middleware.Handle(auth, readReports, mayReadReports))
	return mux
}

func showSession(w http.ResponseWriter, r *http.Request) {
	if session, ok := middleware.Protect[*authobj.Session](w, r); ok {
		fmt.Fprintf(w, "Hello %s, %s of %s.\n", session.UserID, session.OrgRole, session.OrgID)
	}
}

func startJob(w http.ResponseWriter, r *http.Request) {
	machine, ok := middleware.Protect[*authobj.M2M](w, r)
	if !ok {
		return
	}
	var custom struct {
		Region string `json:"region"`
	}
	if err := machine.Claims(&custom); err != nil {
		http.Error(w, "unreadable claims", http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "A job for %s in %s.\n", machine.MachineID, custom.Region)
}

func listFiles(w http.ResponseWriter, r *http.Request) {
	if client, ok := middleware.Protect[*authobj.OAuth](w, r, authobj.AllScopes("files:read")); ok {
		fmt.Fprintf(w, "Files for the application %s.\n", client.ClientID)
	}
}

func listExports(w http.ResponseWriter, r *http.Request) {
	if key, ok := middleware.Protect[*authobj.APIKey](w, r, authobj.AllScopes("exports:read")); ok {
		fmt.Fprintf(w, "Exports of %s, by the key %s.\n", key.UserID, key.Name)
	}
}

func showCaller(w http.ResponseWriter, r *http.Request) {
	if caller, ok := middleware.ProtectAny(w, r, anyMachine); ok {
		fmt.Fprintf(w, "Hello %s, with your %s.\n", caller.Subject(), caller.Type())
	}
}

var mayReadReports = authobj.AllScopes("reports:read")

// readReports can't be reached without the right caller: its third parameter is the policy.
func readReports(w http.ResponseWriter, _ *http.Request, client *authobj.OAuth) {
	fmt.Fprintf(w, "Reports for the application %s.\n", client.ClientID)
}
