package tokens

import "hash/maphash"

// knownNames are the member names that this package gives a meaning, in a header, a payload or an object within. Only these
// are kept, so that what a token costs in memory doesn't grow with the number of its members.
var knownNames = [...]string{
	"alg", "kid", "typ", "cat", "crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c", // headers: RFC 7515, 7516 and 7797; cat is Clerk's
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", // every payload: RFC 7519, RFC 7800
	"sid", "azp", "sts", "v", "org_id", "org_role", "org_slug", "org_permissions", "fva", "fea", "pla", // sessions
	"o", "id", "slg", "rol", "per", "fpm", "act", // sessions, the objects within
	"scopes",                    // M2M
	"client_id", "scp", "scope", // OAuth: RFC 9068
	"htm", "htu", "ath", "nonce", // DPoP proofs: RFC 9449
}

// knownByLetter are the places in knownNames of the names that begin with a letter.
var knownByLetter = func() (index [256][]uint8) {
	for i, name := range knownNames {
		index[name[0]] = append(index[name[0]], uint8(i))
	}
	return index
}()

// indexOf returns the place of a name in knownNames; ok is false where it means nothing.
func indexOf(name string) (index uint8, ok bool) {
	if name == "" {
		return 0, false
	}
	for _, i := range knownByLetter[name[0]] {
		if knownNames[i] == name {
			return i, true
		}
	}
	return 0, false
}

// names are those of all members so far. They are found by a hash that nobody outside can compute, so that no choice of names
// makes a search long.
type names struct {
	list  [maxMembers]memberName
	count int
	table [512]uint8 // by hash, a name's place in list, counted from 1; where that is taken, the next that is free
}

// memberName is where a name stands, and where the object that it is in begins.
type memberName struct{ object, begin, end uint32 }

var nameSeed = maphash.MakeSeed()

// addName reports whether a member may have this name: no other in its object has it, and there are not too many.
func (s *scanner) addName(name string, at memberName) bool {
	n := s.names
	if n.count == maxMembers {
		return false
	}
	for i := maphash.String(nameSeed, name) + uint64(at.object); ; i++ {
		place := &n.table[i%uint64(len(n.table))]
		if *place == 0 {
			n.list[n.count] = at
			n.count++
			*place = uint8(n.count)
			return true
		}
		if other := n.list[*place-1]; other.object == at.object && unquote(rawValue(s.text[other.begin:other.end])) == name {
			return false
		}
	}
}
