package scenarios

import (
	"embed"
	"fmt"
	"path"
)

//go:embed library/*.txtar
var files embed.FS

// order is the order of the scenarios in lists: that of a lesson, from whole traces to broken ones.
var order = []string{
	"create-task",
	"crud",
	"continued-trace",
	"baggage",
	"db-error",
	"db-throttled",
	"slow-db",
	"upstream-503",
	"swallowed-error",
	"swallowed-error-fixed",
	"lost-context-inject",
	"lost-context-inject-fixed",
	"lost-context-extract",
	"lost-context-extract-fixed",
	"lost-context-attributes",
	"lost-context-attributes-fixed",
	"lost-context-room",
	"lost-context-room-fixed",
	"lost-context-handler",
	"lost-context-handler-fixed",
	"consumer-child",
	"consumer-link",
	"consumer-batch",
	"duplicate-delivery",
	"redelivery",
	"poison-message",
	"n-plus-one",
	"n-plus-one-fixed",
	"too-many-spans",
	"too-many-spans-fixed",
	"missing-db-span",
	"missing-db-span-fixed",
	"bad-names",
	"bad-names-fixed",
	"clock-skew",
	"pii-leak",
	"pii-redacted",
	"four-hops",
	"async-queue",
	"checkout",
	"message-lost",
}

// All returns the scenarios that come with the program, in the order of the lesson.
func All() ([]*Scenario, error) {
	list := make([]*Scenario, 0, len(order))
	for _, name := range order {
		s, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// Lookup returns the scenario of a name, or an error that wraps fs.ErrNotExist.
func Lookup(name string) (*Scenario, error) {
	text, err := Source(name)
	if err != nil {
		return nil, err
	}
	return Parse(name+extension, text)
}

// Names returns the names of the scenarios that come with the program, in the order of [All].
func Names() []string { return append([]string(nil), order...) }

// Source returns the file of the scenario of a name, or an error that wraps fs.ErrNotExist.
func Source(name string) ([]byte, error) {
	text, err := files.ReadFile("library/" + path.Clean(name) + extension)
	if err != nil {
		return nil, fmt.Errorf("find scenario %s: %w", name, err)
	}
	return text, nil
}
