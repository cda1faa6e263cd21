package attacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stories stage the rows that are more than one request.
var stories = map[string]func(*testing.T){
	"F01": TestF01_UnknownKidFlood,
	"F02": TestF02_ColdAndDown,
	"F03": TestF03_WarmThenDown,
	"F04": TestF04_Hangs,
	"F05": TestF05_HugeSet,
	"F06": TestF06_Redirect,
	"F07": TestF07_RemovedKey,
	"F08": TestF08_StatusCounts,
	"F09": TestF09_ConcurrentCold,
	"F10": TestF10_UselessSets,
	"X01": TestX01_CachedThenExpired,
	"X02": TestX02_CachedThenRevoked,
	"X03": TestX03_CachedElsewhere,
	"X04": TestX04_HandlerMutates,
	"X05": TestX05_Flood,
	"X06": TestX06_OutageIsNotRemembered,
	"L01": TestL01_NothingLeaks,
	"L02": TestL02_ForgedAndExpired,
	"L03": TestL03_ChallengeInjection,
	"L04": TestL04_ProtectWithoutMiddleware,
	"L05": TestL05_Panics,
	"N01": TestN01_ClaimNameInjection,
	"N02": TestN02_ReservedClaims,
	"N03": TestN03_Lifetimes,
	"V01": TestV01_DevelopmentToken,
	"V02": TestV02_DevelopmentHost,
	"V03": TestV03_PublicMembersOnly,
}

// TestEveryRowIsAccountedFor: a row is a request that is run, or a story that a test of its name stages; and nothing is staged
// that isn't a row.
func TestEveryRowIsAccountedFor(t *testing.T) {
	ids := make(map[string]bool)
	for _, r := range readCorpus(t) {
		ids[r.ID] = true
		story, staged := stories[r.ID]
		if staged != r.isScenario() {
			t.Errorf("%s: staged is %t, and of its kind it is %q", r.ID, staged, r.Kind)
		}
		if name := nameOf(story); staged && !strings.HasPrefix(name, "Test"+r.ID+"_") {
			t.Errorf("%s is staged by %s", r.ID, name)
		}
	}
	for id := range stories {
		if !ids[id] {
			t.Errorf("there is no row %s", id)
		}
	}
}

func nameOf(story func(*testing.T)) string {
	if story == nil {
		return ""
	}
	name := runtime.FuncForPC(reflect.ValueOf(story).Pointer()).Name()
	return name[strings.LastIndexByte(name, '.')+1:]
}

// requests are the rows that are run.
func requests(t testing.TB) []*row {
	t.Helper()
	return slices.DeleteFunc(readCorpus(t), func(r *row) bool { return r.isScenario() })
}

// byID is for {{tok:ID}}, and for tests that want a good token.
func byID(t testing.TB) map[string]*row {
	t.Helper()
	rows := make(map[string]*row)
	for _, r := range readCorpus(t) {
		rows[r.ID] = r
	}
	return rows
}

// TestRows sends every row through every setup: the outcome must be the one that the row says, whatever the router and the
// state of the cache.
func TestRows(t *testing.T) {
	rows := byID(t)
	counts, sent := make(map[string]int), 0
	for _, r := range requests(t) {
		counts[r.Group]++
		t.Run(r.ID, func(t *testing.T) { sent += run(t, r, rows) })
	}
	counts["scenario"] = len(stories)
	for _, group := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[group], group)
	}
	t.Logf("%d requests sent", sent)
}

// run sends a row's request through every setup, twice where there is a cache, and returns how many requests that were.
func run(t *testing.T, r *row, rows map[string]*row) (sent int) {
	w := newWorld(t, r.Pre.ExtraKeys...)
	w.mint.rows = rows
	token := w.token(r.Token)
	in := r.request(token)
	var first *outcome
	for _, s := range setups {
		s.revoking = r.Group == "revocation"
		s.nonces = r.Pre.DPoPNonce
		service := w.service(s)
		service.warm(r.Pre.Warm)
		for try := range 2 {
			in := service.withProof(r, in, token)
			if r.DPoP != nil && r.DPoP.Again {
				if first := service.deliver(r.ID, in); first.Status != http.StatusOK {
					t.Fatalf("%s: sent for the first time it gets %d", r.ID, first.Status)
				}
			}
			w.backend.calls.Store(0)
			name := fmt.Sprintf("%s (%s), %v, request %d", r.ID, r.Title, s, try+1)
			got := service.deliver(name, in)
			sent++
			for _, problem := range got.problems(r.Expect, in.method) {
				t.Errorf("%s: %s", name, problem)
			}
			r.assert(t, name, got, w)
			if first == nil {
				first = &got
			} else if diff := cmp.Diff(first.comparable(), got.comparable()); diff != "" {
				t.Errorf("%s: not the same as by the first setup (-first +this):\n%s", name, diff)
			}
			if t.Failed() {
				return sent // the others would say the same
			}
			if !s.cached {
				break
			}
		}
	}
	return sent
}

// deliver sends a request. One that net/http refuses before any handler runs is handed to the handler, too.
func (s *service) deliver(name string, in request) outcome {
	s.Helper()
	if in.isHTTP() {
		return s.send(in)
	}
	if refused := s.send(in); refused.Status != http.StatusBadRequest || refused.Runs != 0 {
		s.Errorf("%s: net/http lets it through: status %d", name, refused.Status)
	}
	return s.call(in)
}

// warm has tenants serve a good request, so that their keys are loaded and their caches are not empty.
func (s *service) warm(tenants []string) {
	s.Helper()
	good := map[string]struct{ path, row string }{"A": {"/m2m", "P02"}, "B": {"/b/m2m", "own-t01"}}
	for _, tenant := range tenants {
		g, ok := good[tenant]
		if !ok {
			s.Fatalf("there is no tenant %q", tenant)
		}
		if o := s.call(bearer(g.path, s.token(s.mint.rows[g.row].Token))); o.Status != http.StatusOK {
			s.Fatalf("a good token of tenant %s gets %d", tenant, o.Status)
		}
	}
}

// assert checks what a row says beyond its expectation.
func (r *row) assert(t *testing.T, name string, got outcome, w *world) {
	t.Helper()
	for _, assertion := range r.Assertions {
		left, right, _ := strings.Cut(assertion, "==")
		left, right = strings.TrimSpace(left), strings.TrimSpace(right)
		actual, known := map[string]string{
			"auth.Subject":  got.Subject,
			"auth.Type":     string(got.Type),
			"backend_calls": fmt.Sprint(w.backend.calls.Load()),
			"jwks_fetches":  fmt.Sprint(w.a.count() + w.b.count()),
			"scope":         got.parameter("scope"),
		}[left]
		if !known {
			t.Fatalf("%s: there is no assertion %q", r.ID, assertion)
		}
		if actual != right {
			t.Errorf("%s: %s is %q, want %q", name, left, actual, right)
		}
	}
}

// withoutPost is the recipe of the token before anybody tampered with it.
func (r recipe) withoutPost() *recipe {
	r.Post = nil
	return &r
}

// set returns a copy of a row's recipe in which a claim is another JSON value; an empty value removes it.
func (r recipe) set(name, value string) *recipe {
	claims := make(map[string]json.RawMessage)
	if err := json.Unmarshal(r.Claims, &claims); err != nil {
		panic(err)
	}
	if claims[name] = json.RawMessage(value); value == "" {
		delete(claims, name)
	}
	r.Claims = must(json.Marshal(claims))
	return &r
}
