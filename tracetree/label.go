package tracetree

import (
	"cmp"
	"strings"
)

// Label returns the label of a span in the notation: "actor: operation", and " (target)" if there
// is one. It depends on the kind and the semantic-convention attributes only, so that
// instrumentations of all languages yield the same label; current attribute names win over older
// ones. A missing part is replaced by the next best one, in the end by the span's name. Parts that
// would be read as something else are quoted.
func Label(s *Span) string {
	l := labelOf(s)
	return string(l.append(nil))
}

// label is a label in parts, unquoted.
type label struct{ actor, operation, target string }

func labelOf(s *Span) label {
	var r meaningReader
	r.readSpan(s)
	m := &r.Meaning
	switch m.Class {
	case ClassSend:
		return m.sendLabel(s)
	case ClassProcess:
		return m.processLabel(s)
	case ClassDatabase:
		return m.databaseLabel(s)
	case ClassRPCServer:
		if m.RPCService != "" && m.RPCMethod != "" {
			return label{actor: s.Service(), operation: "/" + m.RPCService + "/" + m.RPCMethod}
		}
	case ClassRPCClient:
		switch {
		case m.RPCMethod == "":
		case m.RPCSystem == systemAWS && m.RPCService != "":
			return label{actor: s.Service(), operation: m.RPCService + "." + m.RPCMethod}
		default:
			return label{actor: s.Service(), operation: cmp.Or(m.RPCSystem, "grpc") + ".client." + m.RPCMethod}
		}
	case ClassHTTPServer:
		if m.Route != "" {
			return label{actor: s.Service(), operation: m.HTTPMethod + " " + withSlash(m.Route)}
		}
	case ClassHTTPClient:
		operation := "http.client." + m.HTTPMethod
		if m.Host != "" {
			operation += " " + m.Host
		}
		return label{actor: s.Service(), operation: operation}
	}
	return label{actor: s.Service(), operation: s.Name}
}

