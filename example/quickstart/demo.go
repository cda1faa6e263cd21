package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"
)

type server struct{ name, url string }

// attempt is one row of the table: what is sent, and what each route must answer.
type attempt struct {
	name   string
	header []string // the values of Authorization
	want   [6]int   // by route: /me /jobs /files /exports /machines /reports
}

// good says which routes take a good token. The OAuth application may read files, and no reports.
var good = map[string][6]int{
	"session":      {200, 401, 401, 401, 401, 401},
	"M2M JWT":      {401, 200, 401, 401, 200, 401},
	"M2M opaque":   {401, 200, 401, 401, 200, 401},
	"OAuth JWT":    {401, 401, 200, 401, 200, 403},
	"OAuth opaque": {401, 401, 200, 401, 200, 403},
	"API key":      {401, 401, 401, 200, 200, 401},
}

// attempts are the credentials of the demonstration, good and bad, with the status that each route owes them.
func attempts(minted []credential) []attempt {
	refused, malformed := [6]int{401, 401, 401, 401, 401, 401}, [6]int{400, 400, 400, 400, 400, 400}
	var list []attempt
	for _, c := range minted {
		want, ok := good[c.name]
		if !ok { // expired or revoked
			want = refused
		}
		list = append(list, attempt{c.name, []string{"Bearer " + c.token}, want})
	}
	session := list[0].header[0]
	return append(list,
		attempt{"session, forged", []string{session[:len(session)-8] + "AAAAAAAA"}, refused},
		attempt{"M2M opaque, unknown", []string{"Bearer mt_unknown"}, refused},
		attempt{"garbage", []string{"Bearer garbage"}, refused},
		attempt{"no token", nil, refused},
		attempt{"two headers", []string{session, session}, malformed},
	)
}

// demonstrate sends every attempt to every route of every server, prints the answers, and fails where one is wrong.
func demonstrate(ctx context.Context, out io.Writer, minted []credential, servers ...server) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	wrong, cells := 0, 0
	for _, s := range servers {
		fmt.Fprintf(out, "\n%s\n", s.name)
		table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
		fmt.Fprint(table, "token")
		for _, r := range routes {
			fmt.Fprintf(table, "\t%s %s", r.method, r.path)
		}
		for _, a := range attempts(minted) {
			fmt.Fprint(table, "\n", a.name)
			for i, r := range routes {
				status, err := send(ctx, s.url, r, a.header)
				if err != nil {
					return err
				}
				cells++
				cell := fmt.Sprint(status)
				if status != a.want[i] {
					wrong++
					cell = fmt.Sprintf("%d, WRONG: must be %d", status, a.want[i])
				}
				fmt.Fprint(table, "\t", cell)
			}
		}
		fmt.Fprintln(table)
		if err := table.Flush(); err != nil {
			return err
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d answers are wrong", wrong, cells)
	}
	fmt.Fprintf(out, "\nAll %d answers are as they must be.\n", cells)
	return nil
}

// send makes one request, and returns its status. A request without a credential must be told so by a bare challenge.
func send(ctx context.Context, url string, r route, authorization []string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, url+r.path, nil)
	if err != nil {
		return 0, err
	}
	req.Header["Authorization"] = authorization
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return 0, err
	}
	challenge := resp.Header.Get("WWW-Authenticate")
	switch {
	case authorization == nil && challenge != "Bearer":
		return 0, fmt.Errorf("%s%s: challenge %q, must be a bare Bearer", url, r.path, challenge)
	case resp.StatusCode != http.StatusOK && !strings.HasPrefix(challenge, "Bearer"):
		return 0, fmt.Errorf("%s%s: status %d without a challenge", url, r.path, resp.StatusCode)
	case resp.StatusCode == http.StatusOK && len(body) == 0:
		return 0, errors.New(url + r.path + ": an empty answer")
	}
	return resp.StatusCode, nil
}
