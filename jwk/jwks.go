package jwk

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxSetBytes = 1 << 20
	maxSetKeys  = 1000
)

// FromJWKS returns a source of the keys of a JWK set (RFC 7517 section 5) of at most 1 MiB and 1,000 keys. Keys that can't
// be used are left out; [Static.Report] names them. A set that isn't strict JSON, or without a usable key, is an
// ErrInvalidKey.
func FromJWKS(data []byte) (*Static, error) {
	keys, report, err := parseJWKS(data)
	if err != nil {
		return nil, &Error{Code: ErrInvalidKey, Err: err}
	}
	return newStatic(keys, report), nil
}

func parseJWKS(data []byte) (map[string]*Key, Report, error) {
	if len(data) > maxSetBytes {
		return nil, Report{}, fmt.Errorf("the key set has more than %d bytes", maxSetBytes)
	}
	var set struct {
		Keys rawKeys `json:"keys"`
	}
	// The error of the JSON package quotes what it read.
	if err := json.Unmarshal(data, &set); errors.Is(err, errTooManyKeys) {
		return nil, Report{}, errTooManyKeys
	} else if err != nil {
		return nil, Report{}, errors.New(`not a JWK set: it must be one JSON object with an array "keys", and no member twice`)
	}
	keys, report := selectKeys(set.Keys)
	if len(keys) == 0 {
		return nil, report, fmt.Errorf("the key set has no usable key%s", firstReason(report))
	}
	return keys, report, nil
}

func firstReason(r Report) string {
	if len(r.Skipped) == 0 {
		return ""
	}
	return fmt.Sprintf("; the first of %d is skipped because: %s", len(r.Skipped), r.Skipped[0].Reason)
}

// selectKeys keeps the keys that can be used. Of two with one kid neither is, since nothing says which one is meant.
func selectKeys(raw rawKeys) (map[string]*Key, Report) {
	keys := make(map[string]*Key, len(raw))
	var report Report
	seen := make(map[string]int, len(raw))
	members := make([]jwkMembers, len(raw))
	malformed := make([]bool, len(raw))
	for i, value := range raw {
		malformed[i] = json.Unmarshal(value, &members[i]) != nil
		seen[members[i].ID]++
	}
	for i, m := range members {
		var key *Key
		var err error
		switch {
		case malformed[i]:
			err = errors.New("it is not a JSON object, or has a member of the wrong type")
		case m.ID == "":
			err = errors.New("it has no kid, so that no token can name it")
		case seen[m.ID] > 1:
			err = errors.New("another key of the set has its kid")
		default:
			key, err = m.key()
		}
		if err != nil {
			report.Skipped = append(report.Skipped, note(i, m.ID, reason(err)))
			continue
		}
		if m.Algorithm == "" {
			report.Assumed = append(report.Assumed, note(i, m.ID, assumption(key)))
		}
		keys[m.ID] = key
	}
	report.Usable = len(keys)
	return keys, report
}

// reason is an error's text without the code, which is the same for every key.
func reason(err error) string {
	if e, ok := err.(*Error); ok {
		err = e.Err
	}
	return err.Error()
}

func assumption(k *Key) string {
	return fmt.Sprintf("it names no algorithm, and is taken to be for %s", k.algorithm)
}

// rawKeys are the elements of "keys", unread.
type rawKeys []jsontext.Value

var errTooManyKeys = fmt.Errorf("the key set has more than %d keys", maxSetKeys)

// UnmarshalJSONFrom stops at the limit instead of collecting a mebibyte of commas first.
func (k *rawKeys) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if start, err := dec.ReadToken(); err != nil {
		return err
	} else if start.Kind() != '[' {
		return errors.New("not an array")
	}
	for dec.PeekKind() != ']' {
		if len(*k) == maxSetKeys {
			return errTooManyKeys
		}
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		*k = append(*k, value.Clone())
	}
	_, err := dec.ReadToken()
	return err
}
