package semconv

import "tracelab/tracetree"

// Roles is a set of purposes of attributes. An attribute of an older version has
// the roles of the one that replaced it.
type Roles uint32

// The roles.
const (
	HTTPMethod Roles = 1 << iota
	HTTPPath
	HTTPRoute
	HTTPScheme
	HTTPStatus
	HTTPURL
	PeerHost // which host is called
	PeerName // who is called, in any other form
	RPCSystem
	RPCMethod
	RPCStatus
	DBSystem
	DBOperation
	MessagingSystem
	MessagingOperation
	MessagingDestination
	MessagingBatch

	HTTPNow      // written by the current conventions
	RPCNow       // written by the current conventions
	MessagingNow // written by conventions that require an operation
	HTTPSign     // a sign that the span is HTTP
	DBSign       // a sign that the span is a database call
	MessagingSign
)

// A Requirement is an attribute that a span of a class must have.
type Requirement struct {
	Class tracetree.Class
	// Kind limits it to the spans of a kind; KindUnspecified is any.
	Kind tracetree.Kind
	// System limits it to a messaging, database or RPC system.
	System string
	// Given are roles that some attribute must have for it to apply, and Unless
	// those that no attribute may have.
	Given, Unless Roles
	// Succeeded exempts spans in ERROR and those that have not ended.
	Succeeded bool
	// Any is what satisfies it: an attribute with any of these roles.
	Any Roles
	// Shown, if not nil, reports whether the span shows it without such an attribute, as calls of
	// AWS's API do by their service, and by the queue's URL.
	Shown func(m *tracetree.Meaning) bool
	// Key is the current name of the attribute.
	Key string
}

// Missing reports whether a span of this meaning, whose attributes have these
// roles, lacks the attribute.
func (r *Requirement) Missing(s *tracetree.Span, m *tracetree.Meaning, has Roles) bool {
	return has&r.Any == 0 && has&r.Given == r.Given && has&r.Unless == 0 &&
		(r.Kind == tracetree.KindUnspecified || r.Kind == s.Kind) &&
		(r.System == "" || r.System == m.System) && (r.Shown == nil || !r.Shown(m)) &&
		(!r.Succeeded || s.Status != tracetree.StatusError && !s.Unended)
}

// Required returns what the spans of a class must have, nil for a class
// without requirements. The caller must not change it.
func Required(class tracetree.Class) []Requirement {
	if int(class) >= len(requirements) {
		return nil
	}
	return requirements[class]
}

// requirements are the requirements by class, up to the last class that has some.
var requirements = func() [][]Requirement {
	var byClass [][]Requirement
	for _, r := range required {
		for int(r.Class) >= len(byClass) {
			byClass = append(byClass, nil)
		}
		byClass[r.Class] = append(byClass[r.Class], r)
	}
	return byClass
}()

// required is what the conventions require, and what they require on a
// condition that a trace shows. Not here is server.port: it is in url.full, and
// much instrumentation leaves a scheme's own port out.
var required = [...]Requirement{
	{Class: tracetree.ClassHTTPServer, Given: HTTPNow, Any: HTTPPath | HTTPURL, Key: "url.path"},
	{Class: tracetree.ClassHTTPServer, Unless: HTTPNow, Any: HTTPPath | HTTPURL | HTTPRoute, Key: "url.path"},
	{Class: tracetree.ClassHTTPServer, Given: HTTPNow, Any: HTTPScheme | HTTPURL, Key: "url.scheme"},
	{Class: tracetree.ClassHTTPServer, Given: HTTPNow, Succeeded: true, Any: HTTPStatus, Key: "http.response.status_code"},

	{Class: tracetree.ClassHTTPClient, Given: HTTPNow, Any: HTTPURL, Key: "url.full"},
	{Class: tracetree.ClassHTTPClient, Given: HTTPNow, Any: PeerHost, Key: "server.address"},
	{Class: tracetree.ClassHTTPClient, Unless: HTTPNow, Any: HTTPURL | HTTPPath | PeerHost | PeerName, Key: "url.full"},
	{Class: tracetree.ClassHTTPClient, Given: HTTPNow, Succeeded: true, Any: HTTPStatus, Key: "http.response.status_code"},

	{Class: tracetree.ClassRPCServer, Any: RPCSystem, Key: "rpc.system.name"},
	{Class: tracetree.ClassRPCServer, Any: RPCMethod, Key: "rpc.method"},
	{Class: tracetree.ClassRPCServer, System: "grpc", Succeeded: true, Any: RPCStatus, Key: "rpc.response.status_code"},
	{Class: tracetree.ClassRPCClient, Any: RPCSystem, Key: "rpc.system.name"},
	{Class: tracetree.ClassRPCClient, Any: RPCMethod, Key: "rpc.method"},
	{Class: tracetree.ClassRPCClient, System: "grpc", Succeeded: true, Any: RPCStatus, Key: "rpc.response.status_code"},
	{Class: tracetree.ClassRPCClient, System: "grpc", Given: RPCNow, Any: PeerHost, Key: "server.address"},

	{Class: tracetree.ClassDatabase, Any: DBSystem, Key: "db.system.name"},
	{Class: tracetree.ClassDatabase, System: "aws.dynamodb", Any: DBOperation | RPCMethod, Key: "db.operation.name"},
	{Class: tracetree.ClassDatabase, System: "dynamodb", Any: DBOperation | RPCMethod, Key: "db.operation.name"},

	{Class: tracetree.ClassSend, Any: MessagingSystem, Shown: hasSystem, Key: "messaging.system"},
	{
		Class: tracetree.ClassSend, Given: MessagingNow, Any: MessagingOperation | RPCMethod,
		Key: "messaging.operation.name",
	},
	{
		Class: tracetree.ClassSend, Unless: MessagingBatch, Any: MessagingDestination, Shown: hasDestination,
		Key: "messaging.destination.name",
	},
	{Class: tracetree.ClassProcess, Any: MessagingSystem, Shown: hasSystem, Key: "messaging.system"},
	{
		Class: tracetree.ClassProcess, Given: MessagingNow, Any: MessagingOperation | RPCMethod,
		Key: "messaging.operation.name",
	},
	{
		Class: tracetree.ClassProcess, Unless: MessagingBatch, Any: MessagingDestination, Shown: hasDestination,
		Key: "messaging.destination.name",
	},

	{
		Class: tracetree.ClassOther, Kind: tracetree.KindServer, Given: HTTPSign, Any: HTTPMethod,
		Key: "http.request.method",
	},
	{
		Class: tracetree.ClassOther, Kind: tracetree.KindClient, Given: HTTPSign,
		Unless: RPCSystem | MessagingSystem, Any: HTTPMethod, Key: "http.request.method",
	},
	{Class: tracetree.ClassOther, Kind: tracetree.KindClient, Given: DBSign, Any: DBSystem, Key: "db.system.name"},
	{
		Class: tracetree.ClassOther, Kind: tracetree.KindClient, Given: MessagingSign, Any: MessagingSystem,
		Key: "messaging.system",
	},
	{
		Class: tracetree.ClassOther, Kind: tracetree.KindConsumer, Given: MessagingSign, Any: MessagingSystem,
		Key: "messaging.system",
	},
}

func hasSystem(m *tracetree.Meaning) bool { return m.System != "" }

func hasDestination(m *tracetree.Meaning) bool { return m.Destination != "" }
