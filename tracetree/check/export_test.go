package check

import "tracelab/tracetree"

// Pass and Example are what tests make checks and inputs of.
type (
	Pass    = pass
	Example = example
)

// Custom returns a check of these functions, of which one may be nil.
func Custom(id string, severity Severity, span func(*Pass, int, *tracetree.Span, *tracetree.Meaning),
	run func(*Pass),
) Check {
	return Check{ID: id, Severity: severity, span: span, run: run}
}

// Examples returns the examples that the check flags, and those that it doesn't.
func (c *Check) Examples() (bad, good []Example) { return c.bad, c.good }

// Does reports whether the check has a function.
func (c *Check) Does() bool { return c.span != nil || c.attr != nil || c.run != nil }

// RunEach is Run without grouping: each finding of a check by itself.
func RunEach(checks []Check, in Input, config Config) Result { return run(checks, in, config, false) }

// Markdown and ExampleText are tested from outside.
var (
	Markdown    = markdown
	ExampleText = (*Example).text
)
