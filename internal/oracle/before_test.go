package oracle_test

import (
	"strconv"
	"strings"
)

// half chooses the header or the payload, the payload more often, and the names and values that belong there.
func (p *program) half(d *draft) (where string, half *part, names []string, values map[string][]string) {
	if p.pick(4) == 3 {
		return "header", &d.header, headerNames, headerValues
	}
	return "payload", &d.payload, claimNames, claimValues
}

// value chooses a value for a member: one of its own, or now and then one of another kind, or any other.
func (p *program) value(own []string) string {
	switch choice := p.pick(8); {
	case choice == 6:
		return basic[p.pick(len(basic))]
	case choice == 7 || len(own) == 0:
		return hostile[p.pick(len(hostile))]
	}
	return own[p.pick(len(own))]
}

// bare is a name without its quotes.
func bare(name string) string { return name[1 : len(name)-1] }

// beforeSigning are the mutations that an issuer signs: the token is genuine, and what it says decides.
var beforeSigning = []func(*program, *draft){
	setMember, setMember, setMember, decideHeader, decideHeader, decide, decide, decide, decide, decide, decide, decide, decide, decide, setToText, deleteMember, renameMember, duplicateMember, spellName, spellValue, respace, reorder, respell,
	wrapValue, swapValues, graft, insertBytes, nest, crowd, lengthen, recase, replacePart, packPermissions, packPermissions, signOtherwise, swapAlgorithm,
}

func setMember(p *program, d *draft) {
	where, half, names, values := p.half(d)
	name := names[p.pick(len(names))]
	value := p.value(values[name])
	half.set(name, value)
	p.say("%s: set %s to %s", where, name, brief(value))
}

// decide sets a claim that decides about a token of this kind.
func decide(p *program, d *draft) {
	names := decisive
	if p.pick(2) == 1 {
		names = particular[d.kind]
	}
	name := names[p.pick(len(names))]
	value := p.value(claimValues[name])
	d.payload.set(name, value)
	p.say("payload: set %s to %s", name, brief(value))
}

// decideHeader is decide for the header.
func decideHeader(p *program, d *draft) {
	name := []string{"alg", "kid", "typ", "cat", "typ", "cat"}[p.pick(6)]
	value := p.value(headerValues[name])
	d.header.set(name, value)
	p.say("header: set %s to %s", name, brief(value))
}

// setToText takes the value from the input itself: any JSON, or none.
func setToText(p *program, d *draft) {
	where, half, names, _ := p.half(d)
	name, value := names[p.pick(len(names))], p.raw()
	half.set(name, value)
	p.say("%s: set %s to the raw %s", where, name, brief(value))
}

// choose takes a member that is there.
func (p *program) choose(half *part) (int, bool) {
	if len(half.members) == 0 {
		return 0, false
	}
	return p.pick(len(half.members)), true
}

func deleteMember(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	if i, ok := p.choose(half); ok {
		p.say("%s: delete %s", where, half.members[i].name)
		half.members = append(half.members[:i:i], half.members[i+1:]...)
	}
}

func renameMember(p *program, d *draft) {
	where, half, names, _ := p.half(d)
	if i, ok := p.choose(half); ok && len(half.members[i].name) > 2 {
		name := names[p.pick(len(names))]
		if p.pick(3) > 0 {
			name = alike[p.pick(len(alike))](bare(half.members[i].name))
		}
		p.say("%s: rename %s to %s", where, half.members[i].name, brief(name))
		half.members[i].name = `"` + name + `"`
	}
}

func duplicateMember(p *program, d *draft) {
	where, half, _, values := p.half(d)
	i, ok := p.choose(half)
	if !ok || len(half.members[i].name) <= 2 {
		return
	}
	twin := half.members[i]
	if p.pick(2) == 1 {
		twin.value = p.value(values[bare(twin.name)])
	}
	if p.pick(3) > 0 { // the same, or only alike
		twin.name = `"` + alike[p.pick(len(alike))](bare(twin.name)) + `"`
	}
	if p.pick(2) == 0 {
		half.members = append(half.members, twin)
	} else {
		half.members = append([]member{twin}, half.members...)
	}
	p.say("%s: beside %s another member, %s: %s", where, half.members[i].name, brief(twin.name), brief(twin.value))
}

