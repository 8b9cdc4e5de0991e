// Package sampling compares sampling policies by running them: each one samples the traces of the
// whole system under the same load, and the traces that were exported are compared with all that
// were recorded.
//
// A [Policy] is a small YAML file. [Run] runs one. Its [Result] has what was kept, the cost, and
// what one would conclude from the sample, beside the truth.
package sampling
