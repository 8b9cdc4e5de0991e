package check_test

import (
	"testing"

	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

func TestResourceIdentity(t *testing.T) {
	const (
		noName     = "the resource has no service.name"
		noInstance = "the resource has no service.instance.id"
	)
	sdk := []any{"telemetry.sdk.name", "opentelemetry"}
	named := func(name string, more ...any) []any { return append([]any{"service.name", name}, more...) }
	for _, tt := range []struct {
		reason    string
		resources [][]any
		want      []string
	}{
		{"both are there", [][]any{named("shop", "service.instance.id", "1", "telemetry.sdk.name", "x")}, nil},
		{"nothing", [][]any{{}}, []string{noName}},
		{"an empty name", [][]any{named("")}, []string{noName}},
		{"nothing, twice", [][]any{{"a", 1}, {"b", 1}}, []string{noName}},
		{
			"the SDK's stand-in",
			[][]any{named("unknown_service:java")},
			[]string{"service.name is unknown_service:java, the SDK's default"},
		},
		{
			"without a program",
			[][]any{named("unknown_service")},
			[]string{"service.name is unknown_service, the SDK's default"},
		},
		{"a name that begins so", [][]any{named("unknown_services")}, nil},
		{"an SDK's resource without an instance", [][]any{append(named("shop"), sdk...)}, []string{noInstance}},
		{
			"of two services",
			[][]any{append(named("shop"), sdk...), append(named("stock"), sdk...), append(named("shop", "a", 1), sdk...)},
			[]string{noInstance, noInstance},
		},
		{"an empty instance", [][]any{append(named("shop", "service.instance.id", ""), sdk...)}, []string{noInstance}},
		{"nobody knows who wrote it", [][]any{named("shop", "host.name", "h")}, nil},
		{"a pod", [][]any{append(named("shop", "k8s.pod.uid", "1"), sdk...)}, nil},
		{"a container", [][]any{append(named("shop", "container.id", "1"), sdk...)}, nil},
		{"a function", [][]any{append(named("shop", "faas.instance", "1"), sdk...)}, nil},
		{"a process on a host", [][]any{append(named("shop", "host.name", "h", "process.pid", 7), sdk...)}, nil},
		{"a process somewhere", [][]any{append(named("shop", "process.pid", 7), sdk...)}, []string{noInstance}},
		{
			"one id for two",
			[][]any{named("shop", "service.instance.id", "1"), named("stock", "service.instance.id", "1")},
			[]string{"service.instance.id is 1, as that of shop"},
		},
		{
			"and again",
			[][]any{
				named("shop", "service.instance.id", "1"), named("stock", "service.instance.id", "1"),
				named("stock", "service.instance.id", "1", "x", 1),
			},
			[]string{"service.instance.id is 1, as that of shop"},
		},
		{
			"one id in two namespaces",
			[][]any{
				named("shop", "service.instance.id", "1", "service.namespace", "a"),
				named("shop", "service.instance.id", "1", "service.namespace", "b"),
			},
			[]string{"service.instance.id is 1, as that of shop"},
		},
		{
			"two ids of one",
			[][]any{named("shop", "service.instance.id", "1"), named("shop", "service.instance.id", "2")},
			nil,
		},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			var spans []tracetree.Span
			for _, r := range tt.resources {
				spans = append(spans, tracetree.Span{Origin: &tracetree.Origin{Resource: attrs(t, r...)}},
					tracetree.Span{Origin: &tracetree.Origin{Resource: attrs(t, r...)}})
			}
			wantWords(t, tt.reason, tt.want, seenBy(t, "resource-identity", renumbered(spans)...))
		})
	}
}

func TestASpanWithoutOriginHasNoName(t *testing.T) {
	wantWords(t, "nothing is known", []string{"the resource has no service.name"},
		seenBy(t, "resource-identity", renumbered(make([]tracetree.Span, 3))...))
}

func TestIdentityIsAnErrorOnlyForTheName(t *testing.T) {
	origin := &tracetree.Origin{Resource: attrs(t, "service.name", "unknown_service", "telemetry.sdk.name", "x")}
	r := check.RunEach([]check.Check{checkOf(t, "resource-identity")},
		check.Input{Forest: tracetree.Build(renumbered([]tracetree.Span{{Origin: origin}}))}, check.Config{})
	if len(r.Findings) != 2 || r.Findings[0].Severity != check.Error || r.Findings[1].Severity != check.Warning {
		t.Errorf("findings are %+v, want an error and a warning", r.Findings)
	}
}
