package check

import (
	"tracelab/tracetree"
	"tracelab/tracetree/check/semconv"
)

func attributeLevel() Check {
	return Check{
		ID:       "attribute-level",
		Title:    "an attribute of the resource is on a span, or the reverse",
		Severity: Warning,
		Doc: `An attribute that describes the program (` +
			"`service.version`, `deployment.environment.name`, `telemetry.sdk.name`" + `)
on a span, or one that describes what a span did (` + "`http.request.method`, `error.type`" + `) on the resource.

Backends look for each in its place: a service's version on its spans is missing from the list of services, and adds its
bytes to every span. An attribute of one request on the resource applies to all of them.

Give the TracerProvider's resource the attributes of the whole process, and set the others on the span when they are known.
The name of a called service is ` + "`service.peer.name`" + `, not ` + "`service.name`" + `.`,
		bad: []example{
			{Why: "the version is the process's", Tree: "shop: GET /cart (root) {service.version=1.4.2}"},
			{
				Why:   "the requests of a process have different routes",
				Spans: `span=1 service=shop resource={http.route=/cart} name=order`,
			},
		},
		good: []example{
			{
				Why:  "a call to AWS records the region, as a resource does",
				Tree: "shop: GET /cart (root)\n  db: Query (carts table) {cloud.region=eu-west-1}",
			},
			{
				Why:   "Zipkin's format has no resource, so an SDK's exporter puts its attributes on the spans",
				Spans: `span=1 service=shop name=order {telemetry.sdk.name=opentelemetry}`,
			},
		},
		attr: func(p *pass, i int, at place, a *tracetree.Attr, key *keyFacts) {
			if at != onSpan && at != onResource {
				return
			}
			known := key.convention
			if known == nil || known.Level == semconv.AnyLevel || (known.Level == semconv.SpanLevel) == (at == onSpan) {
				return
			}
			origin := p.Forest.Spans()[i].Origin
			if at == onSpan && !hasResource(origin) {
				return
			}
			stateOf[occurrences[misplaced]](p).add(misplaced{origin, a.Key, at}, i)
		},
		run: func(p *pass) {
			for _, o := range stateOf[occurrences[misplaced]](p).list {
				if o.what.at == onSpan {
					p.Report(o.first, o.what.key+" is on the span", "it is on the resource",
						"a span processor copies the resource's attributes, or baggage, onto spans",
						"it is set where the span is made",
						"the called service is meant, whose name is service.peer.name").Others = o.others()
					continue
				}
				p.Report(o.first, o.what.key+" is on the resource", "it is on the spans that it is true of",
					"OTEL_RESOURCE_ATTRIBUTES, or the resource in the code, has it",
					"a Collector's processor moves it")
			}
		},
	}
}

// misplaced is an attribute of a service in the wrong place.
type misplaced struct {
	origin *tracetree.Origin
	key    string
	at     place
}

// hasResource reports whether a resource has more than the name that formats
// without resources have.
func hasResource(o *tracetree.Origin) bool {
	return o != nil && (len(o.Resource) > 1 || len(o.Resource) == 1 && o.Resource[0].Key != "service.name")
}
