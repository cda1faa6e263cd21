package tokens

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a string that must not be printed: a secret key, or the text of a new token. It is redacted under every verb of
// fmt, in JSON and in log/slog, also where it is a field of another struct. The zero value is the empty secret.
type Secret struct {
	_    [0]func() // not comparable: two secrets of one text would differ
	text *string   // fmt calls no methods on unexported fields, but doesn't follow pointers either
}

// NewSecret returns text as a Secret.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the text, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

const redactedSecret = "[redacted secret]"

// Format keeps the text out of fmt, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedSecret) }

// String is Format for what asks for a string.
func (s Secret) String() string { return redactedSecret }

// LogValue is Format for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redactedSecret) }

// MarshalText is Format for encoding/json and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redactedSecret), nil }
