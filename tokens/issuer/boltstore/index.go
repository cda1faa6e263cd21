package boltstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"iter"
	"time"

	"example.com/machineauth/tokens/issuer"
	bolt "go.etcd.io/bbolt"
)

// What is in the file. Kinds and IDs have no zero byte; whatever else might is hashed or last in its key.
var (
	records  = []byte("records")  // kind, ID -> the record as JSON
	secrets  = []byte("secrets")  // kind, hash -> the ID of the record that has it
	subjects = []byte("subjects") // kind, hash of the subject, creation time, ID -> nothing: lists in order
	expiries = []byte("expiries") // expiry time, kind, ID -> nothing: what can be dropped, in order
)

// entry is a key of an index, and what it says.
type entry struct{ bucket, key, value []byte }

// index lists what is in the other buckets about a record.
func index(r issuer.Record) []entry {
	created := string(timeKey(r.Created)) + r.ID
	list := []entry{{subjects, append(subjectKey(r.Kind, ""), created...), nil}}
	if r.Subject != "" {
		list = append(list, entry{subjects, append(subjectKey(r.Kind, r.Subject), created...), nil})
	}
	for _, secret := range r.Secrets {
		list = append(list, entry{secrets, key(r.Kind, string(secret.Hash[:])), []byte(r.ID)})
	}
	if !r.Expires.IsZero() {
		list = append(list, entry{expiries, append(timeKey(r.Expires), key(r.Kind, r.ID)...), nil})
	}
	return list
}

func insert(tx *bolt.Tx, r issuer.Record) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	for _, e := range index(r) {
		if err := tx.Bucket(e.bucket).Put(e.key, e.value); err != nil {
			return err
		}
	}
	return tx.Bucket(records).Put(key(r.Kind, r.ID), text)
}

func remove(tx *bolt.Tx, r issuer.Record) error {
	for _, e := range index(r) {
		if err := tx.Bucket(e.bucket).Delete(e.key); err != nil {
			return err
		}
	}
	return tx.Bucket(records).Delete(key(r.Kind, r.ID))
}

// key joins the parts of a key.
func key(kind issuer.Kind, parts ...string) []byte {
	k := []byte(kind)
	for _, p := range parts {
		k = append(append(k, 0), p...)
	}
	return k
}

func subjectKey(kind issuer.Kind, subject string) []byte {
	hash := sha256.Sum256([]byte(subject))
	return key(kind, string(hash[:]))
}

// newestFirst goes through the IDs of a list. Where the subject is empty it is all of the kind: each record is listed
// there, and under its subject if it has one.
func newestFirst(tx *bolt.Tx, kind issuer.Kind, subject string) iter.Seq[string] {
	return func(yield func(string) bool) {
		prefix := subjectKey(kind, subject)
		c := tx.Bucket(subjects).Cursor()
		k, _ := c.Seek(append(bytes.Clone(prefix), bytes.Repeat([]byte{0xff}, timeBytes+1)...))
		if k == nil {
			k, _ = c.Last()
		} else {
			k, _ = c.Prev()
		}
		for ; bytes.HasPrefix(k, prefix); k, _ = c.Prev() {
			if !yield(string(k[len(prefix)+timeBytes:])) {
				return
			}
		}
	}
}

const timeBytes = 8

// timeKey writes a time so that byte order is order in time.
func timeKey(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(t.UnixNano())^1<<63)
}
