package check

// RunEach is Run without grouping: each finding of a check by itself.
func RunEach(checks []Check, in Input, config Config) Result { return run(checks, in, config, false) }

// Markdown and ExampleText are tested from outside.
var (
	Markdown    = markdown
	ExampleText = (*Example).text
)
