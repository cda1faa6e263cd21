package authobj

import (
	"time"

	"example.com/machineauth/tokens"
)

// Level is how recently, and by how many factors, a user must have proven who they are (A3).
type Level string

// The levels of reverification, strictest first.
const (
	StrictMFA Level = "strict_mfa" // both factors within 10 minutes
	Strict    Level = "strict"     // the second factor within 10 minutes
	Moderate  Level = "moderate"   // the second factor within an hour
	Lax       Level = "lax"        // the second factor within a day
)

// Reverified asks that the user has verified the factors of a level recently enough. For users without a second factor the
// first one counts. It is for what a stolen open session must not be able to do.
func Reverified(level Level) Check {
	limit := level.limit()
	return session("reverification "+string(level), func(s *Session) bool {
		fresh := func(f tokens.FactorAge) bool { return f.Enrolled && 0 <= f.Age && f.Age < limit }
		first, second := s.FactorAges[0], s.FactorAges[1]
		switch {
		case !second.Enrolled:
			return fresh(first)
		case level == StrictMFA:
			return fresh(first) && fresh(second)
		}
		return fresh(second)
	})
}

// limit is the age from which on a factor isn't fresh; 0, which no age is below, for what is no level.
func (l Level) limit() time.Duration {
	switch l {
	case StrictMFA, Strict:
		return 10 * time.Minute
	case Moderate:
		return time.Hour
	case Lax:
		return 24 * time.Hour
	}
	return 0
}
