package main

// survivors are the checks whose loss no test can notice, by check.key, each with the reason.
var survivors = map[string]string{}
