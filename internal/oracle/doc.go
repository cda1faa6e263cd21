// Package oracle says a second time what a JWT means, so that tests can compare: it judges a token by the same rules as
// package tokens, and shares no line of code with it. It imports the standard library alone, is slow, and reads as the rules
// do, from the top: [Judge], then form, header, signature and claims. Where the two disagree, one of them is wrong.
//
// The rules have the short names that package tokens lists: C1 to C8 say what a token claims to be, V1 to V11 whether it is
// genuine, alive and meant for this service, O1, O2 and O4 what its claims become. Wherever the standard library is too
// lenient for them, a check stands beside the call: encoding/json takes duplicate members, lone surrogates and invalid UTF-8,
// encoding/base64 takes line ends.
//
// # Reasons
//
// The reasons for a refusal have the names of the codes of package tokens. Rule V1 orders some checks among each other; where
// it leaves the order open, a token with several faults may be refused for any of them. A [Verdict] lists what may be said.
//
// # What is not here
//
// Opaque tokens beyond their form, revocations, custom prefixes and categories, and key sets: keys are given as they are.
package oracle
