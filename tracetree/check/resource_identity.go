package check

import (
	"fmt"
	"strings"

	"tracelab/tracetree"
)

func resourceIdentity() Check {
	return Check{
		ID:       "resource-identity",
		Title:    "the resource doesn't identify the service or the instance",
		Severity: Error,
		Doc: `A resource without a ` + "`service.name`" + `, or with the SDK's default for it (` + "`unknown_service:…`" +
			`), is an
error. A resource of an OpenTelemetry SDK without a ` + "`service.instance.id`" + ` is a warning, unless it names the
process in another way: a pod, a container, a function's instance, or a host and a process id. One instance id in two
services is a warning too.

Spans are sorted by service everywhere: in the tree's first column, the service map, every dashboard. Without an instance,
one slow process of ten can't be found. An id that two services share makes them look like one process.

Set OTEL_SERVICE_NAME, or give the TracerProvider a resource with both attributes. The instance id is a random UUID, made
when the process starts: not a constant, and not part of the image.`,
		bad: []example{
			{
				Why:   "the service has no name",
				Spans: `span=1 service=unknown_service:server resource={telemetry.sdk.name=opentelemetry, service.instance.id=a} name=order`,
			},
			{
				Why:   "the instances of the shop can't be distinguished",
				Spans: `span=1 service=shop resource={telemetry.sdk.name=opentelemetry} name=order`,
			},
			{
				Why: "the id is a constant that both services were built with",
				Spans: `
					span=1 service=shop resource={service.instance.id=a} name=order
					span=2 service=stock resource={service.instance.id=a} name=order`,
			},
		},
		good: []example{
			{
				Why:   "Zipkin's format has a service's name and nothing else of a resource",
				Spans: `span=1 service=shop name=order`,
			},
			{
				Why:   "the pod names the process",
				Spans: `span=1 service=shop resource={telemetry.sdk.name=opentelemetry, k8s.pod.name=shop-7c9f} name=order`,
			},
			{
				Why: "two instances of one service, and a second scope of the first",
				Spans: `
					span=1 service=shop resource={service.instance.id=a} name=order
					span=2 service=shop resource={service.instance.id=b} name=order
					span=3 service=shop resource={service.instance.id=a, host.name=h} name=order`,
			},
		},
		span: func(p *pass, i int, s *tracetree.Span, _ *tracetree.Meaning) {
			st := stateOf[identities](p)
			if st.origins.is(s.Origin) {
				st.look(p, i, identityOf(s.Origin))
			}
		},
	}
}

// identities hold what was seen of the resources so far. A finding about a
// namedService is reported once, however many of its resources have it.
type identities struct {
	origins  newOrigin
	owners   map[string]owner // by instance id
	reported map[identity]struct{}
}

type owner struct {
	service namedService
	span    int
}

type namedService struct{ namespace, name string }

// identity is how a resource identifies its program.
type identity struct {
	service  namedService
	instance string
	sdk      bool
	process  bool // names the process in another way than by an instance id
}

func identityOf(o *tracetree.Origin) identity {
	var id identity
	if o == nil {
		return id
	}
	var host, pid bool
	for i := range o.Resource {
		value := o.Resource[i].Value
		if value.Text() == "" {
			continue
		}
		switch o.Resource[i].Key {
		case "service.name":
			id.service.name = value.Text()
		case "service.namespace":
			id.service.namespace = value.Text()
		case "service.instance.id":
			id.instance = value.Text()
		case "telemetry.sdk.name", "telemetry.sdk.language":
			id.sdk = true
		case "k8s.pod.name", "k8s.pod.uid", "container.id", "faas.instance":
			id.process = true
		case "host.name", "host.id":
			host = true
		case "process.pid":
			pid = true
		}
	}
	id.process = id.process || host && pid
	return id
}

func (st *identities) look(p *pass, i int, id identity) {
	switch name := id.service.name; {
	case name == "":
		if st.first(identity{}) {
			p.Report(i, "the resource has no service.name", "the name of the service",
				"no resource was given to the TracerProvider",
				"the resource was replaced by one of the program's own, not merged with it",
				"the exporter or a processor drops the resource")
		}
	case name == tracetree.UnknownService || strings.HasPrefix(name, tracetree.UnknownService+":"):
		if st.first(identity{service: id.service}) {
			p.Report(i, "service.name is "+name+", the SDK's default", "the name of the service",
				"neither OTEL_SERVICE_NAME nor a resource with service.name is set",
				"the resource is set on another TracerProvider than the one that is used")
		}
	}
	switch {
	case id.instance != "":
		st.claim(p, i, id)
	case id.sdk && !id.process:
		if st.first(identity{service: id.service, sdk: true}) {
			p.Report(i, "the resource has no service.instance.id", "an id of the instance, random and made at its start",
				"the SDK sets none by default",
				"the resource detector for instances is not enabled").Severity = Warning
		}
	}
}

// claim records the program that an instance id belongs to.
func (st *identities) claim(p *pass, i int, id identity) {
	if st.owners == nil {
		st.owners = make(map[string]owner)
	}
	first, taken := st.owners[id.instance]
	if !taken {
		st.owners[id.instance] = owner{id.service, i}
		return
	}
	if first.service == id.service || !st.first(identity{service: id.service, instance: id.instance}) {
		return
	}
	f := p.Report(i, fmt.Sprintf("service.instance.id is %s, as that of %s", id.instance, first.service.name),
		"an id of its own for each process",
		"the id is a constant, in the code or the image",
		"two services share one resource: they run in one process",
		"the id is a name of the host")
	f.Severity = Warning
	f.Related = append(f.Related, refTo(&p.Forest.Spans()[first.span]))
}

// first reports whether this is the first finding of its sort.
func (st *identities) first(what identity) bool {
	if _, known := st.reported[what]; known {
		return false
	}
	if st.reported == nil {
		st.reported = make(map[identity]struct{})
	}
	st.reported[what] = struct{}{}
	return true
}
