package e2e_test

import (
	"strconv"

	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

func (w *world) testAPIKeys() {
	for _, subject := range []string{"user_jane", "org_acme"} {
		made := w.must(options{}, "apiKeys.create", map[string]any{
			"name": "deploy", "subject": subject, "scopes": []string{"deploy:run"}, "secondsUntilExpiration": 600, "claims": map[string]any{"innerCase": 1},
		})
		got := w.bothJudge("API key of "+subject, made.Secret, tokens.TypeAPIKey, true)
		npmSide := made.judgement(tokens.TypeAPIKey, *made.Expiration/1000)
		w.report.row("apiKeys.create", npmSide.String(), got.String(), cmp.Diff(npmSide, got))
		verified := w.must(options{}, "apiKeys.verify", made.Secret)
		npmSide = verified.judgement(tokens.TypeAPIKey, *verified.Expiration/1000)
		w.report.row("apiKeys.verify", npmSide.String(), got.String(), cmp.Diff(npmSide, got))

		_, total := w.list("apiKeys.list", options{}, map[string]any{"subject": subject})
		w.report.row("apiKeys.list", strconv.Itoa(total), "1", cmp.Diff(total, 1))

		w.must(options{}, "apiKeys.revoke", map[string]any{"apiKeyId": made.ID, "revocationReason": "left"})
		after := w.bothJudge("API key revoked", made.Secret, tokens.TypeAPIKey, false)
		w.report.row("apiKeys.revoke", "revoked", after.String(), "")
	}
}
