package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"example.com/machineauth/tokens/issuer"
	"example.com/machineauth/tokens/issuer/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(_ *testing.T, now func() time.Time) issuer.Store { return issuer.NewMemory(0, now) })
}

func TestMemory_Bounded(t *testing.T) {
	now := time.Unix(1000, 0)
	m := issuer.NewMemory(3, func() time.Time { return now })
	put := func(id string, life time.Duration) error {
		r := issuer.Record{Kind: "kind", ID: id, Created: now}
		if life > 0 {
			r.Expires = now.Add(life)
		}
		return m.Put(context.Background(), r)
	}
	for n, life := range []time.Duration{0, time.Second, time.Minute} {
		if err := put(fmt.Sprint(n), life); err != nil {
			t.Fatal(err)
		}
	}
	if err := put("more", 0); !errors.Is(err, issuer.ErrFull) {
		t.Errorf("the fourth: %v, want ErrFull", err)
	}
	now = now.Add(time.Second)
	if err := put("more", 0); err != nil {
		t.Errorf("when one has expired: %v", err)
	}
	for range 1000 { // records that come and go leave nothing behind
		if err := m.Delete(context.Background(), "kind", "more"); err != nil {
			t.Fatal(err)
		}
		if err := put("more", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if n := m.Expiries(); n > 100 {
		t.Errorf("%d entries remember 3 records", n)
	}
}
