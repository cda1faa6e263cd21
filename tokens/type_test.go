package tokens_test

import (
	"testing"

	"example.com/machineauth/tokens"
)

func TestType_IsMachine(t *testing.T) {
	for kind, want := range map[tokens.Type]bool{
		tokens.TypeSession: false, tokens.TypeM2M: true, tokens.TypeOAuth: true, tokens.TypeAPIKey: true, "": false, "machine": false, "M2M_TOKEN": false,
	} {
		if got := kind.IsMachine(); got != want {
			t.Errorf("Type(%q).IsMachine() = %v", kind, got)
		}
	}
}

func TestAnyType_IsTheCallers(t *testing.T) {
	tokens.AnyType()[0] = tokens.TypeM2M
	if got := tokens.AnyType(); len(got) != 4 || got[0] != tokens.TypeSession {
		t.Errorf("AnyType() = %v", got)
	}
}
