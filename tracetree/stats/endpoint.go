package stats

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"tracelab/tracetree"
)

// Endpoint is a node of a service map. Two endpoints are == when they are the same.
type Endpoint struct {
	Kind EndpointKind `json:"kind"`
	Name string       `json:"name"`
}

// EndpointKind is the kind of an endpoint.
type EndpointKind string

// The kinds of endpoints. All but services are known only from the spans of those that speak to
// them.
const (
	Service  EndpointKind = "service"  // has spans of its own; named by service.name
	Database EndpointKind = "database" // as in "db: tasks table"
	Queue    EndpointKind = "queue"    // a queue, topic or other destination of messages, as in "sqs: task-events"
	External EndpointKind = "external" // another host or service without spans
)

// compare orders endpoints: services first, then by name.
func (e Endpoint) compare(other Endpoint) int {
	return cmp.Or(
		cmp.Compare(e.Kind.rank(), other.Kind.rank()), cmp.Compare(e.Kind, other.Kind), cmp.Compare(e.Name, other.Name),
	)
}

func (k EndpointKind) rank() int {
	switch k {
	case Service:
		return 0
	case Database:
		return 1
	case Queue:
		return 2
	default:
		return 3
	}
}

// peer returns the endpoint that a CLIENT or PRODUCER without a callee among the spans calls. Names
// are made as labels are: messaging goes before database, and current attribute names go before
// older ones.
func peer(s *tracetree.Span) Endpoint {
	m := tracetree.MeaningOf(s)
	switch {
	case m.Class == tracetree.ClassDatabase:
		return Endpoint{Database, "db: " + database(s, &m)}
	case m.Class == tracetree.ClassSend || m.Step != "" || first(s, "messaging.system") != "":
		if q, ok := queue(s); ok {
			return q
		}
		return Endpoint{Queue, "queue: " + s.Name}
	default:
		return Endpoint{External, host(s, &m)}
	}
}

// queue returns the destination of messages that a span of any kind names, and whether it names
// one.
func queue(s *tracetree.Span) (Endpoint, bool) {
	m := tracetree.MeaningOf(s)
	system := cmp.Or(m.System, first(s, "messaging.system"))
	switch system {
	case "aws_sqs", "aws.sqs", "AmazonSQS":
		system = "sqs"
	case "aws.sns", "aws_sns", "AmazonSNS":
		system = "sns"
	}
	switch {
	case system == "" && m.Destination == "":
		return Endpoint{}, false
	case system == "":
		return Endpoint{Queue, "queue: " + m.Destination}, true
	case m.Destination == "":
		return Endpoint{Queue, system}, true
	default:
		return Endpoint{Queue, system + ": " + m.Destination}, true
	}
}

// database returns the name of the database, by the target that the conventions put into the names
// of database spans: the collection, else the namespace, else the system. A statement's text is not
// read, unlike for labels: every table that statements name would be a database of its own.
func database(s *tracetree.Span, m *tracetree.Meaning) string {
	if table := first(s, "db.collection.name"); table != "" {
		return table + " table"
	}
	if tables := first(s, "aws.dynamodb.table_names"); tables != "" {
		var list []string
		if json.Unmarshal([]byte(tables), &list) == nil { // else it is a plain string
			tables = strings.Join(list, ", ")
		}
		if tables != "" {
			return tables + " table"
		}
	}
	if table := first(s, "db.sql.table", "db.mongodb.collection", "db.cassandra.table", "db.cosmosdb.container",
		"db.elasticsearch.path_parts.index", "aws.table.name", "aws.table_name"); table != "" {
		return table + " table"
	}
	namespace := first(s, "db.namespace", "db.name", "db.instance")
	if _, err := strconv.ParseUint(namespace, 10, 64); err == nil {
		namespace = "" // the index of a database, as of Redis
	}
	switch {
	case namespace == "":
		return cmp.Or(m.System, "unknown")
	case strings.HasSuffix(m.System, "dynamodb"): // the table, by older instrumentations for Node.js
		return namespace + " table"
	default:
		return namespace
	}
}

func host(s *tracetree.Span, m *tracetree.Meaning) string {
	// The last ones are OpenTracing's.
	return cmp.Or(first(s, "service.peer.name", "peer.service"), m.Host, m.RPCService,
		first(s, "network.peer.address", "net.sock.peer.addr", "net.peer.ip", "peer.hostname", "peer.address", "peer.ipv4"),
		"unknown host")
}
