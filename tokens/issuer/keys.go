package issuer

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// SigningKey is a private key and the time from which it signs.
//
// A key is published as soon as the issuer has it, signs from ActiveFrom until the next one does, and stays published
// until the last token that it may have signed has expired. Where several processes have the same keys, they do the same
// at the same time, without talking to each other.
type SigningKey struct {
	Key        *jwk.PrivateKey
	ActiveFrom time.Time // zero means always
}

// keyring holds the keys in the order in which they become active.
type keyring struct {
	config tokens.SignerConfig // of every signer, but for its key
	keep   time.Duration       // how long a key is published after the last token that it signed was issued

	mu   sync.RWMutex
	keys []ringKey
}

type ringKey struct {
	SigningKey
	signer *tokens.Signer
}

// add adds keys. Each must have an ID of its own.
func (k *keyring) add(keys ...SigningKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := slices.Clone(k.keys)
	for _, key := range keys {
		if key.Key == nil || key.Key.Public() == nil {
			return errors.New("SigningKey.Key must be made with jwk.NewPrivateKey")
		}
		config := k.config
		config.Key = key.Key
		signer, err := tokens.NewSigner(config)
		if err != nil {
			return err
		}
		for _, other := range list {
			if other.Key.Public().ID() == key.Key.Public().ID() {
				return fmt.Errorf("two signing keys have the ID %.64q", key.Key.Public().ID())
			}
		}
		list = append(list, ringKey{key, signer})
	}
	slices.SortStableFunc(list, func(a, b ringKey) int { return a.ActiveFrom.Compare(b.ActiveFrom) })
	k.keys = list
	return nil
}

// remove forgets a key at once, and reports whether there was one.
func (k *keyring) remove(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := len(k.keys)
	k.keys = slices.DeleteFunc(slices.Clone(k.keys), func(key ringKey) bool { return key.Key.Public().ID() == id })
	return len(k.keys) < before
}

// at returns the signer of a moment, nil if no key is active, and the public keys to publish then.
func (k *keyring) at(now time.Time) (*tokens.Signer, []*jwk.Key) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var signer *tokens.Signer
	var publish []*jwk.Key
	for n, key := range k.keys {
		if !key.ActiveFrom.After(now) {
			signer = key.signer
		}
		if n+1 == len(k.keys) || now.Before(k.keys[n+1].ActiveFrom.Add(k.keep)) {
			publish = append(publish, key.Key.Public())
		}
	}
	return signer, publish
}

// AddKey publishes a key, and signs with it from its ActiveFrom on. That must be at least [Config].KeyOverlap away: until
// then there are verifiers that have cached a key set without it. Where no key is active, because the last one had to be
// removed, a new one may sign at once.
func (i *Issuer) AddKey(key SigningKey) error {
	if signer, _ := i.keys.at(i.now()); signer != nil && key.ActiveFrom.Before(i.now().Add(i.cfg.KeyOverlap)) {
		return &Error{Code: ErrConfig, Err: fmt.Errorf("SigningKey.ActiveFrom must be at least %v from now, or verifiers will not know the key", i.cfg.KeyOverlap)}
	}
	if err := i.keys.add(key); err != nil {
		return &Error{Code: ErrConfig, Err: err}
	}
	return nil
}

// RemoveKey takes back a key that is not to be trusted any more, and with it every token that it signed. For a key of
// which somebody has a copy; a rotation needs no RemoveKey. It reports whether there was such a key.
func (i *Issuer) RemoveKey(id string) bool { return i.keys.remove(id) }

// JWKS returns the public keys as they are published now (RFC 7517 section 5).
func (i *Issuer) JWKS() ([]byte, error) {
	_, keys := i.keys.at(i.now())
	if len(keys) == 0 { // all were removed: verifiers must learn that there is none to trust
		return []byte(`{"keys":[]}`), nil
	}
	text, err := jwk.MarshalJWKS(keys...)
	if err != nil {
		return nil, &Error{Code: ErrSigning, Err: err}
	}
	return text, nil
}

// SignSession mints a session token. The issuer knows neither users nor sign-in: this is for tests, and for services that
// have a sign-in of their own.
func (i *Issuer) SignSession(p tokens.SessionParams) (string, error) {
	signer, _ := i.keys.at(i.now())
	if signer == nil {
		return "", fail(ErrSigning, "no signing key is active")
	}
	return signer.SignSession(p)
}

// ephemeralKey returns a key for development: RS256, which Clerk's SDKs take also as a PEM.
func ephemeralKey() (SigningKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return SigningKey{}, err
	}
	key, err := jwk.NewPrivateKey(newID("ins_"), jwk.RS256, private)
	return SigningKey{Key: key}, err
}
