// Package check says what is wrong with traces, and why.
//
// A [Check] looks at spans and reports findings: what it saw, what it expected,
// and what is likely to have caused it. [All] is the table of them. Each check
// is one file, which is also its documentation, with an example that it flags
// and a near miss that it must not flag.
//
// Findings hold no secret: whatever text of a span they quote is masked.
package check
