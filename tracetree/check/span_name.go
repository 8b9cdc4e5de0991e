package check

import (
	"cmp"
	"strconv"
	"strings"

	"tracelab/tracetree"
)

func spanName() Check {
	return Check{
		ID:       "span-name",
		Title:    "a span's name is meaningless, or not of the form of its kind",
		Severity: Warning,
		Doc: `A name that is empty or that any span could have ("handler", "request"), a URL as the name, an HTTP method that is not the
span's, and a single word where the conventions require more: HTTP spans are named after method and route, RPC spans after
service and method, messages after operation and destination or event type. Older forms are accepted, and so is a name
of two parts that an application chose, as in "gateway.handle_request" and "db.query".

Spans are found, grouped and compared by name. A list in which every line is "handler" is useless.

Let the instrumentation name the span, and give it the route: otelhttp takes it from the pattern of the request. Name your
own spans after the work, in few words and always the same: "load prices", "cart.checkout".`,
		Lesson: []string{"names reflect work"},
		bad: []example{{
			Why:  "any request of any service could have this name",
			Tree: "shop: handler (root)",
		}, {
			Why:  "each request has its own URL",
			Tree: "shop: GET /cart (root)\n  prices: http://prices/list",
		}, {
			Why:  "the operation alone doesn't show the queue",
			Tree: "shop: POST /order (root)\n  sqs: SendMessage (orders) {@name=send}",
		}},
		good: []example{{
			Why: "an event type may replace the destination, and an application may choose its own names",
			Tree: "shop: gateway.handle_request (root)\n  sqs: SendMessage (orders)\n" +
				"    mailer: process order-placed          ← linked span",
		}, {
			Why:  "no route matched, so only the method is known",
			Tree: "shop: GET (root) {@kind=server, http.request.method=GET, http.response.status_code=404}",
		}},
		span: func(p *pass, i int, s *tracetree.Span, m *tracetree.Meaning) {
			word, ok := namesWork(s, m)
			if ok {
				return
			}
			expected := "a name of the work, such as " + strconv.Quote(exampleName(m))
			causes := []string{"the instrumentation was given one name for all operations", "a name was copied from an example"}
			if m.Class != tracetree.ClassOther {
				causes = append([]string{"the instrumentation doesn't know the route, the method or the destination"}, causes...)
			}
			p.Report(i, "the name is "+strconv.Quote(s.Name)+word, expected, causes...)
		},
	}
}

// namesWork reports whether a span's name is a good one, and what is wrong with it if not.
func namesWork(s *tracetree.Span, m *tracetree.Meaning) (wrong string, ok bool) {
	http := m.Class == tracetree.ClassHTTPServer || m.Class == tracetree.ClassHTTPClient
	if http {
		switch {
		case strings.Contains(s.Name, "://") || strings.HasPrefix(s.Name, "http:/") || strings.HasPrefix(s.Name, "https:/"):
			return ", a URL", false
		case s.Name == m.Route && s.Name != "":
			return "", true
		}
		if first, _, _ := strings.Cut(s.Name, " "); isMethod(first) && isMethod(m.HTTPMethod) &&
			first != m.HTTPMethod && !(first == "GET" && m.HTTPMethod == "HEAD") {
			return ", and the method is " + m.HTTPMethod, false
		}
	}
	if hasParts(s.Name) {
		return "", true
	}
	switch {
	case http:
		ok = strings.EqualFold(s.Name, m.HTTPMethod) || s.Name == "HTTP" || s.Name == "/"
	case m.Class == tracetree.ClassRPCServer || m.Class == tracetree.ClassRPCClient:
		ok = s.Name != "" && (strings.EqualFold(s.Name, m.RPCMethod) || s.Name == m.System)
	case m.Class == tracetree.ClassSend || m.Class == tracetree.ClassProcess:
		// Without a destination, as with a temporary one, the operation is all.
		ok = isMessaging(s.Name) && m.Destination == "" || s.Name != "" && (s.Name == m.Destination || s.Name == m.EventType)
		ok = ok || !isMessaging(s.Name) && !isMeaningless(s.Name)
	case m.Class == tracetree.ClassDatabase:
		ok = s.Name != "" && (s.Name == m.System || s.Name == m.Operation || s.Name == m.Collection) ||
			s.Name != "query" && s.Name != "db" && s.Name != "database" && (!isMeaningless(s.Name) ||
				isCommand(s.Name, m.System))
	default:
		ok = !isMeaningless(s.Name)
	}
	return "", ok
}

// hasParts reports whether a name has two words, however they are joined:
// "POST /tasks", "db.query", "CreateTask", "TasksController#create".
func hasParts(name string) bool {
	inWord, joined := false, false
	for i := range len(name) {
		c := name[i]
		switch {
		case 'A' <= c && c <= 'Z':
			if joined || inWord && 'a' <= name[i-1] && name[i-1] <= 'z' {
				return true
			}
			inWord = true
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c >= 0x80:
			if joined {
				return true
			}
			inWord = true
		default:
			// A word follows a joint: "GET /" has one, "<handler>" has none.
			joined = inWord && (joined || c != '>' && c != ')')
			if joined && c == '/' && i == len(name)-1 {
				return true
			}
		}
	}
	return false
}

// isMeaningless reports whether any span could have this name of one word.
func isMeaningless(name string) bool {
	word := strings.ToLower(strings.Trim(name, "<>()[]{}/*.-_ \t\n\"'"))
	switch word {
	case "", "handler", "handle", "handlers", "request", "requests", "response", "http", "https", "rpc", "grpc",
		"span", "trace", "operation", "function", "func", "method", "call", "execute", "exec", "run", "do", "invoke",
		"process", "middleware", "server", "client", "service", "endpoint", "controller", "route", "router",
		"unknown", "default", "anonymous", "undefined", "null", "nil", "none", "name", "todo", "foo", "bar":
		return true
	}
	return false
}

// isCommand reports whether a word that is meaningless elsewhere is a command of a
// database: Redis has EXEC, SQL has CALL, EXEC, EXECUTE and DO. Libraries write the
// commands of key-value stores in lower case, too.
func isCommand(name, system string) bool {
	switch system {
	case "redis", "valkey", "memcached":
		name = strings.ToUpper(name)
	}
	switch name {
	case "EXEC", "EXECUTE", "CALL", "DO":
		return true
	}
	return false
}

func isMessaging(name string) bool {
	switch name {
	case "send", "publish", "create", "receive", "process", "deliver", "consume", "settle", "ack":
		return true
	}
	return false
}

func isMethod(word string) bool {
	switch word {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "QUERY":
		return true
	}
	return false
}

// exampleName returns a name of the convention's form.
func exampleName(m *tracetree.Meaning) string {
	switch m.Class {
	case tracetree.ClassHTTPServer:
		return m.HTTPMethod + " " + cmp.Or(m.Route, "/tasks/{id}")
	case tracetree.ClassHTTPClient:
		return m.HTTPMethod
	case tracetree.ClassRPCServer, tracetree.ClassRPCClient:
		return cmp.Or(m.RPCService, "tasks.TaskService") + "/" + cmp.Or(m.RPCMethod, "CreateTask")
	case tracetree.ClassDatabase:
		return cmp.Or(m.Operation, "SELECT") + " " + cmp.Or(m.Collection, "tasks")
	case tracetree.ClassSend:
		return "send " + cmp.Or(m.Destination, "task-events")
	case tracetree.ClassProcess:
		return "process " + cmp.Or(m.EventType, m.Destination, "task-events")
	}
	return "load prices"
}
