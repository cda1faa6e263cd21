package issuer

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"time"
)

// Memory is a [Store] in the memory of one process, bounded. It drops records that have expired.
type Memory struct {
	now func() time.Time
	max int

	mu       sync.RWMutex
	records  map[recordKey]Record
	secrets  map[secretKey]string // the ID of the record that has it
	expiries expiries
}

type recordKey struct {
	kind Kind
	id   string
}

type secretKey struct {
	kind Kind
	hash Hash
}

const defaultMaxRecords = 100_000

// NewMemory returns an empty Memory for at most maxRecords records; 0 means 100,000. One takes about a kilobyte. now is
// the clock; nil means time.Now.
func NewMemory(maxRecords int, now func() time.Time) *Memory {
	if maxRecords <= 0 {
		maxRecords = defaultMaxRecords
	}
	if now == nil {
		now = time.Now
	}
	return &Memory{now: now, max: maxRecords, records: make(map[recordKey]Record), secrets: make(map[secretKey]string)}
}

// Get implements [Store].
func (m *Memory) Get(_ context.Context, kind Kind, id string) (Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.get(kind, id)
}

func (m *Memory) get(kind Kind, id string) (Record, error) {
	r, ok := m.records[recordKey{kind, id}]
	if !ok {
		return Record{}, ErrNotFound
	}
	return r.clone(), nil
}

// Find implements [Store].
func (m *Memory) Find(_ context.Context, kind Kind, hash Hash) (Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	id, ok := m.secrets[secretKey{kind, hash}]
	if !ok {
		return Record{}, ErrNotFound
	}
	return m.get(kind, id)
}

// List implements [Store]. It is a copy of what there was when it began.
func (m *Memory) List(_ context.Context, kind Kind, subject string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range m.snapshot(kind, subject) {
			if !yield(r.clone(), nil) {
				return
			}
		}
	}
}

func (m *Memory) snapshot(kind Kind, subject string) []Record {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var list []Record
	for key, r := range m.records {
		if key.kind == kind && (subject == "" || r.Subject == subject) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b Record) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
	})
	return list
}

// Put implements [Store].
func (m *Memory) Put(_ context.Context, r Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sweep()
	old, exists := m.records[recordKey{r.Kind, r.ID}]
	switch {
	case exists != (r.Version > 0) || old.Version != r.Version:
		return ErrConflict
	case !exists && len(m.records) >= m.max:
		return ErrFull
	}
	for _, s := range r.Secrets {
		if owner, taken := m.secrets[secretKey{r.Kind, s.Hash}]; taken && owner != r.ID {
			return ErrConflict
		}
	}
	m.forgetSecrets(old)
	r = r.clone()
	r.Version++
	m.records[recordKey{r.Kind, r.ID}] = r
	for _, s := range r.Secrets {
		m.secrets[secretKey{r.Kind, s.Hash}] = r.ID
	}
	if !r.Expires.IsZero() && !r.Expires.Equal(old.Expires) {
		heap.Push(&m.expiries, expiry{r.Expires, recordKey{r.Kind, r.ID}})
	}
	return nil
}

// Delete implements [Store].
func (m *Memory) Delete(_ context.Context, kind Kind, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.records[recordKey{kind, id}]; !ok {
		return ErrNotFound
	}
	m.drop(recordKey{kind, id})
	return nil
}

func (m *Memory) drop(key recordKey) {
	m.forgetSecrets(m.records[key])
	delete(m.records, key)
}

func (m *Memory) forgetSecrets(r Record) {
	for _, s := range r.Secrets {
		delete(m.secrets, secretKey{r.Kind, s.Hash})
	}
}

// sweep drops what has expired, and the entries of the heap that deleted and changed records left behind.
func (m *Memory) sweep() {
	now := m.now()
	for len(m.expiries) > 0 && !m.expiries[0].at.After(now) {
		e := heap.Pop(&m.expiries).(expiry)
		if r, ok := m.records[e.key]; ok && !r.Expires.IsZero() && !r.Expires.After(now) {
			m.drop(e.key)
		}
	}
	if len(m.expiries) > 2*len(m.records)+64 {
		m.expiries = m.expiries[:0:0]
		for key, r := range m.records {
			if !r.Expires.IsZero() {
				m.expiries = append(m.expiries, expiry{r.Expires, key})
			}
		}
		heap.Init(&m.expiries)
	}
}

// Format keeps the records out of what package fmt prints, whatever the verb. Nor would fmt wait for the lock.
func (m *Memory) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[issuer memory]") }

// clone lets a record leave or enter the store without sharing memory.
func (r Record) clone() Record {
	r.Secrets = slices.Clone(r.Secrets)
	r.Data = slices.Clone(r.Data)
	return r
}

// expiries is a heap, the next to expire on top.
type expiries []expiry

type expiry struct {
	at  time.Time
	key recordKey
}

func (e expiries) Len() int           { return len(e) }
func (e expiries) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e expiries) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *expiries) Push(x any)        { *e = append(*e, x.(expiry)) }
func (e *expiries) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}
