// Package secretoracle compares what package redact finds with the rules of gitleaks, which are
// maintained. It is a test only, in the module of the tools, so that the program doesn't depend on
// gitleaks: `make oracle` runs it.
package secretoracle
