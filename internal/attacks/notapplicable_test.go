package attacks

import (
	"net/http"
	"strings"
	"testing"
)

const noDPoP = "it sends a DPoP proof, and the module has no sender-constrained tokens: such a token is refused as a bearer token, and the scheme DPoP is none of ours"

// notApplicable lists the rows that are not run, each with the reason. TestNoDPoP holds the reason to be true.
var notApplicable = map[string]string{
	"P12": noDPoP, "D03": noDPoP, "D05": noDPoP, "D07": noDPoP, "D09": noDPoP, "D11": noDPoP, "D13": noDPoP, "D15": noDPoP, "D17": noDPoP, "D19": noDPoP,
	"D21": noDPoP, "D23": noDPoP, "D25": noDPoP, "D27": noDPoP, "D29": noDPoP, "D31": noDPoP, "D35": noDPoP, "D37": noDPoP, "D39": noDPoP, "D41": noDPoP,
}

// TestNoDPoP: who holds a bound token gets in neither with a proof nor without; nor does the scheme make a bearer token.
func TestNoDPoP(t *testing.T) {
	rows := byID(t)
	for id := range notApplicable {
		r := rows[id]
		t.Run(id, func(t *testing.T) {
			if len(r.DPoP) == 0 || len(r.Headers) != 1 || !strings.HasPrefix(r.Headers[0][1], "DPoP ") {
				t.Fatal("the row sends no DPoP proof, so that the reason for not running it is not true")
			}
			w := newWorld(t)
			token := w.token(r.Token)
			for _, s := range setups {
				service := w.service(s)
				in := r.request(token)
				in.headers = append(in.headers, [2]string{"DPoP", "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AA"})
				for range 2 {
					expectRefused(t, service.send(in), http.StatusUnauthorized, "Bearer", "")
				}
				for range 2 {
					o := service.send(bearer(r.Route, token))
					if bound := strings.Contains(string(r.Token.Claims), `"cnf"`); bound {
						expectRefused(t, o, http.StatusUnauthorized, "Bearer", "invalid_token")
					} else if o.Status != http.StatusOK {
						t.Errorf("the unbound token is refused as a bearer token: %d", o.Status)
					}
				}
			}
		})
	}
}
