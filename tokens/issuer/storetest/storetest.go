// Package storetest tests that an [issuer.Store] does what the interface says, for those who write one.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/tokens/issuer"
)

// start is when each test begins.
var start = time.Date(2030, 1, 2, 3, 4, 5, 6, time.UTC)

// Run tests the stores that open returns, each of which must be empty, and have now as its clock.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) issuer.Store) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *fixture){
		"PutGet": testPutGet, "Find": testFind, "Versions": testVersions, "List": testList,
		"Delete": testDelete, "Expiry": testExpiry, "Isolation": testIsolation, "Concurrency": testConcurrency,
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{}
			f.now.Store(start.UnixNano())
			f.Store = open(t, func() time.Time { return time.Unix(0, f.now.Load()).UTC() })
			test(t, f)
		})
	}
}

type fixture struct {
	issuer.Store
	now atomic.Int64
}

func hash(text string) (h issuer.Hash) {
	copy(h[:], text+strings.Repeat(".", len(h)))
	return h
}

func record(id string, secrets ...string) issuer.Record {
	r := issuer.Record{Kind: "kind", ID: id, Subject: "user_1", Created: start, Data: []byte(`{"id":"` + id + `"}`)}
	for _, s := range secrets {
		r.Secrets = append(r.Secrets, issuer.StoredSecret{Hash: hash(s)})
	}
	return r
}

func (f *fixture) put(t *testing.T, r issuer.Record) {
	t.Helper()
	if err := f.Put(context.Background(), r); err != nil {
		t.Fatalf("Put %s: %v", r.ID, err)
	}
}

func (f *fixture) get(t *testing.T, id string) issuer.Record {
	t.Helper()
	r, err := f.Get(context.Background(), "kind", id)
	if err != nil {
		t.Fatalf("Get %s: %v", id, err)
	}
	return r
}

func (f *fixture) wantGone(t *testing.T, id string, secrets ...string) {
	t.Helper()
	if _, err := f.Get(context.Background(), "kind", id); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("Get %s: %v, want ErrNotFound", id, err)
	}
	for _, s := range secrets {
		if _, err := f.Find(context.Background(), "kind", hash(s)); !errors.Is(err, issuer.ErrNotFound) {
			t.Errorf("Find %s: %v, want ErrNotFound", s, err)
		}
	}
}

func (f *fixture) wantList(t *testing.T, subject, want string) {
	t.Helper()
	var got []string
	for r, err := range f.List(context.Background(), "kind", subject) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r.ID)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("List %q: %q, want %q", subject, got, want)
	}
}

func testPutGet(t *testing.T, f *fixture) {
	r := record("a", "s1")
	r.Secrets[0].Until = start.Add(time.Hour)
	r.Expires = start.Add(2 * time.Hour)
	f.put(t, r)
	got := f.get(t, "a")
	if got.Kind != r.Kind || got.Subject != r.Subject || string(got.Data) != string(r.Data) || got.Version != 1 ||
		!got.Created.Equal(r.Created) || !got.Expires.Equal(r.Expires) ||
		len(got.Secrets) != 1 || got.Secrets[0].Hash != r.Secrets[0].Hash || !got.Secrets[0].Until.Equal(r.Secrets[0].Until) {
		t.Errorf("got %+v, want %+v of version 1", got, r)
	}
	f.wantGone(t, "b")
	if _, err := f.Get(context.Background(), "other", "a"); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("another kind: %v", err)
	}
}

func testFind(t *testing.T, f *fixture) {
	f.put(t, record("a", "s1", "s2"))
	f.put(t, record("b", "s3"))
	for secret, id := range map[string]string{"s1": "a", "s2": "a", "s3": "b"} {
		if r, err := f.Find(context.Background(), "kind", hash(secret)); err != nil || r.ID != id {
			t.Errorf("Find %s: %s, %v", secret, r.ID, err)
		}
	}
	if _, err := f.Find(context.Background(), "other", hash("s1")); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("another kind: %v", err)
	}
	if err := f.Put(context.Background(), record("c", "s1")); !errors.Is(err, issuer.ErrConflict) {
		t.Errorf("a secret of another record: %v", err)
	}
	f.wantGone(t, "c")
	changed := record("a", "s2", "s4")
	changed.Version = 1
	f.put(t, changed)
	if _, err := f.Find(context.Background(), "kind", hash("s1")); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("a replaced secret: %v", err)
	}
	if r, err := f.Find(context.Background(), "kind", hash("s4")); err != nil || r.ID != "a" {
		t.Errorf("a new secret: %v", err)
	}
}

