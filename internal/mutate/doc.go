// Command mutate deletes the checks of machineauth, each one in turn, and sees whether a test fails. A check that no test
// misses could be lost in any later change.
//
//	go run .                          # all checks
//	go run . -only checkTimes         # those of files and functions with this in their name
//	go run . -own                     # with the tests of the check's own package only: several times as fast
//	go run . -all                     # also the files of package tokens that ask a backend
//	go run . -list                    # print the checks, and run nothing
//
// # What a check is
//
// The checks are found in the syntax of the source, so that none is forgotten and new ones are found as the code changes.
// Looked at are the conditions of if statements, the cases of switches, the operands of && and ||, and what functions return.
// What deleting one means follows from what stands behind it:
//
//   - A refusal: a return of an error, of a bare nil, "", 0 or T{}, or of nothing, a continue, or a panic. The condition never
//     holds, so that nothing is refused. Where it is a disjunction, each operand by itself never holds, too.
//   - Success: a return whose error is nil, or whose value isn't zero. The condition always holds, so that everything is
//     accepted. Where it is a conjunction, each operand by itself always holds, too.
//   - Anything else, among it the return of a bool and of another function's results, where the syntax doesn't say which way
//     round it is: both, one after the other.
//   - An operand of && or || elsewhere, such as in an assignment or a return, is left out; a comparison that is returned
//     always holds.
//   - An error that a function returns at its end, or passes on from another function, is nil instead. A false at its end is
//     true.
//   - A case of a switch over a value or a type that stands before a refusal does nothing. Other such cases are tables: what is
//     missing in one is refused.
//
// # How one is deleted
//
// All checks of a package are rewritten at once, so that a variable decides when the tests start which one is deleted: cond
// becomes mutant != 17 && (cond), or mutant == 17 || (cond). A condition that is deleted isn't evaluated, but a statement
// before it still runs. So a package is compiled once and not a thousand times. The rewritten files are laid over the source
// by go test -overlay: the working tree isn't touched. A file whose mutants don't compile is a mistake of this command, and
// stops it.
//
// # What kills
//
// First the tests of the check's own package run, then, while all have passed, those of the packages that rely on it, down to
// the attacks on the whole middleware; in each package those that take long come last. The first test that fails, and fails
// again by itself, ends it. Tests that take several times as long as they should are stopped: a mutant that hangs is killed,
// too. Without any mutant all tests have to pass.
//
// Checks whose loss no test can notice are listed in survivors.go, each with the reason. The exit status is 1 where a check
// that isn't listed survives, and where a listed one is killed or isn't there any more. To spare time, only the tests of its own
// package have a try at a listed one; -doubt has all of them try.
package main
