// Package code has exercises in Go: a small module with a broken service and a test of its traces
// that fails. A pack is a folder of such exercises, each a txtar file:
//
//	title: The trace ends at an HTTP call
//	lesson: propagation
//
//	The task, in paragraphs …
//	-- hint --
//	Each hint is a section.
//	-- test/service_test.go --
//	… what the learner doesn't change: the test and the system around the service
//	-- broken/service.go --
//	… what the learner corrects
//	-- solution/service.go --
//	-- near1/service.go --
//	… solutions that are nearly right, with the reason in a comment
//
// All files are of package exercise. Files of the solution and of the near-solutions replace those
// of broken. Tests take their inputs from forInputs, which every exercise has: two inputs from a
// printed seed, so that a solution that is made for one input fails.
package code
