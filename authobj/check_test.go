package authobj_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

func member() *authobj.Session {
	return &authobj.Session{
		UserID: "user_1", OrgID: "org_1", OrgRole: "org:admin", OrgPermissions: []string{"org:reports:read"},
		Features: "o:reports,u:export,uo:both", Plans: "u:pro",
		FactorAges: [2]tokens.FactorAge{{Enrolled: true, Age: time.Minute}, {Enrolled: true, Age: time.Minute}},
	}
}

// sessionChecks is one check of each kind that member passes.
func sessionChecks() map[string]authobj.Check {
	return map[string]authobj.Check{
		"role":           authobj.Role("admin"),
		"permission":     authobj.Permission("reports:read"),
		"feature":        authobj.Feature("reports"),
		"plan":           authobj.Plan("pro"),
		"reverification": authobj.Reverified(authobj.StrictMFA),
	}
}

func TestA1_AllMustHold(t *testing.T) {
	yes, no := authobj.Role("admin"), authobj.Role("owner")
	for name, test := range map[string]struct {
		checks []authobj.Check
		want   bool
	}{
		"one that holds":        {[]authobj.Check{yes}, true},
		"two that hold":         {[]authobj.Check{yes, authobj.Plan("pro")}, true},
		"one that doesn't":      {[]authobj.Check{no}, false},
		"the last one doesn't":  {[]authobj.Check{yes, no}, false},
		"the first one doesn't": {[]authobj.Check{no, yes}, false},
		"nothing asked":         {nil, false},
		"a nil check":           {[]authobj.Check{yes, nil}, false},
	} {
		if got := authobj.Has(member(), test.checks...); got != test.want {
			t.Errorf("%s: Has = %v, want %v", name, got, test.want)
		}
	}
}

func TestA1_NobodyIsDenied(t *testing.T) {
	type impostor struct{ *authobj.Session }
	noUser := member()
	noUser.UserID = ""
	nobodies := map[string]authobj.Auth{
		"nil":         nil,
		"nil session": (*authobj.Session)(nil),
		"nil M2M":     (*authobj.M2M)(nil),
		"nil OAuth":   (*authobj.OAuth)(nil),
		"nil API key": (*authobj.APIKey)(nil),
		"no user":     noUser,
		"no machine":  &authobj.M2M{Scopes: []string{"a"}},
		"no client":   &authobj.OAuth{Scopes: []string{"a"}},
		"no owner":    &authobj.APIKey{Scopes: []string{"a"}},
		"impostor":    impostor{member()},
	}
	checks := sessionChecks()
	checks["scopes"] = authobj.AllScopes("a")
	checks["any scope"] = authobj.AnyScope("a", "b")
	checks["claim"] = authobj.ClaimEquals("tenant", "")
	anybody := func(authobj.Auth) error { return nil }
	for who, nobody := range nobodies {
		for what, check := range checks {
			if check(nobody) == nil {
				t.Errorf("the check of a %s lets %s pass", what, who)
			}
		}
		if authobj.Has(nobody, anybody) {
			t.Errorf("Has is true for %s", who)
		}
		if err := authobj.Authorize(nobody); !errors.Is(err, authobj.ErrNoAuthentication) {
			t.Errorf("Authorize(%s) = %v, want ErrNoAuthentication", who, err)
		}
	}
}

func TestA1_MalformedDenies(t *testing.T) {
	s := member()
	s.OrgRole = "org:"
	s.OrgPermissions = []string{"", "org:"}
	s.Features, s.Plans = "o:,u:,o:x:y,o:org,:x", "o:,u:,o:x:y,o:org"
	key := &authobj.APIKey{UserID: "user_1", Scopes: []string{"", "a"}}
	for name, test := range map[string]struct {
		auth  authobj.Auth
		check authobj.Check
	}{
		"empty role":         {s, authobj.Role("")},
		"role org:":          {s, authobj.Role("org:")},
		"role org:org:":      {s, authobj.Role("org:org:")},
		"empty permission":   {s, authobj.Permission("")},
		"permission org:":    {s, authobj.Permission("org:")},
		"empty feature":      {s, authobj.Feature("")},
		"feature o:":         {s, authobj.Feature("o:")},
		"feature org:":       {s, authobj.Feature("org:")},
		"feature :x":         {s, authobj.Feature(":x")},
		"feature o:x:y":      {s, authobj.Feature("o:x:y")},
		"empty plan":         {s, authobj.Plan("")},
		"plan u:":            {s, authobj.Plan("u:")},
		"plan o:x:y":         {s, authobj.Plan("o:x:y")},
		"empty level":        {s, authobj.Reverified("")},
		"unheard-of level":   {s, authobj.Reverified("STRICT")},
		"no scopes":          {key, authobj.AllScopes()},
		"empty scope":        {key, authobj.AllScopes("")},
		"one empty scope":    {key, authobj.AllScopes("a", "")},
		"any of no scopes":   {key, authobj.AnyScope()},
		"any of an empty":    {key, authobj.AnyScope("")},
		"any with an empty":  {key, authobj.AnyScope("a", "")},
		"claim without name": {key, authobj.ClaimEquals("", "")},
	} {
		denied, ok := errors.AsType[*authobj.Denied](test.check(test.auth))
		if !ok || denied.Error() == "" {
			t.Errorf("%s: want a Denied that says something", name)
		}
	}
}

