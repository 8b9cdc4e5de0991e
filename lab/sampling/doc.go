// Package sampling compares sampling policies by running them: each one samples the traces of the
// whole system under the same load, and the exported traces are compared with all recorded ones.
//
// A [Policy] is a small YAML file. [Run] runs one. Its [Result] contains the kept traces, the cost,
// and the estimates from the sample next to the true figures.
package sampling
