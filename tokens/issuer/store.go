package issuer

import (
	"context"
	"errors"
	"iter"
	"time"

	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json"
)

// Store keeps an issuer's records. [Memory] is one, package boltstore another. What Put and Delete have acknowledged must
// be found by everyone from then on. A Store is safe for concurrent use.
//
// Errors other than ErrNotFound, ErrConflict and ErrFull mean that the store cannot be used at the moment.
type Store interface {
	// Get returns the record of that kind and ID, or ErrNotFound.
	Get(ctx context.Context, kind Kind, id string) (Record, error)

	// Find returns the record of that kind which has hash among its Secrets, or ErrNotFound.
	Find(ctx context.Context, kind Kind, hash Hash) (Record, error)

	// List goes through the records of a kind and a subject, newest first. An empty subject means all of the kind. An
	// error ends it.
	List(ctx context.Context, kind Kind, subject string) iter.Seq2[Record, error]

	// Put stores a record, durably before it returns where the store is durable. Version 0 stores a new one; otherwise
	// the record with this very version is replaced. What is stored has the next version. ErrConflict if there is
	// another version, or a secret's hash belongs to another record of the kind; ErrFull if there is no room.
	Put(ctx context.Context, r Record) error

	// Delete removes a record, or returns ErrNotFound.
	Delete(ctx context.Context, kind Kind, id string) error
}

// Kind is what a record is about. IDs and hashes are unique within a kind.
type Kind string

// The kinds of record.
const (
	KindMachine     Kind = "machine"
	KindM2MToken    Kind = "m2m_token"
	KindReuse       Kind = "m2m_reuse"
	KindAPIKey      Kind = "api_key"
	KindApplication Kind = "oauth_application"
	KindOAuthToken  Kind = "oauth_token"
)

// Record is one thing that the issuer remembers. It holds no secret, only hashes of secrets.
type Record struct {
	Kind    Kind
	ID      string
	Subject string         // whose it is, for List; may be empty
	Secrets []StoredSecret // what it is found by; may be empty
	Version uint64         // how many times it was written
	Created time.Time
	Expires time.Time // from then on nobody needs it, and the store may drop it; zero means never
	Data    []byte    // the issuer's own business, JSON
}

// StoredSecret is the hash of a secret.
type StoredSecret struct {
	Hash  Hash
	Until time.Time // from then on it opens nothing; zero means as long as there is the record
}

// storedSecret is the only secret of a record.
func storedSecret(secret tokens.Secret) []StoredSecret { return []StoredSecret{{Hash: hashOf(secret)}} }

// holds reports whether secret is one of the record's, and still good at now.
func (r *Record) holds(secret tokens.Secret, now time.Time) bool {
	hash, found := hashOf(secret), false
	for _, s := range r.Secrets {
		if s.Hash.equals(hash) && (s.Until.IsZero() || now.Before(s.Until)) {
			found = true
		}
	}
	return found
}

// rotate makes secret the record's secret. The one before it stays good until then; older ones end now.
func (r *Record) rotate(secret tokens.Secret, until time.Time) {
	secrets := storedSecret(secret)
	for _, s := range r.Secrets {
		if s.Until.IsZero() {
			secrets = append(secrets, StoredSecret{s.Hash, until})
		}
	}
	r.Secrets = secrets
}

func isNotFound(err error) bool { return errors.Is(err, ErrNotFound) }

// seconds is a duration as records have it.
type seconds int64

func inSeconds(d time.Duration) seconds   { return seconds(d / time.Second) }
func (s seconds) duration() time.Duration { return time.Duration(s) * time.Second }

// find returns the record that a secret opens, and decodes its data into dst.
func (i *Issuer) find(ctx context.Context, kind Kind, secret tokens.Secret, dst any) (Record, error) {
	r, err := i.store.Find(ctx, kind, hashOf(secret))
	if err != nil {
		return Record{}, storeFailure(err)
	}
	if !r.holds(secret, i.now()) {
		return Record{}, storeFailure(ErrNotFound)
	}
	return r, r.decode(dst)
}

// get returns a record by its ID, and decodes its data into dst.
func (i *Issuer) get(ctx context.Context, kind Kind, id string, dst any) (Record, error) {
	r, err := i.store.Get(ctx, kind, id)
	if err != nil {
		return Record{}, storeFailure(err)
	}
	return r, r.decode(dst)
}

func (r *Record) decode(dst any) error {
	if err := json.Unmarshal(r.Data, dst); err != nil {
		return &Error{Code: ErrStore, Err: errors.New("a stored record cannot be read")}
	}
	return nil
}

// put stores data as the record's.
func (i *Issuer) put(ctx context.Context, r Record, data any) error {
	var err error
	if r.Data, err = json.Marshal(data); err != nil {
		return &Error{Code: ErrStore, Err: errors.New("a record cannot be written")}
	}
	return storeFailure(i.store.Put(ctx, r))
}

// update changes a record that others may be changing at the same time: change is called again for what they made of it.
func (i *Issuer) update(ctx context.Context, kind Kind, id string, dst any, change func(*Record) error) error {
	const attempts = 10
	var err error
	for range attempts {
		var r Record
		if r, err = i.get(ctx, kind, id, dst); err != nil {
			return err
		}
		if err = change(&r); err != nil {
			return err
		}
		if err = i.put(ctx, r, dst); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return err
}
