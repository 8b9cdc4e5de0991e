package check

// Markdown and ExampleText are tested from outside.
var (
	Markdown    = markdown
	ExampleText = (*Example).text
)
