// Package sampling compares sampling policies by running them: each one samples
// the traces of the whole system under the same load, and what there
// was is compared with what was exported.
//
// A [Policy] is a small YAML file. [Run] runs one, and its [Result] says what was
// kept, what that cost, and how far what one would conclude from it is from the
// truth.
package sampling
