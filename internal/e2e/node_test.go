package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// optOut skips the npm client, loudly, on a machine without Node.js. CI does not honour it.
const optOut = "MACHINEAUTH_E2E_WITHOUT_NODE"

func TestMain(m *testing.M) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err == nil {
			continue
		}
		if os.Getenv(optOut) != "1" || os.Getenv("CI") == "true" {
			fmt.Fprintf(os.Stderr, "e2e: %s is missing. Install Node.js 20 or newer; outside CI, %s=1 goes without.\n", tool, optOut)
			os.Exit(1)
		}
		fmt.Fprintf(os.Stderr, "\n!!! e2e: NOTHING WAS TESTED against the npm client: %s is missing, and %s=1\n\n", tool, optOut)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// npmClient is a running client.mjs.
type npmClient struct {
	t       *testing.T
	in      *json.Encoder
	out     *bufio.Reader
	secrets options // of calls that name none
}

// options say which secret keys a call has, and whether signing keys come from the JWKS or a PEM.
type options struct {
	SecretKey        string `json:"secretKey,omitempty"`
	MachineSecretKey string `json:"machineSecretKey,omitempty"`
	PEM              bool   `json:"pem,omitempty"`
}

// installNPM installs what package-lock.json names, once.
func installNPM(t *testing.T) {
	t.Helper()
	if err := npmCI(); err != nil {
		t.Fatal(err)
	}
}

var npmCI = sync.OnceValue(func() error {
	out, err := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error").CombinedOutput()
	if err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
})

func startNPMClient(t *testing.T, apiURL, pem, secretKey string) *npmClient {
	t.Helper()
	installNPM(t)
	setup, err := json.Marshal(map[string]string{"apiUrl": apiURL, "jwtKey": pem})
	if err != nil {
		t.Fatal(err)
	}
	in, out := startNode(t, "client.mjs", string(setup))
	return &npmClient{t, in, out, options{SecretKey: secretKey}}
}

// startNode runs a script that reads and writes a line of JSON at a time, until the test ends.
func startNode(t *testing.T, args ...string) (*json.Encoder, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command("node", args...)
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("node: %v", err)
		}
	})
	return json.NewEncoder(in), bufio.NewReader(out)
}

// outcome is what the npm client said: a value, or what it threw.
type outcome struct {
	Value json.RawMessage
	Error *thrown
}

type thrown struct {
	Name    string
	Status  int
	Code    string
	Message string
	Param   string
	Trace   string
}

// call calls a method of the npm client.
func (n *npmClient) call(o options, name string, args ...any) outcome {
	n.t.Helper()
	if o.SecretKey == "" {
		o.SecretKey = n.secrets.SecretKey
	}
	err := n.in.Encode(map[string]any{"call": name, "options": o, "args": args})
	if err != nil {
		n.t.Fatal(err)
	}
	line, err := n.out.ReadBytes('\n')
	if err != nil && err != io.EOF {
		n.t.Fatal(err)
	}
	var got outcome
	if err := json.Unmarshal(line, &got); err != nil {
		n.t.Fatalf("%s: the npm client ended: %v", name, err)
	}
	return got
}