// spellName writes a name in another way that means the same.
func spellName(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	if i, ok := p.choose(half); ok && len(half.members[i].name) > 2 && !strings.Contains(half.members[i].name, `\`) {
		half.members[i].name = `"` + escapeFirst(bare(half.members[i].name)) + `"`
		p.say("%s: write a name as %s", where, half.members[i].name)
	}
}

// spellValue writes a string in another way that means the same.
func spellValue(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	if i, ok := p.choose(half); ok {
		m := &half.members[i]
		if text := strings.Trim(m.value, `"`); len(text) > 0 && len(text) == len(m.value)-2 && text[0] < 0x80 && text[0] >= 0x20 && text[0] != '\\' {
			m.value = `"` + []func(string) string{escapeFirst, func(s string) string { return strings.ReplaceAll(s, "/", `\/`) }}[p.pick(2)](text) + `"`
			p.say("%s: write the value of %s as %s", where, m.name, brief(m.value))
		}
	}
}

func respace(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	space := []string{" ", "\n", "\t", "\r", " \r\n\t ", "\v", "\f", "\u00a0", "\u2003", "\ufeff", "\x00", "/**/"}[p.pick(12)]
	edit := p.pick(4)
	half.rewrite = append(half.rewrite, func(text string) string {
		switch edit {
		case 0:
			return space + text
		case 1:
			return text + space
		case 2:
			return strings.Replace(text, `":`, `"`+space+":", 1)
		}
		return strings.ReplaceAll(text, `,"`, `,`+space+`"`)
	})
	p.say("%s: space %q, %s", where, space, []string{"in front", "behind", "before a colon", "behind commas"}[edit])
}

func reorder(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	if i, ok := p.choose(half); ok {
		half.members = append(half.members[i:len(half.members):len(half.members)], half.members[:i]...)
		p.say("%s: begin with member %d", where, i)
	}
}

// respell writes a number in another form.
func respell(p *program, d *draft) {
	i, ok := p.choose(&d.payload)
	if !ok {
		return
	}
	for range d.payload.members { // the next number from here
		if c := d.payload.members[i].value; c != "" && (c[0] == '-' || c[0] >= '0' && c[0] <= '9') {
			break
		}
		i = (i + 1) % len(d.payload.members)
	}
	m := &d.payload.members[i]
	forms := []string{m.value + ".0", m.value + "e0", m.value + "0e-1", m.value + ".000000000000000000000001", m.value + "E+0", "-" + m.value, "0" + m.value, m.value + "e400", m.value + ".", "+" + m.value, `"` + m.value + `"`}
	m.value = forms[p.pick(len(forms))]
	p.say("payload: write %s as %s", m.name, brief(m.value))
}

func wrapValue(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	if i, ok := p.choose(half); ok {
		m := &half.members[i]
		m.value = []string{"[" + m.value + "]", `{"` + bare(m.name) + `":` + m.value + "}", strconv.Quote(m.value), "[" + m.value + "," + m.value + "]", "[[" + m.value + "]]"}[p.pick(5)]
		p.say("%s: wrap %s: %s", where, m.name, brief(m.value))
	}
}

func swapValues(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	if i, ok := p.choose(half); ok {
		j, _ := p.choose(half)
		half.members[i].value, half.members[j].value = half.members[j].value, half.members[i].value
		p.say("%s: swap the values of %s and %s", where, half.members[i].name, half.members[j].name)
	}
}

// graft gives a token what another kind has: all of its claims, those that are missing, or its header.
func graft(p *program, d *draft) {
	other := newDraft(p.pick(len(kinds)), d.alg)
	switch p.pick(3) {
	case 0:
		d.header.members = other.header.members
		p.say("header: that of a %s", other.name)
	case 1:
		d.payload.members = other.payload.members
		p.say("payload: that of a %s", other.name)
	case 2:
		for _, m := range other.payload.members {
			if !strings.Contains(d.payload.String(), m.name+":") {
				d.payload.members = append(d.payload.members, m)
			}
		}
		p.say("payload: with what else a %s says", other.name)
	}
}