func TestA2_RolesAndPermissions(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*authobj.Session)
		check  authobj.Check
		want   bool
	}{
		"short role":                 {nil, authobj.Role("admin"), true},
		"long role":                  {nil, authobj.Role("org:admin"), true},
		"folded role":                {nil, authobj.Role("org:org:admin"), true},
		"role folded in the session": {func(s *authobj.Session) { s.OrgRole = "org:org:admin" }, authobj.Role("admin"), true},
		"bare role in the session":   {func(s *authobj.Session) { s.OrgRole = "admin" }, authobj.Role("org:admin"), true},
		"another role":               {nil, authobj.Role("member"), false},
		"another case":               {nil, authobj.Role("Admin"), false},
		"no role":                    {func(s *authobj.Session) { s.OrgRole = "" }, authobj.Role("admin"), false},
		"role without organization":  {func(s *authobj.Session) { s.OrgID = "" }, authobj.Role("admin"), false},
		"short permission":           {nil, authobj.Permission("reports:read"), true},
		"long permission":            {nil, authobj.Permission("org:reports:read"), true},
		"folded permission":          {nil, authobj.Permission("org:org:reports:read"), true},
		"bare one in the session":    {func(s *authobj.Session) { s.OrgPermissions = []string{"reports:read"} }, authobj.Permission("reports:read"), false},
		"another permission":         {nil, authobj.Permission("reports:write"), false},
		"no permissions":             {func(s *authobj.Session) { s.OrgPermissions = nil }, authobj.Permission("reports:read"), false},
		"permission without org":     {func(s *authobj.Session) { s.OrgID = "" }, authobj.Permission("reports:read"), false},
	} {
		s := member()
		if test.change != nil {
			test.change(s)
		}
		if got := authobj.Has(s, test.check); got != test.want {
			t.Errorf("%s: Has = %v, want %v", name, got, test.want)
		}
	}
}

func TestA3_Reverification(t *testing.T) {
	const none = -time.Nanosecond // not enrolled
	levels := []authobj.Level{authobj.StrictMFA, authobj.Strict, authobj.Moderate, authobj.Lax}
	for name, test := range map[string]struct {
		first, second time.Duration
		want          [4]bool // by level
	}{
		"both just now":              {0, 0, [4]bool{true, true, true, true}},
		"below 10 minutes":           {10*time.Minute - 1, 10*time.Minute - 1, [4]bool{true, true, true, true}},
		"first 10 minutes":           {10 * time.Minute, 0, [4]bool{false, true, true, true}},
		"second 10 minutes":          {0, 10 * time.Minute, [4]bool{false, false, true, true}},
		"second an hour":             {0, time.Hour, [4]bool{false, false, false, true}},
		"second a day":               {0, 24 * time.Hour, [4]bool{false, false, false, false}},
		"first a year, second fresh": {8760 * time.Hour, 0, [4]bool{false, true, true, true}},
		"only first, fresh":          {0, none, [4]bool{true, true, true, true}},
		"only first, 10 minutes":     {10 * time.Minute, none, [4]bool{false, false, true, true}},
		"only first, a day":          {24 * time.Hour, none, [4]bool{false, false, false, false}},
		"only second, fresh":         {none, 0, [4]bool{false, true, true, true}},
		"only second, an hour":       {none, time.Hour, [4]bool{false, false, false, true}},
		"neither":                    {none, none, [4]bool{false, false, false, false}},
	} {
		s := &authobj.Session{UserID: "user_1"}
		for i, age := range []time.Duration{test.first, test.second} {
			s.FactorAges[i] = tokens.FactorAge{Enrolled: age != none, Age: max(age, 0)}
		}
		for i, level := range levels {
			if got := authobj.Has(s, authobj.Reverified(level)); got != test.want[i] {
				t.Errorf("%s: Reverified(%s) = %v, want %v", name, level, got, test.want[i])
			}
		}
	}
	negative := &authobj.Session{UserID: "user_1", FactorAges: [2]tokens.FactorAge{{Enrolled: true, Age: -1}, {Enrolled: true, Age: -1}}}
	if authobj.Has(negative, authobj.Reverified(authobj.Lax)) {
		t.Error("a factor verified in the future is fresh")
	}
}