// withSlash returns a route as a path. ASP.NET, Django and Laravel write it without the slash in
// front. A route that begins with anything but a name or a parameter, as "^tasks/$", stays.
func withSlash(route string) string {
	if isLower(route[0]|0x20) || strings.IndexByte("{<:", route[0]) >= 0 {
		return "/" + route
	}
	return route
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func (m *Meaning) sendLabel(s *Span) label {
	actor, operation := m.System, m.Operation
	switch m.System {
	case systemSQS, systemSNS:
		actor, operation = m.awsSend()
	case "":
		actor = s.Service()
		if m.RPCSystem == systemAWS {
			operation = cmp.Or(m.RPCMethod, operation)
		}
	default:
		if operation == "" && m.Destination != "" {
			operation = "send"
		}
	}
	return label{actor, cmp.Or(operation, s.Name), m.Destination}
}

// awsSend returns the actor and the operation of a message that is sent by AWS's API, whether the
// span has the method or only the name that the conventions give all sends.
func (m *Meaning) awsSend() (actor, operation string) {
	actor, operation = "sqs", "SendMessage"
	if m.System == systemSNS {
		actor, operation = "sns", "Publish"
	}
	if m.RPCSystem == systemAWS && m.RPCMethod != "" {
		return actor, m.RPCMethod
	}
	if m.Operation != "" && stepOf(m.Operation) != stepSend {
		return actor, m.Operation
	}
	return actor, operation
}

func (m *Meaning) processLabel(s *Span) label {
	subject := cmp.Or(m.EventType, processed(s.Name), m.Destination)
	if subject == "" {
		return label{actor: s.Service(), operation: s.Name}
	}
	return label{actor: s.Service(), operation: "process " + subject}
}

// processed returns the subject in the name of a span that processes messages: current conventions
// write it after the word, older ones before it.
func processed(name string) string {
	if subject, ok := strings.CutPrefix(name, "process "); ok {
		return strings.TrimSpace(subject)
	}
	if subject, ok := strings.CutSuffix(name, " process"); ok {
		return strings.TrimSpace(subject)
	}
	return ""
}

func (m *Meaning) databaseLabel(s *Span) label {
	operation := cmp.Or(m.Operation, m.RPCMethod)
	if operation == "" {
		return label{actor: "db", operation: s.Name}
	}
	l := label{actor: "db", operation: operation}
	switch {
	case m.Collection == "":
	case m.System == "redis":
		l.target = "database " + m.Collection
	default:
		l.target = m.Collection + " table"
	}
	return l
}

// setStatement takes what the attributes of a database call leave out from the summary or the text
// of its query.
func (r *meaningReader) setStatement() {
	if r.Operation == "" && r.RPCSystem == systemAWS {
		r.Operation = r.RPCMethod
	}
	switch r.dbSystem {
	case "redis", "dynamodb", systemDynamoDB: // the database's index, the table
		r.Collection = cmp.Or(r.Collection, r.dbName)
	}
	if r.Collection == "" || r.Operation == "" || isLower(r.Operation[0]) && r.dbSystem != "mongodb" {
		operation, collection := readSummary(r.dbSummary)
		if operation == "" {
			operation, collection = readStatement(r.dbStatement, r.dbSystem)
		}
		if r.Operation == "" || strings.EqualFold(r.Operation, operation) {
			r.Operation, r.Collection = operation, cmp.Or(r.Collection, collection)
		}
	}
	if r.dbSystem == "redis" {
		r.Operation = strings.ToUpper(r.Operation)
	}
}

// readSummary returns the operation and the collection of a query summary, as in "SELECT users".
func readSummary(summary string) (operation, collection string) {
	words := strings.Fields(summary)
	switch len(words) {
	case 0:
		return "", ""
	case 1:
		return words[0], ""
	}
	return words[0], words[1]
}

// longestStatement bounds how much of a statement is read for its label.
const longestStatement = 2000

// readStatement returns the operation of a database statement and, for a simple one, the collection
// that it is about. It recognizes the shapes that instrumentations record: SQL, and the words of a
// command.
func readStatement(statement, system string) (operation, collection string) {
	statement = withoutComments(statement[:min(len(statement), longestStatement)])
	isSQL := system != "mongodb" && system != "redis" && system != "memcached"
	if isSQL {
		statement = withoutSettings(statement)
	}
	words := strings.Fields(statement)
	if len(words) == 0 || !isWord(words[0]) {
		return "", ""
	}
	if !isSQL {
		if system == "mongodb" && len(words) > 1 && isName(words[1]) {
			collection = words[1]
		}
		return words[0], collection
	}
	operation = strings.ToUpper(words[0])
	before := ""
	switch operation {
	case "SELECT", "DELETE":
		before = "FROM"
	case "INSERT", "REPLACE", "MERGE":
		before = "INTO"
	case "UPDATE":
		before = "UPDATE"
	default:
		return operation, ""
	}
	for i, word := range words[:len(words)-1] {
		if strings.EqualFold(word, before) {
			for i+2 < len(words) && isModifier(words[i+1]) {
				i++
			}
			name := words[i+1]
			if end := strings.IndexAny(name, "(,;"); end > 0 {
				name = name[:end]
			}
			if name = unquote(name); isName(name) {
				collection = name
			}
			break
		}
	}
	return operation, collection
}

// withoutComments returns a statement without the comments of SQL that it begins with.
func withoutComments(statement string) string {
	for {
		statement = strings.TrimLeft(statement, " \t\r\n")
		end := ""
		switch {
		case strings.HasPrefix(statement, "/*"):
			end = "*/"
		case strings.HasPrefix(statement, "-- "):
			end = "\n"
		default:
			return statement
		}
		var ok bool
		if _, statement, ok = strings.Cut(statement, end); !ok {
			return ""
		}
	}
}

// isModifier reports whether a word of SQL may precede a table's name.
func isModifier(word string) bool {
	switch strings.ToUpper(word) {
	case "ONLY", "LATERAL", "LOW_PRIORITY", "IGNORE", "TABLE":
		return true
	}
	return false
}

// withoutSettings returns a batch of statements without the SET statements that it begins with, as
// .NET's Entity Framework sends them.
func withoutSettings(statement string) string {
	for len(statement) > 4 && strings.EqualFold(statement[:4], "SET ") {
		_, next, _ := strings.Cut(statement, ";")
		if next = strings.TrimSpace(next); next == "" {
			break
		}
		statement = next
	}
	return statement
}

// unquote returns a name, which can have a schema, without the quotes of SQL. It returns "" for a
// part of a quoted name, which has a space in it.
func unquote(name string) string {
	if strings.Count(name, `"`)%2 != 0 || strings.Count(name, "`")%2 != 0 ||
		strings.Count(name, "[") != strings.Count(name, "]") {
		return ""
	}
	return quotes.Replace(name)
}

var quotes = strings.NewReplacer(`"`, "", "`", "", "[", "", "]", "")

func isWord(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz_") == ""
}

// isName reports whether a word can name a table: placeholders and subqueries cannot.
func isName(s string) bool {
	return s != "" && !strings.ContainsAny(s, "()?$:='\"") && !strings.ContainsAny(s[:1], "0123456789%")
}
