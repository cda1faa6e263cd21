package issuer

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// machine is what the store keeps of a machine.
type machine struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Scopes    []string  `json:"scopes"` // the machines that it may call
	TTL       seconds   `json:"ttl"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

const defaultTokenTTL = time.Hour

// machineJSON is a machine as the API shows it.
type machineJSON struct {
	Object          string        `json:"object"`
	ID              string        `json:"id"`
	Name            string        `json:"name"`
	InstanceID      string        `json:"instance_id"`
	CreatedAt       int64         `json:"created_at"`
	UpdatedAt       int64         `json:"updated_at"`
	DefaultTokenTTL int64         `json:"default_token_ttl"`
	ScopedMachines  []machineJSON `json:"scoped_machines"`
	SecretKey       string        `json:"secret_key,omitempty"`
}

type deletedJSON struct {
	Object  string `json:"object"`
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
}

type pageJSON[T any] struct {
	Data       []T `json:"data"`
	TotalCount int `json:"total_count"`
}

func (i *Issuer) showMachine(m *machine) machineJSON {
	return machineJSON{
		Object: "machine", ID: m.ID, Name: m.Name, InstanceID: i.cfg.Issuer,
		CreatedAt: m.CreatedAt.UnixMilli(), UpdatedAt: m.UpdatedAt.UnixMilli(),
		DefaultTokenTTL: int64(m.TTL), ScopedMachines: []machineJSON{},
	}
}

// showScopedMachine adds the machines that it may call, those that still exist.
func (i *Issuer) showScopedMachine(ctx context.Context, m *machine) (machineJSON, error) {
	shown := i.showMachine(m)
	for _, id := range m.Scopes {
		other := new(machine)
		if _, err := i.get(ctx, KindMachine, id, other); err == nil {
			shown.ScopedMachines = append(shown.ScopedMachines, i.showMachine(other))
		} else if !isNotFound(err) {
			return machineJSON{}, err
		}
	}
	return shown, nil
}

func (i *Issuer) createMachine(r *http.Request, _ caller) (any, error) {
	var in struct {
		Name            string   `json:"name"`
		ScopedMachines  []string `json:"scoped_machines"`
		DefaultTokenTTL *int64   `json:"default_token_ttl"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if err := checkText("name", in.Name, true); err != nil {
		return nil, err
	}
	ttl, err := lifetime("default_token_ttl", in.DefaultTokenTTL, defaultTokenTTL, maxLifetime)
	if err != nil {
		return nil, err
	}
	now := i.now()
	m := &machine{ID: newID("mch_"), Name: in.Name, TTL: inSeconds(ttl), CreatedAt: now, UpdatedAt: now}
	for _, other := range in.ScopedMachines {
		if err := i.allow(r.Context(), m, other, "scoped_machines"); err != nil {
			return nil, err
		}
	}
	secret := randomSecret("msk_")
	record := Record{Kind: KindMachine, ID: m.ID, Secrets: storedSecret(secret), Created: now}
	if err := i.put(r.Context(), record, m); err != nil {
		return nil, err
	}
	shown, err := i.showScopedMachine(r.Context(), m)
	shown.SecretKey = secret.Reveal()
	return shown, err
}

func (i *Issuer) getMachine(r *http.Request, _ caller) (any, error) {
	m := new(machine)
	if _, err := i.get(r.Context(), KindMachine, r.PathValue("id"), m); err != nil {
		return nil, err
	}
	return i.showScopedMachine(r.Context(), m)
}

func (i *Issuer) listMachines(r *http.Request, _ caller) (any, error) {
	l, err := readList(r, "order_by", "query")
	if err != nil {
		return nil, err
	}
	query := strings.ToLower(l.query.Get("query"))
	var all []*machine
	for record, err := range i.store.List(r.Context(), KindMachine, "") {
		if err != nil {
			return nil, storeFailure(err)
		}
		m := new(machine)
		if err := record.decode(m); err != nil {
			return nil, err
		}
		if strings.Contains(strings.ToLower(m.Name), query) || strings.Contains(strings.ToLower(m.ID), query) {
			all = append(all, m)
		}
	}
	if err := orderMachines(all, l.query.Get("order_by")); err != nil {
		return nil, err
	}
	shown := pageJSON[machineJSON]{Data: []machineJSON{}, TotalCount: len(all)}
	for _, m := range page(l, all) {
		one, err := i.showScopedMachine(r.Context(), m)
		if err != nil {
			return nil, err
		}
		shown.Data = append(shown.Data, one)
	}
	return shown, nil
}

// orderMachines sorts a list that is newest first.
func orderMachines(all []*machine, orderBy string) error {
	switch strings.TrimPrefix(orderBy, "+") {
	case "", "-created_at":
	case "created_at":
		slices.Reverse(all)
	case "name":
		slices.SortStableFunc(all, func(a, b *machine) int { return cmp.Compare(a.Name, b.Name) })
	case "-name":
		slices.SortStableFunc(all, func(a, b *machine) int { return cmp.Compare(b.Name, a.Name) })
	default:
		return badParam("order_by", "order_by must be name or created_at, with + or - in front")
	}
	return nil
}

func (i *Issuer) updateMachine(r *http.Request, _ caller) (any, error) {
	var in struct {
		Name            *string `json:"name"`
		DefaultTokenTTL *int64  `json:"default_token_ttl"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	m := new(machine)
	err := i.update(r.Context(), KindMachine, r.PathValue("id"), m, func(*Record) error {
		if in.Name != nil {
			if err := checkText("name", *in.Name, true); err != nil {
				return err
			}
			m.Name = *in.Name
		}
		ttl, err := lifetime("default_token_ttl", in.DefaultTokenTTL, m.TTL.duration(), maxLifetime)
		m.TTL, m.UpdatedAt = inSeconds(ttl), i.now()
		return err
	})
	if err != nil {
		return nil, err
	}
	return i.showScopedMachine(r.Context(), m)
}

// deleteMachine ends a machine: its secret keys, and with them its opaque tokens, open nothing from then on.
func (i *Issuer) deleteMachine(r *http.Request, _ caller) (any, error) {
	id := r.PathValue("id")
	if err := i.store.Delete(r.Context(), KindMachine, id); err != nil {
		return nil, storeFailure(err)
	}
	return deletedJSON{"machine", id, true}, nil
}
