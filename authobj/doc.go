// Package authobj says who is calling, and what they may do.
//
// The middleware verifies a request's token and puts an [Auth] into the request's context: a [Session], an [M2M], an
// [OAuth] or an [APIKey], always as a pointer. A handler takes it out and reads its fields:
//
//	caller, ok := authobj.As[*authobj.M2M](r.Context())
//	if !ok {
//		// not a machine, or nobody
//	}
//	fmt.Fprintln(w, caller.MachineID)
//
// A handler for callers of several types takes an Auth and switches on its type:
//
//	caller, err := authobj.FromContext(r.Context())
//	if err != nil {
//		// nobody is signed in, and err says why: for the log
//	}
//	switch caller := caller.(type) {
//	case *authobj.Session:
//		fmt.Fprintln(w, caller.UserID)
//	case *authobj.APIKey:
//		fmt.Fprintln(w, caller.Name)
//	}
//
// # Custom claims
//
// Claims decodes what else the token says into a struct of the program's own. Names are matched exactly, by their tags:
//
//	var custom struct {
//		Tenant string `json:"tenant"`
//	}
//	err := caller.Claims(&custom)
//
// # Checks
//
// A [Check] asks one thing of a caller. Given to a route, it answers 403 to those who lack it; [Has] asks within a handler:
//
//	if authobj.Has(caller, authobj.Role("admin"), authobj.Reverified(authobj.Strict)) { … }
//
// What they mean is what Clerk's has() means, except where marked stricter:
//
//   - A1: All that is asked must hold. What can't be satisfied or is malformed denies: an empty name, a level that doesn't
//     exist (stricter: also "org:", "o:" and "o:x:y"). Has denies where nothing is asked, and who is nobody passes no check.
//   - A2: [Role] and [Permission] need an organization. Roles compare without the org: in front, however often it is there;
//     permissions likewise, but on the asked side only.
//   - A3: [Reverified] asks for the second factor within 10 minutes ([Strict]), 60 ([Moderate]) or 1,440 ([Lax]), and for
//     both within 10 ([StrictMFA]); an age equal to the limit is too old. For users without a second factor the first one
//     counts; a second factor without a first one is enough for all levels but StrictMFA. Neither enrolled, or nothing known:
//     denied.
//   - A4: [Feature] and [Plan] are asked for as "x" (the user's or the organization's), "o:x", "org:x" or "organization:x",
//     "u:x" or "user:x". Another scope denies; so does a claim with an element without a colon.
//   - A5: Machines answer to [AllScopes], [AnyScope] and [ClaimEquals]; all other checks deny them. Sessions have claims,
//     but no scopes.
//   - A6: A caller who is known but not allowed gets 403 and a [Denied] that says what is missing; who is not known gets 401.
//
// # What a program can rely on
//
// Auth objects come from verified tokens, or from [NewContext] in tests. FromContext and As return copies: a handler that
// changes its own changes nobody else's. Each prints, logs and marshals as redacted, since what it holds is somebody's
// identity. Only package fmt looks into unexported fields without asking: there an auth object is an address under %v, %+v
// and %#v, but %s shows the fields of its struct, though never its claims.
package authobj
