package tracetree

import (
	"slices"
	"strconv"
	"strings"

	"tracelab/internal/grpcstatus"
)

// servers returns the spans that a CLIENT of RPC or HTTP is folded into: if its children are SERVER
// spans only, it adds nothing to them. Inner spans between them, such as the HTTP request of an
// RPC, are folded with it. A client that failed is not folded if a server does not show the
// failure.
func (v *view) servers(i int32) (servers, inner []int32, ok bool) {
	f := v.forest
	s := &f.spans[i]
	if s.Kind != KindClient || len(f.childrenOf(i)) == 0 {
		return nil, nil, false
	}
	client := MeaningOf(s)
	if client.Class != ClassRPCClient && client.Class != ClassHTTPClient {
		return nil, nil, false
	}
	below := slices.Clone(f.childrenOf(i))
	for len(below) > 0 {
		c := below[0]
		below = below[1:]
		switch {
		case f.spans[c].Kind == KindServer:
			servers = append(servers, c)
		case v.isInner(c):
			inner = append(inner, c)
			below = append(below, f.childrenOf(c)...)
		default:
			return nil, nil, false
		}
	}
	for _, c := range servers {
		if s.Status == StatusError && f.spans[c].Status != StatusError && !failsAlone(&client, &f.spans[c]) {
			return nil, nil, false
		}
	}
	return servers, inner, len(servers) > 0
}

// isInner reports whether span i is a part of how another span does its work, and not shown in the
// compact view: the transport of a call, the receiving and settling of a message that is processed,
// the middleware of a framework. A span that failed is shown unless the one above it failed too.
func (v *view) isInner(i int32) bool {
	f := v.forest
	s, p := &f.spans[i], f.parent[i]
	if f.receives[i] != nil {
		return v.onlyReceives(i)
	}
	if _, ok := v.processOf(i); ok {
		return true
	}
	if p == none || f.marks[i] != 0 || s.Status == StatusError && f.spans[p].Status != StatusError {
		return false
	}
	switch s.Kind {
	case KindInternal, KindUnspecified:
		middleware, call := internalSort(s)
		return middleware || call && isTransport(s, &f.spans[p]) ||
			isSocketConnecting(s) && !slices.ContainsFunc(f.childrenOf(i), v.isShown)
	case KindClient:
		return isTransport(s, &f.spans[p]) ||
			(isConnecting(s) || isSocketConnecting(s)) && !slices.ContainsFunc(f.childrenOf(i), v.isShown)
	}
	return false
}

func (v *view) isShown(i int32) bool { return !v.isInner(i) }

// processOf returns the span that represents span i, if that is a receiving of messages below a
// send: the first span of its service that processes one of them. It is a child of the receiving
// or a sibling. If the receiving has links to the sends, the messages of all of them have to be
// processed.
func (v *view) processOf(i int32) (process int32, ok bool) {
	f := v.forest
	s, p := &f.spans[i], f.parent[i]
	if s.Kind != KindConsumer || p == none || s.Status == StatusError || f.marks[i]&^Linked != 0 ||
		MeaningOf(s).Step != stepReceive || MeaningOf(&f.spans[p]).Class != ClassSend {
		return none, false
	}
	if f.marks[i]&Linked == 0 {
		if process = v.processInside(i); process != none {
			return process, true
		}
	}
	if !v.onlyReceives(i) {
		return none, false
	}
	sends := []int32{p}
	if f.marks[i]&Linked != 0 {
		sends = f.linkTargets(nil, i)
	}
	for k, send := range sends {
		at, ok := v.processesOf(send)[s.Service()]
		if !ok {
			return none, false
		}
		if k == 0 {
			process = at
		}
	}
	return process, true
}

// processInside returns the first child of a receiving that processes a message in its service, or
// none without such a child or with other spans below the receiving.
func (v *view) processInside(i int32) int32 {
	process := int32(none)
	for _, c := range v.forest.childrenOf(i) {
		isProcess := v.processes(c, v.forest.spans[i].Service())
		if !isProcess && !v.isInner(c) {
			return none
		}
		if isProcess && process == none {
			process = c
		}
	}
	return process
}

// processesOf returns the first span below span i that processes a message in each service. It
// remembers the result, because many spans can receive messages of one send.
func (v *view) processesOf(i int32) map[string]int32 {
	first, ok := v.processing[i]
	if ok {
		return first
	}
	first = make(map[string]int32)
	for _, c := range v.forest.childrenOf(i) {
		service := v.forest.spans[c].Service()
		if _, ok := first[service]; !ok && v.processes(c, service) {
			first[service] = c
		}
	}
	if v.processing == nil {
		v.processing = make(map[int32]map[string]int32)
	}
	v.processing[i] = first
	return first
}

// processes reports whether a span processes a message in a service.
func (v *view) processes(i int32, service string) bool {
	s := &v.forest.spans[i]
	return s.Kind == KindConsumer && s.Service() == service && MeaningOf(s).Class == ClassProcess
}

// onlyReceives reports whether a span that received messages can be left out: every span below it
// is either shown below the send of its message, or an inner span that the view leaves out.
func (v *view) onlyReceives(i int32) bool {
	f := v.forest
	if f.spans[i].Status == StatusError || f.marks[i]&^(Root|Linked) != 0 {
		return false
	}
	only, known := v.only[i]
	if !known { // remembered, because spans that receive may be nested
		only = !slices.ContainsFunc(f.childrenOf(i), func(c int32) bool { return !v.isInner(c) })
		if v.only == nil {
			v.only = make(map[int32]bool)
		}
		v.only[i] = only
	}
	return only
}

