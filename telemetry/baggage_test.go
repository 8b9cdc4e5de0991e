package telemetry_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/baggage"

	"tracelab/telemetry"
)

func TestBaggageIsCopiedByAllowList(t *testing.T) {
	tests := []struct {
		name    string
		allowed []string
		members map[string]string
		want    map[string]string
		reason  string
	}{
		{
			"allowed",
			[]string{"tenant_id"},
			map[string]string{"tenant_id": "acme"},
			map[string]string{"tenant_id": "acme"},
			"",
		},
		{
			"not allowed",
			[]string{"tenant_id"},
			map[string]string{"user_id": "42"},
			map[string]string{},
			"baggage comes from outside: only what is named is recorded",
		},
		{"no list", nil, map[string]string{"tenant_id": "acme"}, map[string]string{}, "nothing is named"},
		{
			"absent",
			[]string{"tenant_id", "region"},
			map[string]string{"region": "eu"},
			map[string]string{"region": "eu"},
			"no attribute without a value",
		},
		{
			"empty",
			[]string{"tenant_id"},
			map[string]string{"tenant_id": ""},
			map[string]string{},
			"an empty value carries nothing",
		},
		{
			"as long as allowed",
			[]string{"a"},
			map[string]string{"a": strings.Repeat("x", 256)},
			map[string]string{"a": strings.Repeat("x", 256)},
			"256 bytes are kept",
		},
		{
			"too long",
			[]string{"a"},
			map[string]string{"a": strings.Repeat("x", 257)},
			map[string]string{"a": strings.Repeat("x", 256)},
			"strangers don't decide how much is stored",
		},
		{
			"too long inside a character",
			[]string{"a"},
			map[string]string{"a": strings.Repeat("x", 254) + "日本"},
			map[string]string{"a": strings.Repeat("x", 254)},
			"half a character is no text",
		},
		{
			"a character ends at the bound",
			[]string{"a"},
			map[string]string{"a": strings.Repeat("x", 253) + "日本"},
			map[string]string{"a": strings.Repeat("x", 253) + "日"},
			"a whole character is kept",
		},
		{
			"secret in the value",
			[]string{"tenant_id"},
			map[string]string{"tenant_id": "ann@example.com"},
			map[string]string{"tenant_id": "[redacted]"},
			"what looks like a secret is masked",
		},
		{
			"sensitive key",
			[]string{"api_key"},
			map[string]string{"api_key": "plain"},
			map[string]string{"api_key": "[redacted]"},
			"the key alone gives it away",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var members []baggage.Member
			for key, value := range test.members {
				member, err := baggage.NewMemberRaw(key, value)
				if err != nil {
					t.Fatal(err)
				}
				members = append(members, member)
			}
			all, err := baggage.New(members...)
			if err != nil {
				t.Fatal(err)
			}
			service, recorder := recorded(t, telemetry.Config{Baggage: test.allowed})
			_, span := service.Tracer().Start(baggage.ContextWithBaggage(t.Context(), all), "order")
			span.End()
			if diff := cmp.Diff(test.want, textOf(only(t, recorder).Attributes())); diff != "" {
				t.Errorf("attributes (-want +got), %s:\n%s", test.reason, diff)
			}
		})
	}
}

func TestAllowListIsTheConfigsAtTheStart(t *testing.T) {
	allowed := []string{"tenant_id"}
	service, recorder := recorded(t, telemetry.Config{Baggage: allowed})
	allowed[0] = "user_id"
	member, err := baggage.NewMemberRaw("user_id", "42")
	if err != nil {
		t.Fatal(err)
	}
	members, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	_, span := service.Tracer().Start(baggage.ContextWithBaggage(t.Context(), members), "order")
	span.End()
	if got := textOf(only(t, recorder).Attributes()); len(got) != 0 {
		t.Errorf("attributes are %v: the caller's slice is still in use", got)
	}
}
