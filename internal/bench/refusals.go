package main

import "slices"

// refusals is what each contender refuses as it is set up here: TestContenders holds them to it.
func refusals() *table {
	t := &table{
		title: "What each contender can be told to refuse, for session / M2M tokens",
		note: "Wrong type: a token of the same issuer and key, but a machine's where people are wanted, or the other way round. Where " +
			"azp is required, machines are refused because they have none.",
	}
	flaws := []string{forged, expired, tooEarly, wrongIss, wrongAud, wrongParty, wrongType}
	header := []any{""}
	for _, flaw := range flaws {
		header = append(header, flaw)
	}
	t.add(header...)
	for _, c := range contenders {
		row := []any{c.name}
		for _, flaw := range flaws {
			cell := c.refuses(session, flaw) + " / " + c.refuses(m2m, flaw)
			row = append(row, cell)
		}
		t.add(row...)
	}
	return t
}

func (c contender) refuses(k kind, flaw string) string {
	switch {
	case k == m2m && flaw == wrongParty:
		return "-" // machines have none
	case slices.Contains(c.misses[k], flaw):
		return "no"
	}
	return "yes"
}
