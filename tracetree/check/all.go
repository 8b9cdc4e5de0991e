package check

// All returns the checks, in the order in which they are documented and
// reported. Each is made in the file that is named after it.
func All() []Check {
	return []Check{
		invalidID(),
		duplicateSpanID(),
		parentCycle(),
		oneRoot(),
		entryRoot(),
		orphan(),
		brokenPropagation(),
		kindEdge(),
		missingClientSpan(),
		missingIOSpan(),
		consumerLink(),
		danglingLink(),
		negativeDuration(),
		zeroDuration(),
		unendedSpan(),
		childOutsideParent(),
		receivedBeforeSent(),
		clockSkew(),
		errorStatus(),
		errorType(),
		swallowedError(),
		spanName(),
		nameCardinality(),
		requiredAttributes(),
		deprecatedAttribute(),
		attributeForm(),
		attributeLevel(),
		sensitiveAttribute(),
		errorsKept(),
		partialTrace(),
		tooManySpans(),
		nPlusOne(),
		resourceIdentity(),
		droppedData(),
	}
}
