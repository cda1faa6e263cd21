package boltstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/tokens/issuer"
	"example.com/machineauth/tokens/issuer/boltstore"
	"example.com/machineauth/tokens/issuer/storetest"
)

func open(t *testing.T, path string, now func() time.Time) *boltstore.Store {
	t.Helper()
	s, err := boltstore.Open(path, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, now func() time.Time) issuer.Store {
		return open(t, filepath.Join(t.TempDir(), "issuer.db"), now)
	})
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issuer.db")
	open(t, path, nil)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v: others can read it", info.Mode())
	}
	notAStore := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(notAStore, []byte(strings.Repeat("text ", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{notAStore, filepath.Join(path, "below"), t.TempDir()} {
		if s, err := boltstore.Open(path, nil); err == nil {
			t.Errorf("%s could be opened", path)
			_ = s.Close()
		}
	}
}
