package tokens

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// nonces makes nonces that nobody else can make and that say when they were made (RFC 9449 section 8), so that none has to be
// remembered.
type nonces struct {
	secret Secret
	ttl    time.Duration
	now    func() time.Time
}

const (
	nonceTimeBytes = 8
	nonceMACBytes  = 16
)

func (n *nonces) issue() string {
	stamp := binary.BigEndian.AppendUint64(nil, uint64(n.now().Unix()))
	return encoding.EncodeToString(append(stamp, n.mac(stamp)...))
}

// good reports whether a nonce was made by the holder of the secret, and not too long ago.
func (n *nonces) good(nonce string) bool {
	raw, err := encoding.DecodeString(nonce)
	if err != nil || len(raw) != nonceTimeBytes+nonceMACBytes || !isBase64URL(nonce) {
		return false
	}
	stamp, mac := raw[:nonceTimeBytes], raw[nonceTimeBytes:]
	if !hmac.Equal(mac, n.mac(stamp)) {
		return false
	}
	age := n.now().Sub(time.Unix(int64(binary.BigEndian.Uint64(stamp)), 0))
	return age < n.ttl && age > -n.ttl // another of this service's machines may be ahead
}

func (n *nonces) mac(stamp []byte) []byte {
	h := hmac.New(sha256.New, []byte(n.secret.Reveal()))
	h.Write([]byte("machineauth DPoP-Nonce\x00"))
	h.Write(stamp)
	return h.Sum(nil)[:nonceMACBytes]
}
