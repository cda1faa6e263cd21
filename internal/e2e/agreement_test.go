package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"

	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// comparable leaves out what authenticateRequest doesn't say, and that an empty list may be no list.
var comparable = cmp.Options{cmpopts.IgnoreFields(judgement{}, "Reason", "Expires"), cmpopts.EquateEmpty()}

// bothJudge has both sides judge a token, compares, and sees that they think what they should. The npm client judges a JWT
// twice: with keys from the JWKS, and with a PEM.
func (w *world) bothJudge(name, token string, accept tokens.Type, wantAccepted bool) judgement {
	w.t.Helper()
	sources := []options{{}}
	if strings.HasPrefix(token, "ey") {
		sources = append(sources, options{PEM: true})
	}
	return w.bothJudgeWith(sources, name, token, accept, wantAccepted)
}

func (w *world) bothJudgeWith(sources []options, name, token string, accept tokens.Type, wantAccepted bool) judgement {
	w.t.Helper()
	goSide := w.service.judge(token, accept)
	for _, o := range sources {
		got := w.npm.call(o, "authenticateRequest", token, accept)
		var npmSide judgement
		if got.Error != nil || json.Unmarshal(got.Value, &npmSide) != nil {
			w.t.Fatalf("authenticateRequest throws %+v", got.Error)
		}
		call := "authenticateRequest " + string(accept) + ": " + name + from(o)
		diff := cmp.Diff(npmSide, goSide, comparable)
		if goSide.Accepted != wantAccepted {
			diff += "\nboth should have " + map[bool]string{true: "accepted", false: "refused"}[wantAccepted] + " it"
		}
		w.report.row(call, npmSide.String(), goSide.String(), diff)
	}
	return goSide
}

// from says where the npm client has its signing keys from, where that isn't the JWKS.
func from(o options) string {
	if o.PEM {
		return ", jwtKey"
	}
	return ""
}

// bothRefuse compares how the npm client was refused with how Go is, which makes the same call.
func (w *world) bothRefuse(name string, got outcome, method, path, secretKey string, body map[string]any, mentions string) {
	w.t.Helper()
	status, answer := w.raw(method, path, secretKey, body)
	var refusal struct {
		Errors []struct {
			Code, Message string
			Meta          struct {
				Param string `json:"param_name"`
			}
		}
		Trace string `json:"clerk_trace_id"`
	}
	if err := json.Unmarshal(answer, &refusal); err != nil || len(refusal.Errors) != 1 || got.Error == nil {
		w.t.Fatalf("%s: not refused: npm client %+v, Go %d", name, got.Error, status)
	}
	first := refusal.Errors[0]
	goSide := thrown{Name: "ClerkAPIResponseError", Status: status, Code: first.Code, Message: first.Message, Param: first.Meta.Param}
	diff := cmp.Diff(*got.Error, goSide, cmpopts.IgnoreFields(thrown{}, "Trace"))
	if !strings.Contains(first.Message, mentions) {
		diff += "\nthe message does not mention " + mentions
	}
	if got.Error.Trace == "" || refusal.Trace == "" || got.Error.Trace == refusal.Trace {
		diff += "\neach refusal should have a trace ID of its own"
	}
	if (status == http.StatusBadRequest) != (got.Error.Param != "") {
		diff += "\na 400 should name the parameter, and nothing else should"
	}
	w.report.row(name, got.Error.String(), goSide.String(), diff)
}
