// Package shared keeps within this module what would be dangerous in other hands.
package shared

// Promise is not to change what is given for it, as others hold it, too. Nobody outside this module can make it.
type Promise struct{}
