// Package boltstore is a durable [issuer.Store] in a single file, by bbolt. A change is on the disk before it is
// acknowledged: whatever the issuer has answered is there after the process was killed or the machine lost power. One
// process at a time can have the file open.
package boltstore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"example.com/machineauth/tokens/issuer"
	bolt "go.etcd.io/bbolt"
)

// Store keeps an issuer's records in a file. It is safe for concurrent use.
type Store struct {
	db  *bolt.DB
	now func() time.Time
}

// Open opens the file at path, readable by its owner only, and makes it where there is none. It fails where another
// process has it open. now is the clock; nil means time.Now.
func Open(path string, now func() time.Time) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	const patience = 5 * time.Second // the process before may still be ending
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: patience, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return nil, fmt.Errorf("boltstore: open %s: %w", path, err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range [][]byte{records, secrets, subjects, expiries} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("boltstore: open %s: %w", path, errors.Join(err, db.Close()))
	}
	return &Store{db, now}, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

// Get implements [issuer.Store].
func (s *Store) Get(_ context.Context, kind issuer.Kind, id string) (r issuer.Record, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		r, err = get(tx, kind, id)
		return err
	})
	return r, err
}

// Find implements [issuer.Store].
func (s *Store) Find(_ context.Context, kind issuer.Kind, hash issuer.Hash) (r issuer.Record, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		id := tx.Bucket(secrets).Get(key(kind, string(hash[:])))
		if id == nil {
			return issuer.ErrNotFound
		}
		r, err = get(tx, kind, string(id))
		return err
	})
	return r, err
}

// List implements [issuer.Store]. It is as of when it began.
func (s *Store) List(_ context.Context, kind issuer.Kind, subject string) iter.Seq2[issuer.Record, error] {
	return func(yield func(issuer.Record, error) bool) {
		err := s.db.View(func(tx *bolt.Tx) error {
			for id := range newestFirst(tx, kind, subject) {
				r, err := get(tx, kind, id)
				if err != nil {
					return err
				}
				if !yield(r, nil) {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			yield(issuer.Record{}, err)
		}
	}
}

// Put implements [issuer.Store].
func (s *Store) Put(_ context.Context, r issuer.Record) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		if err := s.sweep(tx); err != nil {
			return err
		}
		old, err := get(tx, r.Kind, r.ID)
		exists := err == nil
		switch {
		case !exists && !errors.Is(err, issuer.ErrNotFound):
			return err
		case exists != (r.Version > 0) || old.Version != r.Version:
			return issuer.ErrConflict
		}
		for _, secret := range r.Secrets {
			owner := tx.Bucket(secrets).Get(key(r.Kind, string(secret.Hash[:])))
			if owner != nil && string(owner) != r.ID {
				return issuer.ErrConflict
			}
		}
		if exists {
			if err := remove(tx, old); err != nil {
				return err
			}
		}
		r.Version++
		return insert(tx, r)
	})
}

// Delete implements [issuer.Store].
func (s *Store) Delete(_ context.Context, kind issuer.Kind, id string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		r, err := get(tx, kind, id)
		if err != nil {
			return err
		}
		return remove(tx, r)
	})
}

// sweep drops what has expired: more with each Put than a Put can add, and never so much that a Put takes long.
func (s *Store) sweep(tx *bolt.Tx) error {
	const most = 8
	now := timeKey(s.now())
	for range most {
		k, _ := tx.Bucket(expiries).Cursor().First()
		if k == nil || bytes.Compare(k[:timeBytes], now) > 0 {
			return nil
		}
		kind, id, _ := bytes.Cut(k[timeBytes:], []byte{0})
		r, err := get(tx, issuer.Kind(kind), string(id))
		if err == nil {
			err = remove(tx, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func get(tx *bolt.Tx, kind issuer.Kind, id string) (r issuer.Record, err error) {
	text := tx.Bucket(records).Get(key(kind, id))
	if text == nil {
		return r, issuer.ErrNotFound
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, errors.New("boltstore: a record in the file cannot be read")
	}
	return r, nil
}
