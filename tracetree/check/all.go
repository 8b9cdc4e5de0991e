package check

// All returns the checks, in the order in which they are documented and
// reported. Each is made in the file that is named after it.
func All() []Check {
	return []Check{
		orphan(),
		negativeDuration(),
		zeroDuration(),
		unendedSpan(),
		childOutsideParent(),
		errorStatus(),
		errorType(),
		swallowedError(),
		spanName(),
		nameCardinality(),
		errorsKept(),
		partialTrace(),
		tooManySpans(),
		nPlusOne(),
	}
}
