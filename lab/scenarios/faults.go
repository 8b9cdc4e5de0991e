package scenarios

import (
	"errors"
	"strings"
	"time"

	"tracelab/fakes"
	"tracelab/internal/yamlconf"
	"tracelab/lab"
)

// fault is a fault of a fake, as a file has it.
type fault struct {
	DynamoDB      string            `yaml:"dynamodb"` // the operation; it or SQS is set
	SQS           string            `yaml:"sqs"`
	Nth           yamlconf.Int      `yaml:"nth"`
	Times         yamlconf.Int      `yaml:"times"`
	Error         string            `yaml:"error"`
	After         bool              `yaml:"after"`
	Delay         yamlconf.Duration `yaml:"delay"`
	DeliveryDelay yamlconf.Duration `yaml:"delivery_delay"`
	Duplicate     yamlconf.Int      `yaml:"duplicate"`
	Drop          bool              `yaml:"drop"`
}

// maxDuplicates is more than anybody looks at.
const maxDuplicates = 100

// faultErrors are the errors that faults have names for.
var faultErrors = map[string]func() error{
	"throttled": fakes.ErrThrottled, "internal": fakes.ErrInternal, "unavailable": fakes.ErrUnavailable,
	"connection lost": func() error { return errors.New("connection reset by peer") },
}

func (s *Scenario) readFaults(src *sourceFile, part *section) error {
	var faults []fault
	if err := src.yaml(part, &faults); err != nil {
		return err
	}
	for i, f := range faults {
		at := lineOfItem(part, i)
		if (f.DynamoDB == "") == (f.SQS == "") {
			return src.errorAt(at, 1, "the fault is of no fake, or of two: want dynamodb: or sqs: with an operation, as in dynamodb: PutItem")
		}
		delay, deliveryDelay := time.Duration(f.Delay), time.Duration(f.DeliveryDelay)
		if delay > time.Minute || deliveryDelay > time.Minute {
			return src.errorAt(at, 1, "the fault delays for longer than a minute: want less, as in 300ms")
		}
		if f.Duplicate > maxDuplicates {
			return src.errorAt(at, 1, "duplicate is %d: want at most %d", f.Duplicate, maxDuplicates)
		}
		out := fakes.Fault{
			Op: f.DynamoDB + f.SQS, Nth: int(f.Nth), Times: int(f.Times), After: f.After,
			Delay: delay, DeliveryDelay: deliveryDelay, Duplicate: int(f.Duplicate), Drop: f.Drop,
		}
		if f.Error != "" {
			newError, ok := faultErrors[f.Error]
			if !ok {
				return src.errorAt(at, 1, "there is no error %q: want throttled, internal, unavailable or connection lost", f.Error)
			}
			out.Err = newError()
		}
		if err := s.addFault(f.DynamoDB != "", out); err != nil {
			return src.errorAt(at, 1, "%s", plain(err))
		}
	}
	return nil
}

// addFault keeps a fault that its fake accepts.
func (s *Scenario) addFault(ofDynamoDB bool, f fakes.Fault) (err error) {
	if ofDynamoDB {
		_, err = fakes.NewDynamoDB(fakes.DynamoDBConfig{Tables: []fakes.Table{{Name: lab.Table, Key: "id"}}, Faults: []fakes.Fault{f}})
		s.dynamoDB = append(s.dynamoDB, f)
		return err
	}
	_, err = fakes.NewSQS(fakes.SQSConfig{Queues: []fakes.Queue{{Name: lab.Queue}}, Faults: []fakes.Fault{f}})
	s.sqs = append(s.sqs, f)
	return err
}

// plain says what is wrong with a fault in the words of the file.
func plain(err error) string {
	_, what, found := strings.Cut(err.Error(), "fault 0: ")
	if !found {
		what = err.Error()
	}
	return strings.NewReplacer("unknown Op", "unknown operation", "DeliveryDelay", "delivery_delay", "Duplicate", "duplicate", "Delay", "delay",
		"Drop", "drop", "After", "after", "Nth", "nth", "Times", "times", "Err", "error").Replace(what)
}

// lineOfItem returns the line of an item of a YAML list.
func lineOfItem(part *section, index int) int {
	for i, line := range strings.Split(part.text, "\n") {
		if strings.HasPrefix(line, "-") {
			if index == 0 {
				return part.offset + i + 1
			}
			index--
		}
	}
	return part.offset + 1
}