func TestA4_FeaturesAndPlans(t *testing.T) {
	for ask, want := range map[string]bool{
		"org-only": true, "o:org-only": true, "org:org-only": true, "organization:org-only": true, "u:org-only": false, "user:org-only": false,
		"mine": true, "o:mine": false, "org:mine": false, "organization:mine": false, "u:mine": true, "user:mine": true,
		"both": true, "o:both": true, "u:both": true, "both2": true, "o:both2": true, "u:both2": true,
		"other": false, "O:org-only": false, "x:org-only": false, "ou:both": false, "nobodys": false,
	} {
		claim := "o:org-only, u:mine,ou:both,uo:both2,x:nobodys"
		if got := authobj.Has(&authobj.Session{UserID: "user_1", Features: claim}, authobj.Feature(ask)); got != want {
			t.Errorf("Feature(%q) = %v, want %v", ask, got, want)
		}
		if got := authobj.Has(&authobj.Session{UserID: "user_1", Plans: claim}, authobj.Plan(ask)); got != want {
			t.Errorf("Plan(%q) = %v, want %v", ask, got, want)
		}
		if authobj.Has(&authobj.Session{UserID: "user_1", Features: claim}, authobj.Plan(ask)) {
			t.Errorf("Plan(%q) looks at features", ask)
		}
	}
	for _, claim := range []string{"", "reports", "o:reports,", "o:reports,bad", ",o:reports"} {
		if authobj.Has(&authobj.Session{UserID: "user_1", Features: claim}, authobj.Feature("reports")) {
			t.Errorf("Feature holds for the malformed claim %q", claim)
		}
	}
}

