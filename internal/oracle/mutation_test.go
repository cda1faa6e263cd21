package oracle_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/machineauth/internal/oracle"
)

// FuzzMutatedToken mutates good tokens, before and after they are signed, and holds what the library says of them to what the
// oracle says. Accepted means exactly the identity that was signed.
func FuzzMutatedToken(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 64 {
		f.Add(randomProgram(random))
	}
	keys := newRing(f)
	services := newServices(f, keys)
	f.Fuzz(func(t *testing.T, choices []byte) {
		p := program{bytes: choices}
		m := p.run(keys)
		if _, differences := services[m.config].check(t.Context(), m); differences != nil {
			t.Errorf("%s\nthe token is %s", strings.Join(differences, "\n"), &p)
		}
	})
}

func randomProgram(random *rand.Rand) []byte {
	choices := make([]byte, 8+random.IntN(40))
	for i := range choices {
		choices[i] = byte(random.Uint32())
	}
	return choices
}

// TestMutatedTokens runs the same programs in every run, and sees that they reach all there is to reach: tokens that are good
// and tokens that are refused, for every reason there is.
func TestMutatedTokens(t *testing.T) {
	const runs = 4000
	random := rand.New(rand.NewPCG(2, 2))
	keys := newRing(t)
	services := newServices(t, keys)
	accepted := make(map[string]int)
	refused := make(map[oracle.Reason]int) // by the first reason
	wrong := 0
	for i := range runs {
		choices := randomProgram(random)
		p := program{bytes: choices}
		m := p.run(keys)
		v, differences := services[m.config].check(t.Context(), m)
		if differences != nil {
			t.Errorf("program %d: %s\nthe token is %s", i, strings.Join(differences, "\n"), &p)
			if wrong++; wrong == 5 {
				t.FailNow()
			}
		}
		if v.Accepted() {
			accepted[v.Identity.Type]++
		} else {
			refused[v.Refused[0]]++
		}
	}
	total := 0
	for _, kind := range []string{oracle.Session, oracle.M2M, oracle.OAuth} {
		t.Logf("%5d accepted as %s", accepted[kind], kind)
		total += accepted[kind]
		if accepted[kind] < runs/50 {
			t.Errorf("only %d accepted as %s", accepted[kind], kind)
		}
	}
	if total < runs/5 || total > runs*4/5 {
		t.Errorf("%d of %d accepted", total, runs)
	}
	for _, reason := range reasons {
		t.Logf("%5d refused: %s", refused[reason], reason)
		if refused[reason] == 0 {
			t.Errorf("none refused for %s", reason)
		}
	}
}

// reasons are all that the oracle knows.
var reasons = []oracle.Reason{
	oracle.TooLarge, oracle.Malformed, oracle.BadSubject, oracle.WrongType, oracle.NotConfigured, oracle.BadHeader, oracle.WrongCategory, oracle.BadAlgorithm, oracle.BadKeyID,
	oracle.UnknownKey, oracle.BadSignature, oracle.WrongAudience, oracle.WrongParty, oracle.WrongIssuer, oracle.Expired, oracle.NotYetValid, oracle.IssuedInFuture, oracle.BadClaims,
	oracle.SenderConstrained, oracle.Pending,
}