func testVersions(t *testing.T, f *fixture) {
	f.put(t, record("a"))
	if err := f.Put(context.Background(), record("a")); !errors.Is(err, issuer.ErrConflict) {
		t.Errorf("a new one over an old one: %v", err)
	}
	for _, version := range []uint64{2, 7} {
		r := record("a")
		r.Version = version
		if err := f.Put(context.Background(), r); !errors.Is(err, issuer.ErrConflict) {
			t.Errorf("version %d: %v", version, err)
		}
	}
	r := f.get(t, "a")
	f.put(t, r)
	if got := f.get(t, "a").Version; got != 2 {
		t.Errorf("version %d, want 2", got)
	}
	gone := record("gone")
	gone.Version = 1
	if err := f.Put(context.Background(), gone); !errors.Is(err, issuer.ErrConflict) {
		t.Errorf("what isn't there cannot be replaced: %v", err)
	}
}

func testList(t *testing.T, f *fixture) {
	for n, id := range []string{"c", "a", "b"} {
		r := record(id)
		r.Created = start.Add(time.Duration(n) * time.Nanosecond)
		f.put(t, r)
	}
	twin := record("bb")
	twin.Created = start.Add(2)
	f.put(t, twin)
	for subject, id := range map[string]string{"user_2": "d", "user_1\x00x": "e", "user_": "f", "": "g"} {
		r := record(id)
		r.Subject = subject
		r.Created = start.Add(-time.Hour + time.Duration(id[0]))
		f.put(t, r)
	}
	f.put(t, issuer.Record{Kind: "kind2", ID: "z", Subject: "user_1", Created: start, Data: []byte("{}")})
	f.wantList(t, "user_1", "bb b a c")
	f.wantList(t, "user_2", "d")
	f.wantList(t, "user_3", "")
	f.wantList(t, "", "bb b a c g f e d")
	for range f.List(context.Background(), "kind", "user_1") {
		break // must not go on, nor keep the store locked
	}
	f.put(t, record("later"))
	r := f.get(t, "a")
	f.put(t, r)
	f.wantList(t, "user_2", "d")
	f.wantList(t, "user_1", "bb b a later c")
}

func testDelete(t *testing.T, f *fixture) {
	f.put(t, record("a", "s1"))
	if err := f.Delete(context.Background(), "kind", "a"); err != nil {
		t.Fatal(err)
	}
	f.wantGone(t, "a", "s1")
	f.wantList(t, "", "")
	f.wantList(t, "user_1", "")
	if err := f.Delete(context.Background(), "kind", "a"); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	f.put(t, record("a", "s1"))
	if got := f.get(t, "a").Version; got != 1 {
		t.Errorf("a new one begins at version %d", got)
	}
}

// testExpiry: expired records may be there or not; when enough has been put, they are not.
func testExpiry(t *testing.T, f *fixture) {
	for n := range 20 {
		r := record(fmt.Sprint("old", n), fmt.Sprint("secret", n))
		r.Expires = start.Add(time.Duration(n+1) * time.Second)
		f.put(t, r)
	}
	longer := f.get(t, "old3")
	longer.Expires = start.Add(time.Hour)
	f.put(t, longer)
	f.now.Store(start.Add(20 * time.Second).UnixNano())
	for n := range 20 {
		f.put(t, record(fmt.Sprint("new", n)))
	}
	for n := range 20 {
		if n != 3 {
			f.wantGone(t, fmt.Sprint("old", n), fmt.Sprint("secret", n))
		}
	}
	f.get(t, "old3")
	f.get(t, "new0")
	f.put(t, record("again", "secret0")) // the hash is free
}

// testIsolation: what goes in and comes out is nobody else's.
func testIsolation(t *testing.T, f *fixture) {
	r := record("a", "s1")
	f.put(t, r)
	r.Data[2] = 'X'
	r.Secrets[0].Hash[0] = 'X'
	got := f.get(t, "a")
	got.Data[2] = 'Y'
	got.Secrets[0].Hash[0] = 'Y'
	for listed := range f.List(context.Background(), "kind", "") {
		listed.Data[2] = 'Z'
	}
	if got := f.get(t, "a"); string(got.Data) != `{"id":"a"}` || got.Secrets[0].Hash != hash("s1") {
		t.Errorf("changed from outside: %s", got.Data)
	}
}

// testConcurrency: of all who put the same version, one succeeds.
func testConcurrency(t *testing.T, f *fixture) {
	f.put(t, record("a"))
	base := f.get(t, "a")
	var wg sync.WaitGroup
	var won atomic.Int32
	for n := range 8 {
		wg.Go(func() {
			switch err := f.Put(context.Background(), base); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, issuer.ErrConflict):
				t.Error(err)
			}
			if err := f.Put(context.Background(), record(fmt.Sprint("n", n), fmt.Sprint("n", n))); err != nil {
				t.Error(err)
			}
			if _, err := f.Find(context.Background(), "kind", hash(fmt.Sprint("n", n))); err != nil {
				t.Error("what was acknowledged isn't found: ", err)
			}
			for _, err := range f.List(context.Background(), "kind", "user_1") {
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 won", won.Load())
	}
}
