package tokens_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"example.com/machineauth/tokens"
)

func TestSecret_Redacts(t *testing.T) {
	const text = "correct horse battery staple"
	secret := tokens.NewSecret(text)
	holder := struct {
		Exported   tokens.Secret
		unexported tokens.Secret
	}{secret, secret}
	_ = holder.unexported

	printed := []string{secret.String()}
	for _, value := range []any{secret, &secret, holder, &holder, []tokens.Secret{secret}, map[string]any{"k": secret}, map[string]any{"k": holder}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T"} {
			printed = append(printed, fmt.Sprintf(verb, value))
		}
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Error(err)
		}
		printed = append(printed, string(encoded))
		for _, handler := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var log bytes.Buffer
			slog.New(handler(&log)).Info("message", "value", value)
			printed = append(printed, log.String())
		}
	}
	for _, p := range printed {
		if strings.Contains(p, "horse") || strings.Contains(strings.ToLower(p), fmt.Sprintf("%x", "horse")) {
			t.Errorf("printed as %q", p)
		}
	}
	if got := secret.Reveal(); got != text {
		t.Errorf("Reveal() = %q", got)
	}
	if got := (tokens.Secret{}).Reveal(); got != "" {
		t.Errorf("the zero Secret reveals %q", got)
	}
}
