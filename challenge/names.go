package challenge

import (
	"cmp"
	"fmt"
	"strings"

	"tracelab/internal/yamlconf"
)

// Names are the names that a system uses. An empty field is the course's name, which is in its
// comment.
type Names struct {
	Gateway     string // the service.name of the gateway: api-gateway
	TaskService string // that of the gRPC server: task-service
	Worker      string // that of the consumer: worker

	Operation string // the request to the gateway: POST /tasks
	RPC       string // the method that the gateway calls: tasks.TaskService/CreateTask

	Database string // the system of the database: dynamodb
	Table    string // tasks
	Insert   string // the database operation of the task service: PutItem
	Update   string // the database operation of the worker: UpdateItem

	Messaging string // the system of the queue: aws_sqs
	Queue     string // task-events
}

// WithDefaults returns the names with each empty one replaced by that of the course.
func (n Names) WithDefaults() Names {
	for _, field := range n.fields() {
		*field.value = cmp.Or(*field.value, field.usual)
	}
	return n
}

// Or returns the names with those of other in the place of empty ones.
func (n Names) Or(other Names) Names {
	theirs := other.fields()
	for i, field := range n.fields() {
		*field.value = cmp.Or(*field.value, *theirs[i].value)
	}
	return n
}

type nameField struct {
	key, usual string
	value      *string
}

// fields returns the fields with their keys in YAML and the course's names.
func (n *Names) fields() []nameField {
	return []nameField{
		{"gateway", "api-gateway", &n.Gateway},
		{"task_service", "task-service", &n.TaskService},
		{"worker", "worker", &n.Worker},
		{"operation", "POST /tasks", &n.Operation},
		{"rpc", "tasks.TaskService/CreateTask", &n.RPC},
		{"database", "dynamodb", &n.Database},
		{"table", "tasks", &n.Table},
		{"insert", "PutItem", &n.Insert},
		{"update", "UpdateItem", &n.Update},
		{"messaging", "aws_sqs", &n.Messaging},
		{"queue", "task-events", &n.Queue},
	}
}

// ReadNames reads names from YAML: one line "key: name" for each name that differs from the
// course's. The errors are *source.Error, joined.
func ReadNames(file, text string) (Names, error) {
	var n Names
	fields := yamlconf.Fields{}
	for _, field := range n.fields() {
		fields[field.key] = yamlconf.Text(field.value)
		if field.key == "operation" {
			fields[field.key] = yamlconf.Value(field.value, "a method and a route, such as POST /tasks", ParseOperation)
		}
	}
	err := yamlconf.Decode(file, text, "the file of names", yamlconf.Object(fields))
	return n, err
}

// ParseOperation checks that text is a method and a route.
func ParseOperation(text string) (string, error) {
	method, route, ok := strings.Cut(text, " ")
	if !ok || method != strings.ToUpper(method) || !strings.HasPrefix(route, "/") || strings.Contains(route, " ") {
		return "", fmt.Errorf("found %q: want a method and a route, such as POST /tasks", text)
	}
	return text, nil
}

// method returns the last part of the RPC.
func (n *Names) method() string { return n.RPC[strings.LastIndexByte(n.RPC, '/')+1:] }

// sameOperation reports whether the method and the route, as recorded, are those of the request.
func (n *Names) sameOperation(method, route string) bool {
	wantMethod, wantRoute, _ := strings.Cut(n.Operation, " ")
	return method == wantMethod && strings.TrimSuffix(route, "/") == strings.TrimSuffix(wantRoute, "/")
}

// sameSystem reports whether two names are of one system: they are written with and without the
// vendor's prefix, and with different separators.
func sameSystem(a, b string) bool { return plainSystem(a) == plainSystem(b) }

func plainSystem(name string) string {
	name = strings.ToLower(name)
	for _, prefix := range []string{"aws", "amazon"} {
		name = strings.TrimLeft(strings.TrimPrefix(name, prefix), "._-")
	}
	return name
}