// internalSort reports whether an INTERNAL span is one of those that web frameworks make of their
// own parts, and whether it can be a call.
func internalSort(s *Span) (middleware, call bool) {
	for i := range s.Attributes {
		switch s.Attributes[i].Key {
		case "express.type", "router.type", "connect.type", "koa.type", "fastify.type", "fastify.root", "hapi.type",
			"restify.type", "nestjs.type", "next.span_type", "asgi.event.type":
			return true, false
		case "code.module.name", "code.namespace":
			if strings.HasPrefix(s.Attributes[i].Value.Text(), "aws_smithy_runtime") {
				return true, false // the steps of a call of AWS's SDK for Rust
			}
		case "rpc.system", "rpc.system.name":
			call = true
		}
	}
	return false, call
}

// isTransport reports whether a span belongs to how its parent, a call or a step of messaging, is
// carried out in the same service: another instrumentation has traced the same call once more, or
// the request that carries it.
func isTransport(s, parent *Span) bool {
	if parent.Kind == KindServer || s.Service() != parent.Service() {
		return false
	}
	inner := MeaningOf(s)
	if inner.Class == ClassOther && inner.Step == "" {
		return false
	}
	outer := MeaningOf(parent)
	sameSystem := outer.System == inner.System
	if inner.Class == ClassOther {
		return sameSystem && (inner.Step == stepReceive || inner.Step == stepSettle) &&
			(outer.Step == stepReceive || outer.Step == stepProcess && inner.Step == stepSettle)
	}
	if inner.Class == ClassDatabase && outer.Class == ClassDatabase && sameSystem &&
		inner.Operation == outer.Operation && sameStatement(s, parent) {
		return true // the preparation of a statement and the like
	}
	if !otherScope(s, parent, inner.Class != outer.Class) {
		return false
	}
	switch {
	case inner.Class != outer.Class:
		return outer.isCall() && (inner.Class == ClassHTTPClient || inner.Class == ClassRPCClient)
	case inner.Class == ClassHTTPClient:
		return outer.HTTPMethod == inner.HTTPMethod && (outer.Host == inner.Host || outer.Host == "" || inner.Host == "")
	case inner.Class == ClassRPCClient:
		return outer.RPCMethod == inner.RPCMethod
	case inner.Class == ClassDatabase:
		return sameSystem && strings.EqualFold(outer.Operation, inner.Operation)
	}
	return inner.Class == ClassSend && sameSystem
}

// sameStatement reports whether two spans have the same text of a database query.
func sameStatement(a, b *Span) bool {
	text := statementOf(a)
	return text != "" && text == statementOf(b)
}

func statementOf(s *Span) string {
	for i := range s.Attributes {
		if key := s.Attributes[i].Key; key == "db.query.text" || key == "db.statement" {
			return s.Attributes[i].Value.Text()
		}
	}
	return ""
}

// isConnecting reports whether a span is the connecting to a database or the acquiring of a
// connection from a pool, by its name: it has no operation and no statement, and no attribute is
// defined for it. That of ioredis has the statement "connect", which is no command of Redis.
func isConnecting(s *Span) bool {
	last := s.Name[strings.LastIndexAny(s.Name, " .:-")+1:]
	switch strings.ToLower(last) {
	case "connect", "acquire", "dial", "__construct":
		m := MeaningOf(s)
		return m.Class == ClassDatabase && (m.Operation == "" || m.System == "redis" && m.Operation == "CONNECT")
	}
	return false
}

// isSocketConnecting reports whether a span is a part of opening or using a connection, by the
// names of Node's instrumentations of net and dns, Go's otelhttptrace, and those of Ruby's
// HTTP clients. Only the scope distinguishes Go's from calls, and Ruby's have the server's address.
func isSocketConnecting(s *Span) bool {
	switch s.Name {
	case "tcp.connect", "tls.connect", "ipc.connect":
		return s.Kind != KindClient
	case "dns.lookup":
		return s.Kind == KindClient
	case "http.getconn", "http.dns", "http.connect", "http.tls", "http.headers", "http.send", "http.receive":
		return s.Origin != nil && strings.HasSuffix(s.Origin.ScopeName, "/otelhttptrace")
	case "connect", "CONNECT":
		return s.Kind != KindClient && slices.ContainsFunc(s.Attributes, func(a Attr) bool {
			return a.Key == "net.peer.name" || a.Key == "server.address" || a.Key == "url.full"
		})
	}
	return false
}

// otherScope reports whether two spans come from different instrumentations. If the format has no
// scopes, unknown decides.
func otherScope(s, parent *Span, unknown bool) bool {
	var a, b string
	if s.Origin != nil {
		a = s.Origin.ScopeName
	}
	if parent.Origin != nil {
		b = parent.Origin.ScopeName
	}
	return a != b || a == "" && unknown
}

// isCall reports whether the span calls something that its transport can be traced of as well.
func (m *Meaning) isCall() bool {
	switch m.Class {
	case ClassSend, ClassDatabase, ClassRPCClient:
		return true
	}
	return m.Step == stepReceive || m.Step == stepSettle
}

// failsAlone reports whether the conventions set the status of a client to ERROR and that of its
// server not: for gRPC codes that are the client's fault, and for HTTP codes from 400 to 499.
// Client and server must have seen the same code, as far as the server's span has one.
func failsAlone(client *Meaning, server *Span) bool {
	answered := MeaningOf(server)
	if client.Class == ClassRPCClient {
		code := grpcstatus.Name(client.RPCStatus)
		return grpcstatus.IsClientError(code) &&
			(answered.RPCStatus == "" || grpcstatus.Name(answered.RPCStatus) == code)
	}
	code, err := strconv.Atoi(client.HTTPStatus)
	return err == nil && code >= 400 && code < 500 &&
		(answered.HTTPStatus == "" || answered.HTTPStatus == client.HTTPStatus)
}