// TestA5_Machines: a role asked of a machine denies even where its token has the claims of a session.
func TestA5_Machines(t *testing.T) {
	authority := newAuthority(t)
	claims := fullSession()
	delete(claims, "sub")
	machine, _ := authority.auth(t)(authority.signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", Scopes: []string{"a"}, TTL: time.Minute, Claims: claims}))
	all := authority.everybody(t)
	delete(all, tokens.TypeSession)
	all["M2M with session claims"] = machine
	for kind, auth := range all {
		for what, check := range sessionChecks() {
			if authobj.Has(auth, check) {
				t.Errorf("%s passes for a %s", kind, what)
			}
		}
		if !authobj.Has(auth, authobj.AllScopes("a"), authobj.ClaimEquals("tenant", "only-in-claims")) {
			t.Errorf("%s doesn't answer to scopes and claims", kind)
		}
	}
	if s := authority.session(t, fullSession()); authobj.Has(s, authobj.AllScopes("a")) || authobj.Has(s, authobj.AnyScope("a", "b")) {
		t.Error("a session answers to scopes")
	}
}

func TestA5_Scopes(t *testing.T) {
	scopes := []string{"reports:read", "reports:write"}
	for _, auth := range []authobj.Auth{
		&authobj.M2M{MachineID: "mch_1", Scopes: scopes},
		&authobj.OAuth{UserID: "user_1", Scopes: scopes},
		&authobj.APIKey{OrgID: "org_1", Scopes: scopes},
	} {
		for name, test := range map[string]struct {
			check authobj.Check
			want  bool
		}{
			"all of one":       {authobj.AllScopes("reports:read"), true},
			"all of two":       {authobj.AllScopes("reports:write", "reports:read"), true},
			"one is missing":   {authobj.AllScopes("reports:read", "other"), false},
			"another case":     {authobj.AllScopes("Reports:Read"), false},
			"part of a scope":  {authobj.AllScopes("reports"), false},
			"two as one":       {authobj.AllScopes("reports:read reports:write"), false},
			"any of one":       {authobj.AnyScope("reports:read"), true},
			"any, the last":    {authobj.AnyScope("other", "reports:read"), true},
			"any, none of two": {authobj.AnyScope("other", "another"), false},
			"any, none of one": {authobj.AnyScope("other"), false},
		} {
			if got := authobj.Has(auth, test.check); got != test.want {
				t.Errorf("%s, %s: Has = %v, want %v", auth.Type(), name, got, test.want)
			}
		}
	}
}

// TestScopes_Copied: a check means what it meant when it was made.
func TestScopes_Copied(t *testing.T) {
	asked := []string{"a", "b"}
	all, anyOf := authobj.AllScopes(asked...), authobj.AnyScope(asked...)
	asked[0], asked[1] = "x", "x"
	if m := (&authobj.M2M{MachineID: "mch_1", Scopes: []string{"x"}}); authobj.Has(m, all) || authobj.Has(m, anyOf) {
		t.Error("the check has changed with the slice that it was made of")
	}
}

func TestA5_ClaimEquals(t *testing.T) {
	type tenant string
	token := &tokens.APIKey{Meta: tokens.Meta{Subject: "user_1"}}
	must(t, token.SetClaims([]byte(`{"": "x", "s": "x", "empty": "", "n": 1, "zero": 0, "big": 9007199254740993, "half": 0.5, "t": true,
		"f": false, "null": null, "list": ["x"], "object": {"s": "x"}, "escaped": "\u0078", "exponent": 1e0}`)))
	auth := authobj.New(token)
	for name, test := range map[string]struct {
		check authobj.Check
		want  bool
	}{
		"string":               {authobj.ClaimEquals("s", "x"), true},
		"named string":         {authobj.ClaimEquals("s", tenant("x")), true},
		"escaped string":       {authobj.ClaimEquals("escaped", "x"), true},
		"another string":       {authobj.ClaimEquals("s", "X"), false},
		"name in other case":   {authobj.ClaimEquals("S", "x"), false},
		"name folded":          {authobj.ClaimEquals("ſ", "x"), false},
		"empty string":         {authobj.ClaimEquals("empty", ""), true},
		"int":                  {authobj.ClaimEquals("n", 1), true},
		"float":                {authobj.ClaimEquals("n", 1.0), true},
		"half":                 {authobj.ClaimEquals("half", 0.5), true},
		"half as int":          {authobj.ClaimEquals("half", 0), false},
		"big":                  {authobj.ClaimEquals("big", int64(9007199254740993)), true},
		"not quite as big":     {authobj.ClaimEquals("big", int64(9007199254740992)), false},
		"too big":              {authobj.ClaimEquals("big", uint8(1)), false},
		"true":                 {authobj.ClaimEquals("t", true), true},
		"false":                {authobj.ClaimEquals("f", false), true},
		"true is not false":    {authobj.ClaimEquals("t", false), false},
		"number as string":     {authobj.ClaimEquals("n", "1"), false},
		"string as number":     {authobj.ClaimEquals("s", 0), false},
		"bool as string":       {authobj.ClaimEquals("t", "true"), false},
		"bool as number":       {authobj.ClaimEquals("t", 1), false},
		"number as bool":       {authobj.ClaimEquals("n", true), false},
		"list":                 {authobj.ClaimEquals("list", "x"), false},
		"object":               {authobj.ClaimEquals("object", "x"), false},
		"null as string":       {authobj.ClaimEquals("null", ""), false},
		"null as number":       {authobj.ClaimEquals("null", 0), false},
		"null as bool":         {authobj.ClaimEquals("null", false), false},
		"absent as string":     {authobj.ClaimEquals("absent", ""), false},
		"absent as number":     {authobj.ClaimEquals("absent", 0), false},
		"absent as bool":       {authobj.ClaimEquals("absent", false), false},
		"no name":              {authobj.ClaimEquals("", "x"), false},
		"a path is no name":    {authobj.ClaimEquals("object.s", "x"), false},
		"a pointer is no name": {authobj.ClaimEquals("/object/s", "x"), false},
	} {
		if got := authobj.Has(auth, test.check); got != test.want {
			t.Errorf("%s: Has = %v, want %v", name, got, test.want)
		}
	}
	if authobj.Has(&authobj.APIKey{UserID: "user_1"}, authobj.ClaimEquals("s", "")) {
		t.Error("a caller without claims has one")
	}
}

// TestA6_DeniedSaysWhatIsMissing, and says nothing of the token.
func TestA6_DeniedSaysWhatIsMissing(t *testing.T) {
	session := member()
	machine := &authobj.M2M{MachineID: "mch_1", Scopes: []string{"a"}}
	for name, test := range map[string]struct {
		auth   authobj.Auth
		checks []authobj.Check
		want   string
		scope  string
	}{
		"role":            {session, []authobj.Check{authobj.Role("owner")}, "missing role org:owner", ""},
		"permission":      {session, []authobj.Check{authobj.Permission("x:y")}, "missing permission org:x:y", ""},
		"feature":         {session, []authobj.Check{authobj.Feature("o:x")}, "missing feature o:x", ""},
		"plan":            {session, []authobj.Check{authobj.Plan("x")}, "missing plan x", ""},
		"reverification":  {&authobj.Session{UserID: "user_1"}, []authobj.Check{authobj.Reverified(authobj.Strict)}, "missing reverification strict", ""},
		"claim":           {session, []authobj.Check{authobj.ClaimEquals("tenant", "acme")}, "missing claim tenant", ""},
		"scopes":          {machine, []authobj.Check{authobj.AllScopes("a", "b", "c")}, "missing scope b, scope c", "b c"},
		"any scope":       {machine, []authobj.Check{authobj.AnyScope("b", "c")}, "missing one of the scopes b, c", ""},
		"any of one":      {machine, []authobj.Check{authobj.AnyScope("b")}, "missing scope b", "b"},
		"all that is":     {machine, []authobj.Check{authobj.AllScopes("a"), authobj.AllScopes("b"), authobj.Role("admin"), authobj.AllScopes("b", "c")}, "missing scope b, role org:admin, scope c", "b c"},
		"no scope-token":  {machine, []authobj.Check{authobj.AllScopes("b", `c"`)}, `missing scope b, scope c"`, ""},
		"scope injection": {machine, []authobj.Check{authobj.AllScopes("b\r\nX: y")}, "missing scope b\r\nX: y", ""},
		"non-ASCII scope": {machine, []authobj.Check{authobj.AllScopes("ü")}, "missing scope ü", ""},
		"two in one":      {machine, []authobj.Check{authobj.AllScopes("b c")}, "missing scope b c", ""},
		"backslash":       {machine, []authobj.Check{authobj.AllScopes(`b\`)}, `missing scope b\`, ""},
		"nil check":       {machine, []authobj.Check{nil}, "missing a check that is not nil", ""},
	} {
		t.Run(name, func(t *testing.T) {
			denied, ok := errors.AsType[*authobj.Denied](authobj.Authorize(test.auth, test.checks...))
			if !ok {
				t.Fatal("not denied")
			}
			if diff := cmp.Diff([]string{test.want, test.scope}, []string{denied.Error(), denied.Scope()}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if err := authobj.Authorize(session); err != nil {
		t.Errorf("nothing asked of somebody: %v", err)
	}
}

// TestCheck_OfOnesOwn: a program's checks may fail in ways of their own, and none of them lets anybody pass.
func TestCheck_OfOnesOwn(t *testing.T) {
	outage := errors.New("the database is down")
	machine := &authobj.M2M{MachineID: "mch_1"}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"denied":         {&authobj.Denied{Missing: []string{"quota"}}, "missing quota, role org:x"},
		"wrapped denied": {errors.Join(&authobj.Denied{Missing: []string{"quota"}}), "missing quota, role org:x"},
		"empty denied":   {&authobj.Denied{}, "missing role org:x"},
		"nil denied":     {(*authobj.Denied)(nil), "missing role org:x"},
		"outage":         {outage, "the database is down"},
	} {
		own := func(authobj.Auth) error { return test.err }
		if err := authobj.Authorize(machine, own, authobj.Role("x")); err == nil || err.Error() != test.want {
			t.Errorf("%s: Authorize = %v, want %s", name, err, test.want)
		}
		err := authobj.Authorize(machine, own)
		if err == nil || strings.TrimSpace(err.Error()) == "" {
			t.Errorf("%s alone: Authorize = %v", name, err)
		}
	}
}

// TestDenied_IsItsCallers: whoever gets a Denied may change it.
func TestDenied_IsItsCallers(t *testing.T) {
	machine := &authobj.M2M{MachineID: "mch_1"}
	for _, check := range []authobj.Check{authobj.AllScopes("b"), authobj.AnyScope("b", "c"), authobj.Role("b"), authobj.ClaimEquals("b", "")} {
		first, _ := errors.AsType[*authobj.Denied](check(machine))
		want := first.Error()
		first.Missing[0] = "changed"
		if got := check(machine).Error(); got != want {
			t.Errorf("the check now says %q, not %q", got, want)
		}
	}
}
