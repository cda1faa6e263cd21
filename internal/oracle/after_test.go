package oracle_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// aftermath is a signed token in the hands of somebody who has another one too, but no key.
type aftermath struct {
	token, other *token
	draft        *draft
	keys         ring
	signed       map[string]bool // what trusted keys have signed
}

func (a *aftermath) sign(t *token) { a.signed[t.segments[0]+"."+t.segments[1]] = true }

// segment chooses one of those that are left.
func (p *program) segment(a *aftermath) int { return p.pick(len(a.token.segments)) }

// signature is the last segment's bytes.
func (a *aftermath) signature() []byte {
	b, _ := base64.RawURLEncoding.DecodeString(a.token.segments[len(a.token.segments)-1])
	return b
}

func (a *aftermath) setSignature(b []byte) { a.token.segments[len(a.token.segments)-1] = encode(b) }

// afterSigning are the mutations that need no key.
var afterSigning = []func(*program, *aftermath){
	flipBit, flipBit, pad, standardAlphabet, spareBits, insertByte, swapSegment, cutSegment, repeatSegment, emptySegment, malleate, toDER, cutSignature,
	extendSignature, zeroSignature, rewriteHeader, rewritePayload, surround, swapCase, otherSignature, makeOpaque,
}

func flipBit(p *program, a *aftermath) {
	i := p.segment(a)
	b, err := base64.RawURLEncoding.DecodeString(a.token.segments[i])
	if err != nil || len(b) == 0 {
		return
	}
	at, bit := (p.pick(256)<<8|p.pick(256))%len(b), p.pick(8)
	b[at] ^= 1 << bit
	a.token.segments[i] = encode(b)
	p.say("bit %d of byte %d in segment %d flipped", bit, at, i)
}

func pad(p *program, a *aftermath) {
	i := p.segment(a)
	n := 1 + p.pick(3)
	a.token.segments[i] += strings.Repeat("=", n)
	p.say("segment %d padded by %d", i, n)
}

func standardAlphabet(p *program, a *aftermath) {
	i := p.segment(a)
	a.token.segments[i] = strings.NewReplacer("-", "+", "_", "/").Replace(a.token.segments[i])
	p.say("segment %d in the alphabet of plain base64", i)
}

// spareBits changes those bits of the last character that decode to nothing.
func spareBits(p *program, a *aftermath) {
	i := p.segment(a)
	s := a.token.segments[i]
	spare := map[int]int{2: 4, 3: 2}[len(s)%4]
	if spare == 0 {
		return
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	bits := 1 + p.pick(1<<spare-1)
	last := strings.IndexByte(alphabet, s[len(s)-1])
	if last < 0 {
		return
	}
	a.token.segments[i] = s[:len(s)-1] + string(alphabet[last^bits])
	p.say("segment %d with spare bits %d", i, bits)
}

func insertByte(p *program, a *aftermath) {
	i, b := p.segment(a), "\r\n\t \x00=.,%~+/Aé"[p.pick(15)]
	at := p.pick(256) % (len(a.token.segments[i]) + 1)
	a.token.segments[i] = a.token.segments[i][:at] + string([]byte{b}) + a.token.segments[i][at:]
	p.say("%q into segment %d at %d", b, i, at)
}

func swapSegment(p *program, a *aftermath) {
	i := p.segment(a) % 3
	j := i
	if p.pick(4) == 3 {
		j = p.pick(3)
	}
	a.token.segments[i] = a.other.segments[j]
	p.say("segment %d is segment %d of another good token", i, j)
}

func cutSegment(p *program, a *aftermath) {
	if i := p.segment(a); len(a.token.segments) > 1 {
		a.token.segments = slices.Delete(slices.Clone(a.token.segments), i, i+1)
		p.say("segment %d cut", i)
	}
}

func repeatSegment(p *program, a *aftermath) {
	i := p.segment(a)
	a.token.segments = slices.Insert(slices.Clone(a.token.segments), i, a.token.segments[i])
	p.say("segment %d twice", i)
}

func emptySegment(p *program, a *aftermath) {
	i := p.segment(a)
	a.token.segments[i] = ""
	p.say("segment %d empty", i)
}

// malleate makes another signature out of a good one without the key. For ECDSA that one is valid too, over the same bytes.
func malleate(p *program, a *aftermath) {
	signature := a.signature()
	switch public := a.keys[a.draft.key].Public().(type) {
	case *ecdsa.PublicKey:
		if len(signature) == 64 {
			s := new(big.Int).SetBytes(signature[32:])
			if p.pick(2) == 0 {
				s.Sub(public.Params().N, s)
			} else {
				s.Add(public.Params().N, s)
			}
			if s.Sign() > 0 && s.BitLen() <= 256 {
				a.setSignature(append(signature[:32:32], s.FillBytes(make([]byte, 32))...))
			}
		}
	case ed25519.PublicKey:
		if len(signature) == 64 { // S plus the order of the group
			order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
			s := slices.Clone(signature[32:])
			slices.Reverse(s)
			if sum := order.Add(order, new(big.Int).SetBytes(s)); sum.BitLen() <= 256 {
				sum.FillBytes(s)
				slices.Reverse(s)
				a.setSignature(append(signature[:32:32], s...))
			}
		}
	case *rsa.PublicKey:
		a.setSignature(new(big.Int).Add(public.N, new(big.Int).SetBytes(signature)).Bytes())
	}
	p.say("signature made another one")
}

func toDER(p *program, a *aftermath) {
	if signature := a.signature(); len(signature) == 64 {
		der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])})
		if err == nil {
			a.setSignature(der)
			p.say("signature in DER")
		}
	}
}

