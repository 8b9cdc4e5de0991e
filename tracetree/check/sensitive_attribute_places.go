package check

import (
	"slices"

	"tracelab/internal/redact"
)

// leakPlace is where a secret was found.
type leakPlace uint8

const (
	inAttribute leakPlace = iota
	inEventAttribute
	inLinkAttribute
	inResource
	inScope
	inKey
	inName
	inStatus
	inEventName
	inTraceState
	inScopeName
)

// ofAttribute are the places of attributes.
var ofAttribute = [...]leakPlace{
	onSpan: inAttribute, onEvent: inEventAttribute, onLink: inLinkAttribute, onResource: inResource, onScope: inScope,
}

var leakPlaces = [...]string{
	inAttribute:      "the attribute",
	inEventAttribute: "the event's attribute",
	inLinkAttribute:  "the link's attribute",
	inResource:       "the resource's attribute",
	inScope:          "the scope's attribute",
	inKey:            "the key of an attribute",
	inName:           "the span's name",
	inStatus:         "the status message",
	inEventName:      "an event's name",
	inTraceState:     "the tracestate",
	inScopeName:      "the scope's name or version",
}

// leakKinds describes the kinds of package redact.
var leakKinds = map[string]string{
	redact.Named:      "a value that is secret by its name",
	"assignment":      "a value that is given to a secret's name",
	"aws-access-key":  "an AWS access key id",
	"basic":           "the credential of Basic authentication",
	"bearer":          "a bearer credential",
	"card":            "a payment card's number",
	"cookie":          "cookies",
	"email":           "an e-mail address",
	"iban":            "a bank account number",
	"jwt":             "a JSON Web Token",
	"nested":          "secrets within secrets",
	"private-key":     "a private key",
	"provider-token":  "a token with its issuer's prefix",
	"ssn":             "a US social security number",
	"url-credentials": "the user and password of a URL",
	"url-parameter":   "the parameter of a URL that authorizes",
	"webhook":         "the secret part of a webhook's URL",
}

// causes returns what is likely to have led to it.
func (l leak) causes() []string {
	switch {
	case l.place == inStatus || l.place == inEventName || l.place == inEventAttribute:
		return []string{
			"an error is recorded with the text of what was sent",
			"the exception's message comes from a library that quotes its input",
		}
	case l.place == inName:
		return []string{
			"the name is made of the request's path or of an argument",
			"the route's template is not known to the instrumentation",
		}
	case l.place == inResource || l.place == inScope || l.place == inScopeName:
		return []string{"OTEL_RESOURCE_ATTRIBUTES, or the process's command line, holds a credential"}
	case l.place == inTraceState:
		return []string{"a vendor's propagator puts a user's data into the tracestate"}
	case l.kind == "url-credentials" || l.kind == "url-parameter":
		return []string{
			"the instrumentation records the URL as it was requested",
			"a signed URL is recorded where its path would do",
		}
	case slices.Contains([]string{"bearer", "basic", "cookie", "jwt", redact.Named}, l.kind):
		return []string{
			"headers are captured without a list of those that may be",
			"a whole request or its arguments are set as attributes",
		}
	default:
		return []string{
			"the code sets it: an id would say as much", "a statement is recorded with its values",
			"baggage is copied onto spans",
		}
	}
}
