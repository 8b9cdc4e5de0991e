package secretoracle

import (
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/zricethezav/gitleaks/v8/config"
	"pgregory.net/rapid"

	"tracelab/internal/redact"
)

// contextual are the beginnings of rules that find random text after the name of a vendor. Here the
// name has to be that of a secret, whoever the vendor is.
var contextual = []string{`[\w.-]{0,50}?`, `(?i)[\w.-]{0,50}?`}

// excused are the rules whose findings need not be found, with the reason.
var excused = map[string]string{
	"curl-auth-header":          "its examples are whole command lines of random bytes; headers have their own tests",
	"curl-auth-user":            "its examples are whole command lines of random bytes; options have their own tests",
	"flutterwave-public-key":    "a public key is public",
	"freemius-secret-key":       "its examples are control characters between line ends; a secret_key has its own tests",
	"generic-api-key":           "it finds random text after many words, with an entropy that telemetry's ids have too",
	"grafana-api-key":           "its examples change the case of base64, which no program does; the exact prefix is found",
	"jwt-base64":                "its examples have line ends within the token; the prefix is found",
	"slack-app-token":           "its examples are shorter than any token of Slack's",
	"slack-config-access-token": "its dot, which isn't escaped, makes examples of other bytes; xoxe.xoxb- is found",
	"slack-webhook-url":         "its dots, which aren't escaped, make examples of other hosts; webhooks have their own tests",
	"jwt":                       "its examples don't begin with the base64 of an object, as every JSON Web Token does",
	"kubernetes-secret-yaml":    "manifests are files, not telemetry",
	"private-key":               "its examples mix labels that no program writes; PEM has its own tests",
	"sourcegraph-access-token":  "one of its forms is any 40 hexadecimal digits, as a commit's are",
}

func TestEveryPrefixOfGitleaksIsFound(t *testing.T) {
	var rules struct {
		Rules []struct{ ID, Regex string }
	}
	if _, err := toml.Decode(config.DefaultConfig, &rules); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, rule := range rules.Rules {
		if rule.Regex == "" || isContextual(rule.Regex) || excused[rule.ID] != "" {
			continue
		}
		checked++
		t.Run(rule.ID, func(t *testing.T) {
			re := regexp.MustCompile(rule.Regex)
			examples := rapid.StringMatching(rule.Regex)
			for seed := range 20 {
				example := ascii.Replace(examples.Example(seed))
				secret := example
				// What is a secret of it is in a group, if there is one.
				if groups := re.FindStringSubmatch(example); len(groups) > 1 && groups[1] != "" {
					secret = groups[1]
				}
				masked := redact.Text(example)
				if strings.Contains(masked, secret) {
					t.Errorf("not found in %q", example)
				}
			}
		})
	}
	t.Logf("%d rules have a prefix or a form, %d of all are excused", checked, len(excused))
	if checked < 80 {
		t.Errorf("%d rules were compared, want 80 or more: has gitleaks changed its format?", checked)
	}
}

// ascii undoes what (?i) allows besides ASCII: the long s and the sign of Kelvin.
var ascii = strings.NewReplacer("ſ", "s", "\u212a", "k")

func isContextual(regex string) bool {
	for _, beginning := range contextual {
		if strings.HasPrefix(regex, beginning) {
			return true
		}
	}
	return false
}