func cutSignature(p *program, a *aftermath) {
	signature := a.signature()
	n := min(1+p.pick(64), len(signature))
	if p.pick(2) == 0 {
		a.setSignature(signature[n:])
	} else {
		a.setSignature(signature[:len(signature)-n])
	}
	p.say("signature cut by %d bytes", n)
}

func extendSignature(p *program, a *aftermath) {
	signature, more := a.signature(), make([]byte, 1+p.pick(64))
	if p.pick(2) == 0 {
		a.setSignature(append(more, signature...))
	} else {
		a.setSignature(append(signature, more...))
	}
	p.say("signature longer by %d bytes", len(more))
}

func zeroSignature(p *program, a *aftermath) {
	signature := bytes.Repeat([]byte{byte(255 * p.pick(2))}, len(a.signature()))
	a.setSignature(signature)
	p.say("signature of zeros, or of ones")
}

// rewriteHeader changes the header under the old signature.
func rewriteHeader(p *program, a *aftermath) {
	name := headerNames[p.pick(len(headerNames))]
	value := p.value(headerValues[name])
	a.draft.header.set(name, value)
	a.token.segments[0] = encode([]byte(a.draft.header.String()))
	p.say("header, after signing: set %s to %s", name, brief(value))
}

// rewritePayload changes the payload under the old signature, or only how it is written.
func rewritePayload(p *program, a *aftermath) {
	if p.pick(2) == 0 {
		a.draft.payload.rewrite = append(a.draft.payload.rewrite, func(text string) string { return strings.Replace(text, ":", ": ", 1) })
		p.say("payload, after signing: a space more")
	} else {
		name := claimNames[p.pick(len(claimNames))]
		value := p.value(claimValues[name])
		a.draft.payload.set(name, value)
		p.say("payload, after signing: set %s to %s", name, brief(value))
	}
	a.token.segments[min(1, len(a.token.segments)-1)] = encode([]byte(a.draft.payload.String()))
}

func surround(p *program, a *aftermath) {
	text := []string{" ", "\n", "\x00", ".", "mt_", "oat_", "ak_", "Bearer ", "=", "A", "é", ",", "{}"}[p.pick(13)]
	if p.pick(2) == 0 {
		a.token.before += text
		p.say("%q in front", text)
	} else {
		a.token.behind += text
		p.say("%q behind", text)
	}
}

func swapCase(p *program, a *aftermath) {
	i := p.segment(a)
	s := []byte(a.token.segments[i])
	at := p.pick(256)<<8 | p.pick(256)
	for k := range s { // the next letter from there
		if c := s[(at+k)%len(s)]; c|0x20 >= 'a' && c|0x20 <= 'z' {
			s[(at+k)%len(s)] ^= 0x20
			break
		}
	}
	a.token.segments[i] = string(s)
	p.say("a letter of segment %d, the next from %d, in the other case", i, at)
}

// otherSignature takes the signature of a stranger, or of a trusted key that isn't named.
func otherSignature(p *program, a *aftermath) {
	names := []string{"RS256", "PS256", "ES256", "EdDSA", "ES256 of a stranger", "EdDSA of a stranger", "RS384", "PS384"}
	name := names[p.pick(len(names))]
	if len(a.token.segments) == 3 {
		alg, _, _ := strings.Cut(name, " ")
		a.setSignature(a.keys.sign(alg[:2]+strings.Replace(alg[2:], "384", "256", 1), name, a.token.segments[0]+"."+a.token.segments[1]))
		if slices.Contains(trusted, name) {
			a.sign(a.token)
		}
		p.say("signed again by %s", strconv.Quote(name))
	}
}

// makeOpaque keeps of the token what could be an opaque one.
func makeOpaque(p *program, a *aftermath) {
	a.token.segments = a.token.segments[p.segment(a):][:1]
	a.token.before = []string{"mt_", "oat_", "ak_", "MT_", "mt"}[p.pick(5)]
	p.say("%q and one segment", a.token.before)
}