// insertBytes puts into a string what may not be there, or only just may.
func insertBytes(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	i, ok := p.choose(half)
	if !ok {
		return
	}
	bytes := []string{
		"\xff", "\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\xef\xbf\xbd", "\xef\xbb\xbf", `\ud800`, `\udc00`, `\udc00\ud800`, `\ud83dx\ude00`, `\ud83d\\ude00`,
		`\ud83d\ude00`, `\ud83d\ud83d\ude00`, `\\ud800`, `\x41`, `\u12`, `\"`, `"`, "\x00", "\n", `\u0000`, "\x7f",
	}[p.pick(24)]
	m := &half.members[i]
	if p.pick(3) == 0 {
		m.name = m.name[:len(m.name)-1] + bytes + `"`
		p.say("%s: in the name of a member: %q", where, bytes)
	} else if strings.HasSuffix(m.value, `"`) {
		m.value = m.value[:len(m.value)-1] + bytes + `"`
		p.say("%s: in the value of %s: %q", where, m.name, bytes)
	}
}

func nest(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	depth := []int{31, 32, 30, 33, 1, 100, 5000}[p.pick(7)]
	first, last := "[", "]"
	if p.pick(2) == 1 {
		first, last = `{"x":`, `}`
	}
	value := strings.Repeat(first, depth-1) + []string{"[]", "{}", "[1]", `"[[["`}[p.pick(4)] + strings.Repeat(last, depth-1)
	half.set("deep", value)
	p.say("%s: %d of %s in each other", where, depth, first)
}

// crowd adds members, all in one object or each in its own.
func crowd(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	count := 200 - len(half.members) - 1 + p.pick(5) - 2
	if p.pick(4) == 0 {
		count = 40
	}
	if count < 1 {
		return
	}
	var list []string
	open, shut, name := "{", "}", func(i int) string { return strconv.Itoa(i) + ":,{" }
	if p.pick(2) == 1 {
		open, shut = "[{", "}]"
	}
	between := ","
	if p.pick(2) == 1 && open == "[{" {
		between = "},{"
	}
	for i := range count {
		list = append(list, `"`+name(i)+`":1`)
	}
	half.set("crowd", open+strings.Join(list, between)+shut)
	p.say("%s: %d members more, in %s, separated by %s", where, count+1, open, between)
}

// lengthen makes a name or a value longer.
func lengthen(p *program, d *draft) {
	where, half, names, _ := p.half(d)
	switch p.pick(4) {
	case 0:
		size := []int{255, 256, 257, 300, 1000}[p.pick(5)]
		fill := []int{1, 3500, 4500}[p.pick(3)]
		half.members = append(half.members, member{`"` + strings.Repeat("n", size) + `"`, `"` + strings.Repeat("v", fill) + `"`})
		p.say("%s: a name of %d bytes, a value of %d", where, size, fill)
	case 1:
		size := []int{3000, 4000, 5000, 9000, 13000}[p.pick(5)]
		half.set("long", `"`+strings.Repeat("l", size)+`"`)
		p.say("%s: a value of %d bytes", where, size)
	case 2:
		name := names[p.pick(len(names))]
		if p.pick(3) == 0 {
			name = "sub"
		}
		size := []int{255, 256, 257, 1023, 1024, 1025}[p.pick(6)]
		half.set(name, `"`+strings.Repeat("l", size)+`"`)
		p.say("%s: for %s a text of %d bytes", where, name, size)
	case 3: // to the limit of the whole token
		have := len(encode([]byte(d.header.String()))) + len(encode([]byte(d.payload.String()))) + 2 + map[string]int{"R": 342, "P": 342, "E": 86}[d.alg[:1]]
		size := max(0, (16<<10-have)*3/4-len(`,"fill":""`)+p.pick(5)-2)
		d.payload.set("fill", `"`+strings.Repeat("f", size)+`"`)
		p.say("payload: filled up with %d bytes", size)
	}
}

