package tokens

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// ReplayStore remembers which proofs have been used, so that none is used twice. Implementations that several machines share
// make a proof good for one request anywhere; a SET of the id with NX and an expiry does it in Redis.
type ReplayStore interface {
	// Spend remembers id until then, and reports whether it was new. Of any number of calls with one id at the same time,
	// exactly one is told that it was. An error means that nobody can tell: the request is answered with 503.
	Spend(ctx context.Context, id [32]byte, until time.Time) (fresh bool, err error)
}

// ReplayMemory is a ReplayStore in the memory of one process, of bounded size. It forgets nothing before its time: while it
// is full, no proof is taken at all. Only proofs of good tokens by their own keys are ever stored.
type ReplayMemory struct {
	Now func() time.Time // the clock; nil means time.Now

	max int

	mu    sync.Mutex
	size  int
	slots map[int64]map[[32]byte]struct{} // by when they end
}

const (
	defaultReplays = 1 << 20     // about 70 MiB when full
	replaySlot     = time.Minute // ids that end in the same one are forgotten together
)

// NewReplayMemory returns a store for at most size proofs at a time; zero means about a million, 3,500 a second with the
// usual window.
func NewReplayMemory(size int) *ReplayMemory {
	if size <= 0 {
		size = defaultReplays
	}
	return &ReplayMemory{max: size, slots: make(map[int64]map[[32]byte]struct{})}
}

var errReplaysFull = errors.New("as many proofs as the ReplayMemory holds are in use: give it more room, or shorten DPoPConfig.Window")

var errReplaysLate = errors.New("the proof's time is over by the clock of the ReplayMemory: it must be that of the DPoP")

// Spend is described at [ReplayStore]. Its errors are that the store is full, and that until has passed.
func (m *ReplayMemory) Spend(_ context.Context, id [32]byte, until time.Time) (bool, error) {
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	current, slot := slotOf(now()), slotOf(until)
	m.forget(current)
	if slot < current {
		return false, errReplaysLate
	}
	for _, ids := range m.slots { // a few: as many as the window has minutes
		if _, used := ids[id]; used {
			return false, nil
		}
	}
	if m.size >= m.max {
		return false, errReplaysFull
	}
	if m.slots[slot] == nil {
		m.slots[slot] = make(map[[32]byte]struct{})
	}
	m.slots[slot][id] = struct{}{}
	m.size++
	return true, nil
}

// forget drops the slots that are over.
func (m *ReplayMemory) forget(current int64) {
	for slot, ids := range m.slots {
		if slot < current {
			m.size -= len(ids)
			delete(m.slots, slot)
		}
	}
}

func slotOf(t time.Time) int64 { return t.Unix() / int64(replaySlot/time.Second) }

// Len returns how many proofs are remembered.
func (m *ReplayMemory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size
}

// Format lets package fmt print it while it is in use: fmt would read it without the lock.
func (m *ReplayMemory) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[replay memory]") }
