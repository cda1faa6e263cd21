package issuer

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

const maxMachineScopes = 150

// scopeJSON says that one machine may call another.
type scopeJSON struct {
	Object    string `json:"object"`
	From      string `json:"from_machine_id"`
	To        string `json:"to_machine_id"`
	CreatedAt int64  `json:"created_at,omitzero"`
	Deleted   bool   `json:"deleted,omitzero"`
}

// allow adds a machine to those that m may call.
func (i *Issuer) allow(ctx context.Context, m *machine, other, param string) error {
	if _, err := i.get(ctx, KindMachine, other, new(machine)); isNotFound(err) {
		return badParam(param, param+" names a machine that does not exist")
	} else if err != nil {
		return err
	}
	if slices.Contains(m.Scopes, other) {
		return nil
	}
	if len(m.Scopes) >= maxMachineScopes {
		return badParam(param, fmt.Sprintf("a machine may call at most %d others", maxMachineScopes))
	}
	m.Scopes = append(m.Scopes, other)
	return nil
}

func (i *Issuer) createScope(r *http.Request, _ caller) (any, error) {
	var in struct {
		To string `json:"to_machine_id"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	m := new(machine)
	err := i.update(r.Context(), KindMachine, r.PathValue("id"), m, func(*Record) error {
		m.UpdatedAt = i.now()
		return i.allow(r.Context(), m, in.To, "to_machine_id")
	})
	if err != nil {
		return nil, err
	}
	return scopeJSON{Object: "machine_scope", From: m.ID, To: in.To, CreatedAt: m.UpdatedAt.UnixMilli()}, nil
}

// deleteScope concerns the tokens that are made from then on.
func (i *Issuer) deleteScope(r *http.Request, _ caller) (any, error) {
	other := r.PathValue("other")
	m := new(machine)
	err := i.update(r.Context(), KindMachine, r.PathValue("id"), m, func(*Record) error {
		n := slices.Index(m.Scopes, other)
		if n < 0 {
			return fail(ErrNotFound, "the machine has no such scope")
		}
		m.Scopes = slices.Delete(m.Scopes, n, n+1)
		m.UpdatedAt = i.now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return scopeJSON{Object: "machine_scope", From: m.ID, To: other, Deleted: true}, nil
}
