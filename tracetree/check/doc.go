// Package check finds mistakes in traces, and explains them.
//
// A [Check] looks at spans and reports findings: what was seen, what was expected,
// and the likely causes. [All] returns the table of checks. Each check is one file,
// which is also its documentation, with an example that it flags and a near miss
// that it must not flag.
//
// Findings contain no secrets: the text of spans that they quote is masked.
package check