func recase(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	if i, ok := p.choose(half); ok {
		m := &half.members[i]
		m.value = []func(string) string{strings.ToUpper, strings.ToLower}[p.pick(2)](m.value)
		p.say("%s: the value of %s in another case", where, m.name)
	}
}

// replacePart does something to a whole part: cuts it, appends to it, or makes it something else.
func replacePart(p *program, d *draft) {
	where, half, _, _ := p.half(d)
	edit, at, text := p.pick(5), p.pick(256), p.raw()
	half.rewrite = append(half.rewrite, func(old string) string {
		at := at % (len(old) + 1)
		switch edit {
		case 0:
			return old + text
		case 1:
			return old[:at]
		case 2:
			return text
		case 3:
			return old[:at] + text + old[at:]
		}
		return "[" + old + "]"
	})
	p.say("%s: %s, at %d, %s", where, []string{"append", "cut", "replace", "insert", "put into an array"}[edit], at, brief(text))
}

// packPermissions packs an organization's permissions into masks of bits.
func packPermissions(p *program, d *draft) {
	names := make([]string, []int{1, 3, 64, 65, 70, 130}[p.pick(6)])
	for i := range names {
		names[i] = "p" + strconv.Itoa(i)
	}
	features := []string{"o:a,u:b,ou:c", "o:a,uo:b", "u:a,x:b,o:c", " o:a , o:b", "o:a,b", "o:a,,o:b", "o::a,o:", "O:a,o:b", ""}[p.pick(9)]
	var masks []string
	for range p.pick(4) {
		masks = append(masks, []string{
			"1", "3", "0", "", " 5 ", "-1", "+1", "0x3", "1e1", "1_0", "３", "007", "9223372036854775808", "18446744073709551615", "18446744073709551616", "36893488147419103233",
			"18446744073709551616x", "99999999999999999999 9", "99999999999999999999999_", "x99999999999999999999", strings.Repeat("9", 40), strings.Repeat("0", 40) + "1",
		}[p.pick(22)])
	}
	d.payload.set("v", "2")
	d.payload.set("fea", strconv.Quote(features))
	d.payload.set("o", `{"id":"org_1","per":"`+strings.Join(names, ",")+`","fpm":"`+strings.Join(masks, ",")+`"}`)
	p.say("payload: %d permissions, the features %q, the masks %q", len(names), features, masks)
}

// signOtherwise has somebody sign who may not, or in a way that isn't right.
func signOtherwise(p *program, d *draft) {
	how := p.pick(5)
	switch how {
	case 0:
		if stranger := strangers[d.key]; stranger != "" {
			d.key = stranger
		}
	case 1: // a trusted key that isn't the one that is named
		d.key = map[string]string{"RS256": "PS256", "ES256": "EdDSA", "EdDSA": "ES256"}[d.key]
		if d.key == "" {
			d.key = "RS256"
		}
		d.alg = d.key
	case 2:
		key := d.key
		d.sign = func(keys ring, input string) []byte { return keys.signHMAC(key, input) }
		d.header.set("alg", `"HS256"`)
	case 3:
		d.sign = func(ring, string) []byte { return nil }
		d.header.set("alg", `"none"`)
	case 4:
		d.key, d.alg = "PS256", "PS256"
		d.header.set("alg", `"PS256"`)
		d.header.set("kid", `"ins_PS256"`)
		d.sign = func(keys ring, input string) []byte { return keys.signShortSalt("PS256", input) }
	}
	p.say("signed %s", []string{"by a stranger", "by another key", "by HMAC with the public key", "by nobody", "with a short salt"}[how])
}

// swapAlgorithm signs with the right key for another algorithm, and says so.
func swapAlgorithm(p *program, d *draft) {
	alg := []string{"RS512", "PS256", "PS512", "RS384", "ES512", "RS256"}[p.pick(6)]
	d.alg = alg
	d.header.set("alg", strconv.Quote(alg))
	p.say("signed for %s instead", alg)
}
