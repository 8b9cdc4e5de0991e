package scenarios

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"tracelab/internal/redact"
)

// Faults returns the scenarios that a mystery may be, in the order of [All]. Each is an answer to
// any mystery: its Name and its field Mystery name the fault.
func Faults() ([]*Scenario, error) {
	list, err := All()
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(s *Scenario) bool { return s.Mystery == "" })
	if len(list) == 0 {
		return nil, fmt.Errorf("choose mystery: no scenario has a fault to be guessed")
	}
	return list, nil
}

// The numbers of wrong options. Most are faults of the same kind of system, so that the services
// don't give the fault away.
const (
	similarOptions = 3
	otherOptions   = 1
)

// Options returns the answers to choose from for the mystery of a seed, which depend on nothing
// else: its fault and plausible others, in a random order.
func Options(seed uint64) ([]*Scenario, error) {
	list, err := Faults()
	if err != nil {
		return nil, err
	}
	fault, _ := choose(seed, list)
	var right, similar, other []*Scenario
	for _, s := range list {
		switch {
		case s == fault:
			right = append(right, s)
		case s.Played() == fault.Played():
			similar = append(similar, s)
		default:
			other = append(other, s)
		}
	}
	random := rand.New(rand.NewPCG(seed, 1)) // other than the one that made the mystery
	shuffle := func(list []*Scenario) {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	shuffle(similar)
	shuffle(other)
	options := slices.Concat(right, similar[:min(similarOptions, len(similar))], other[:min(otherOptions, len(other))])
	shuffle(options)
	return options, nil
}

// A Judgment is the result of grading an answer to a mystery.
type Judgment struct {
	// Accepted reports whether the run shows all that the answer would cause.
	Accepted bool
	// Reasons are what the run shows of it, as clauses: for an accepted answer all signs of the
	// fault, for another one only those before the first that is missing.
	Reasons []string
	// Would is what the run would show with the fault of a refused answer, and Instead is what it
	// shows instead. Both are clauses.
	Would, Instead string
	// Alike are the faults other than that of an accepted answer with which the trees would look
	// the same. The fault of the mystery is among them, or is the answer.
	Alike []*Scenario
}

// Sentences returns why the answer was accepted or not.
func (j *Judgment) Sentences() []string {
	list := make([]string, 0, len(j.Reasons)+1)
	prefix := "The run shows it: "
	if !j.Accepted {
		prefix = "This would fit: "
	}
	for _, reason := range j.Reasons {
		list = append(list, prefix+reason+".")
	}
	if !j.Accepted {
		list = append(list, fmt.Sprintf("But then %s. Instead, %s.", j.Would, j.Instead))
	}
	return list
}

// Judge grades an answer to the mystery that was run: one of [Faults]. An answer is accepted if the
// trees can't tell it from the fault. With wire, the messages between the services are taken into
// account, too.
func (o *Outcome) Judge(answer *Scenario, wire bool) (Judgment, error) {
	faults := signs()
	of, ok := faults[answer.Name]
	if !ok {
		return Judgment{}, fmt.Errorf("judge answer: scenario %q isn't a fault: want one of Faults", answer.Name)
	}
	j := o.judge(of, wire)
	if !j.Accepted {
		return j, nil
	}
	for _, name := range order {
		of, ok := faults[name]
		if !ok || name == answer.Name || !o.judge(of, wire).Accepted {
			continue
		}
		s, err := Lookup(name)
		if err != nil {
			return Judgment{}, err
		}
		j.Alike = append(j.Alike, s)
	}
	return j, nil
}

func (o *Outcome) judge(signs []sign, wire bool) Judgment {
	var j Judgment
	for _, sign := range signs {
		if sign.onWire && !wire {
			continue
		}
		seen, ok := sign.look(o)
		seen = redact.Text(seen) // labels of the spans that are checked may have secrets
		if !ok {
			j.Would, j.Instead = sign.would, seen
			return j
		}
		j.Reasons = append(j.Reasons, seen)
	}
	j.Accepted = true
	return j
}
