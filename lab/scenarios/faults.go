package scenarios

import (
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tracelab/fakes"
	"tracelab/internal/yamlconf"
	"tracelab/lab"
)

// maxDuplicates and maxCalls bound the numbers of a fault.
const (
	maxDuplicates = 100
	maxCalls      = 1000
)

// readFaults reads a list of faults. Which fields go together is decided by the fake.
func (s *Scenario) readFaults(src *sourceFile, part *section) error {
	return src.yaml(part, yamlconf.List(s.readFault))
}

func (s *Scenario) readFault(n yamlconf.Node) error {
	var (
		fault                      fakes.Fault
		dynamoDB, queue, errorName string
		operation                  yamlconf.Node
	)
	op := func(into *string) yamlconf.Reader {
		return func(n yamlconf.Node) error {
			operation = n
			return yamlconf.Text(into)(n)
		}
	}
	err := yamlconf.Object(yamlconf.Fields{
		"dynamodb":       op(&dynamoDB),
		"sqs":            op(&queue),
		"nth":            yamlconf.Int(&fault.Nth, 1, maxCalls),
		"times":          yamlconf.Int(&fault.Times, -1, maxCalls),
		"error":          yamlconf.OneOf(&errorName, failureNames()...),
		"after":          yamlconf.Bool(&fault.After),
		"delay":          yamlconf.Duration(&fault.Delay, 0, maxDelay),
		"delivery_delay": yamlconf.Duration(&fault.DeliveryDelay, 0, maxDelay),
		"duplicate":      yamlconf.Int(&fault.Duplicate, 0, maxDuplicates),
		"drop":           yamlconf.Bool(&fault.Drop),
	})(n)
	switch {
	case err != nil:
		return err
	case (dynamoDB == "") == (queue == ""):
		return n.Errorf("the fault names no fake, or two: want dynamodb: or sqs: with an operation, as in dynamodb: PutItem")
	}
	fault.Op = dynamoDB + queue
	if errorName != "" {
		fault.Err = fakes.Failure(errorName)
	}
	if err := s.addFault(dynamoDB != "", fault); err != nil {
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

// addFault keeps a fault that its fake accepts.
func (s *Scenario) addFault(ofDynamoDB bool, f fakes.Fault) error {
	if ofDynamoDB {
		s.dynamoDB = append(s.dynamoDB, f)
		return f.Validate(dynamodb.ServiceID, lab.Table)
	}
	s.sqs = append(s.sqs, f)
	return f.Validate(sqs.ServiceID, lab.Queue)
}

// fieldName finds quoted text, and the names of a fault's fields outside of it.
var fieldName = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\b(?:Op|DeliveryDelay|Duplicate|Delay|Drop|After|Nth|Times|Err)\b`)

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
