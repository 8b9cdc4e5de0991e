package tracetree

import (
	"encoding/json"
	"strings"
)

// Label returns what the span means, in the notation: "actor: operation", and " (target)" where there is one. It is
// made of the kind and the semantic-convention attributes, so that the same label comes out of any language's
// instrumentation; current attribute names win over older ones. Where a part is missing the next best is used, at last
// the span's name. Parts that would read as something else are quoted.
func Label(s *Span) string {
	l := labelOf(s)
	return string(l.append(nil))
}

// label holds the unquoted parts of a label.
type label struct{ actor, operation, target string }

func labelOf(s *Span) label {
	var f facts
	f.collect(s.Attributes)
	switch f.classify(s.Kind) {
	case ClassSend:
		return f.sendLabel(s)
	case ClassProcess:
		return f.processLabel(s)
	case ClassDatabase:
		return f.databaseLabel(s)
	case ClassRPCServer:
		if service, method := f.method(); service != "" && method != "" {
			return label{actor: s.Service(), operation: "/" + service + "/" + method}
		}
	case ClassRPCClient:
		if _, method := f.method(); method != "" {
			return label{actor: s.Service(), operation: f.rpcName() + ".client." + method}
		}
	case ClassHTTPServer:
		if route := text(f.httpRoute); route != "" {
			return label{actor: s.Service(), operation: text(f.httpRequestMethod, f.httpMethod) + " " + route}
		}
	case ClassHTTPClient:
		operation := "http.client." + text(f.httpRequestMethod, f.httpMethod)
		if host := f.host(); host != "" {
			operation += " " + host
		}
		return label{actor: s.Service(), operation: operation}
	}
	return label{actor: s.Service(), operation: s.Name}
}

func (f *facts) sendLabel(s *Span) label {
	actor := text(f.messagingSystem)
	switch actor {
	case "aws_sqs", "AmazonSQS":
		actor = "sqs"
	case "":
		actor = s.Service()
	}
	operation := ""
	if f.isAWS() {
		_, operation = f.method()
	}
	if operation == "" {
		operation = text(f.messagingOperationName, f.messagingOperation)
	}
	if operation == "" {
		return label{actor: actor, operation: s.Name}
	}
	return label{actor, operation, f.destination()}
}

func (f *facts) processLabel(s *Span) label {
	what := text(f.eventType)
	if what == "" {
		what = besideProcess(s.Name)
	}
	if what == "" {
		what = f.destination()
	}
	if what == "" {
		return label{actor: s.Service(), operation: s.Name}
	}
	return label{actor: s.Service(), operation: "process " + what}
}

// besideProcess returns what a name says beside the word: current conventions put it first, older ones last.
func besideProcess(name string) string {
	if what, ok := strings.CutPrefix(name, "process "); ok {
		return strings.TrimSpace(what)
	}
	if what, ok := strings.CutSuffix(name, " process"); ok {
		return strings.TrimSpace(what)
	}
	return ""
}

func (f *facts) databaseLabel(s *Span) label {
	operation := text(f.dbOperationName, f.dbOperation)
	if operation == "" {
		_, operation = f.method()
	}
	if operation == "" {
		return label{actor: "db", operation: s.Name}
	}
	l := label{actor: "db", operation: operation}
	if table := f.table(); table != "" {
		l.target = table + " table"
	}
	return l
}

func (f *facts) table() string {
	if name := text(f.dbCollectionName); name != "" {
		return name
	}
	names := text(f.dynamoTableNames)
	if strings.HasPrefix(names, "[") {
		var list []string
		if json.Unmarshal([]byte(names), &list) == nil {
			names = strings.Join(list, ", ")
		}
	}
	if names != "" {
		return names
	}
	return text(f.dbTable)
}

func (f *facts) destination() string {
	return text(f.messagingDestinationName, f.messagingDestination)
}

func (f *facts) isAWS() bool { return text(f.rpcSystemName, f.rpcSystem) == "aws-api" }

// rpcName names the RPC system in a client's label; what doesn't say is taken for gRPC.
func (f *facts) rpcName() string {
	if name := text(f.rpcSystemName, f.rpcSystem); name != "" {
		return name
	}
	return "grpc"
}
