// Package faultfile reads faults of the fakes from YAML: those of a scenario, and those of
// tracelab aws. A list of JSON objects is YAML too.
//
//   - dynamodb: PutItem        # or sqs: SendMessage
//     match: tasks             # the table or queue; without it, all
//     error: throttled
//     nth: 2                   # the first call that fails
//     times: -1                # how many calls fail; -1 means all
package faultfile

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tracelab/fakes"
	"tracelab/internal/yamlconf"
)

// Bounds of a fault's numbers.
const (
	maxDuplicates = 100
	maxCalls      = 1000
	maxDelay      = time.Minute
)

// Faults are the faults of both fakes, in the order of the file.
type Faults struct{ DynamoDB, SQS []fakes.Fault }

// Parse reads a list of faults. Their tables and queues must be among those given. The error joins
// an [*source.Error] for each mistake. Empty text has no faults.
func Parse(file, text string, tables, queues []string) (Faults, error) {
	var faults Faults
	err := yamlconf.Decode(file, text, "faults", faults.Reader(tables, queues))
	return faults, err
}

// Reader returns a reader of a list of faults, which are appended to f. Which fields go together is
// decided by the fakes.
func (f *Faults) Reader(tables, queues []string) yamlconf.Reader {
	return yamlconf.List(func(n yamlconf.Node) error { return f.read(n, tables, queues) })
}

func (f *Faults) read(n yamlconf.Node, tables, queues []string) error {
	var (
		fault                   fakes.Fault
		table, queue, errorName string
		operation               yamlconf.Node
	)
	op := func(into *string) yamlconf.Reader {
		return func(n yamlconf.Node) error {
			operation = n
			return yamlconf.Text(into)(n)
		}
	}
	err := yamlconf.Object(yamlconf.Fields{
		"dynamodb":       op(&table),
		"sqs":            op(&queue),
		"match":          yamlconf.Text(&fault.Match),
		"about":          yamlconf.Text(&fault.About),
		"nth":            yamlconf.Int(&fault.Nth, 1, maxCalls),
		"times":          yamlconf.Int(&fault.Times, -1, maxCalls),
		"error":          yamlconf.OneOf(&errorName, failureNames()...),
		"after":          yamlconf.Bool(&fault.After),
		"delay":          yamlconf.Duration(&fault.Delay, 0, maxDelay),
		"delivery_delay": yamlconf.Duration(&fault.DeliveryDelay, 0, maxDelay),
		"duplicate":      yamlconf.Int(&fault.Duplicate, 0, maxDuplicates),
		"drop":           yamlconf.Bool(&fault.Drop),
		"swallow":        yamlconf.Bool(&fault.Swallow),
	})(n)
	switch {
	case err != nil:
		return err
	case (table == "") == (queue == ""):
		return n.Errorf("the fault names no fake, or two: want dynamodb: or sqs: with an operation, as in dynamodb: PutItem")
	}
	fault.Op = table + queue
	if errorName != "" {
		fault.Err = fakes.Failure(errorName)
	}
	if table != "" {
		f.DynamoDB = append(f.DynamoDB, fault)
		err = fault.Validate(dynamodb.ServiceID, tables...)
	} else {
		f.SQS = append(f.SQS, fault)
		err = fault.Validate(sqs.ServiceID, queues...)
	}
	if err != nil {
		return operation.Errorf("%s", inFields(err))
	}
	return nil
}

// failureNames lists the errors of the fakes.
func failureNames() []string {
	var names []string
	for _, f := range fakes.Failures() {
		names = append(names, string(f))
	}
	return names
}

// fieldName finds quoted text, and the names of a fault's fields outside of it.
var fieldName = regexp.MustCompile(
	`"(?:[^"\\]|\\.)*"|\b(?:Op|Match|About|DeliveryDelay|Duplicate|Delay|Drop|Swallow|After|Nth|Times|Err)\b`)

// inFields returns a fake's message about a fault with the names that fields have in a file. Quoted
// text is the user's.
func inFields(err error) string {
	message := err.Error()
	var wrong *fakes.FaultError
	if errors.As(err, &wrong) && wrong.Field == "Op" {
		message = wrong.Problem // the error is at the operation
	}
	return fieldName.ReplaceAllStringFunc(message, func(found string) string {
		switch found {
		case "Op":
			return "operation"
		case "Err":
			return "error"
		case "DeliveryDelay":
			return "delivery_delay"
		}
		if found[0] == '"' {
			return found
		}
		return strings.ToLower(found)
	})
}

// A Count is a fault as a file has it, and how often it struck.
type Count struct {
	DynamoDB      string `json:"dynamodb,omitempty"`
	SQS           string `json:"sqs,omitempty"`
	Match         string `json:"match,omitempty"`
	About         string `json:"about,omitempty"`
	Nth           int    `json:"nth,omitempty"`
	Times         int    `json:"times,omitempty"`
	Error         string `json:"error,omitempty"`
	After         bool   `json:"after,omitempty"`
	Delay         string `json:"delay,omitempty"`
	DeliveryDelay string `json:"delivery_delay,omitempty"`
	Duplicate     int    `json:"duplicate,omitempty"`
	Drop          bool   `json:"drop,omitempty"`
	Swallow       bool   `json:"swallow,omitempty"`
	// Calls is the number of calls that the fault was about, Struck the number of those that it
	// applied to.
	Calls  int `json:"calls"`
	Struck int `json:"struck"`
}

// Counts returns the faults of both fakes with their counts, DynamoDB's first.
func Counts(dynamoDB, sqs []fakes.FaultCount) []Count {
	counts := []Count{}
	for i, f := range slices.Concat(dynamoDB, sqs) {
		c := Count{
			Match: f.Match, About: f.About, Nth: f.Nth, Times: f.Times, After: f.After,
			Delay: duration(f.Delay), DeliveryDelay: duration(f.DeliveryDelay),
			Duplicate: f.Duplicate, Drop: f.Drop, Swallow: f.Swallow, Calls: f.Calls, Struck: f.Struck,
		}
		if f.Err != nil {
			c.Error = f.Err.Error()
		}
		if i < len(dynamoDB) {
			c.DynamoDB = f.Op
		} else {
			c.SQS = f.Op
		}
		counts = append(counts, c)
	}
	return counts
}

func duration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
