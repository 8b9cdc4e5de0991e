package scenarios

import (
	"tracelab/fakes/faultfile"
	"tracelab/lab"
)

// readFaults reads a list of faults.
func (s *Scenario) readFaults(src *sourceFile, part *section) error {
	var faults faultfile.Faults
	err := src.yaml(part, faults.Reader([]string{lab.Table}, []string{lab.Queue}))
	s.dynamoDB, s.sqs = faults.DynamoDB, faults.SQS
	return err
}
