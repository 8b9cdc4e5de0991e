package play

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	oldconv "go.opentelemetry.io/otel/semconv/v1.16.0"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

func (s *span) serveHTTP(above *span, method, path string, failed bool, errorType string) (code string) {
	caller := outsideCaller
	if above != nil {
		caller = above.service
	}
	status := httpStatus(failed, errorType)
	a := &s.attributes
	a.text(semconv.HTTPRequestMethodKey, method)
	a.text(semconv.URLSchemeKey, "http")
	a.text(semconv.URLPathKey, path)
	a.text(semconv.ServerAddressKey, s.service)
	a.number(semconv.HTTPResponseStatusCodeKey, status)
	a.text(oldconv.HTTPMethodKey, method)
	a.number(oldconv.HTTPStatusCodeKey, status)
	a.text(oldconv.NetPeerNameKey, caller)
	return strconv.Itoa(status)
}

func (s *span) callHTTP(method, host, path string, status int) (code string) {
	a := &s.attributes
	s.name = method
	a.text(semconv.HTTPRequestMethodKey, method)
	if host != "" {
		a.text(semconv.ServerAddressKey, host)
		a.number(semconv.ServerPortKey, 80)
		a.text(semconv.URLFullKey, (&url.URL{Scheme: "http", Host: host, Path: cmp.Or(path, "/")}).String())
		a.text(oldconv.NetPeerNameKey, host)
	}
	a.number(semconv.HTTPResponseStatusCodeKey, status)
	a.text(oldconv.HTTPMethodKey, method)
	a.number(oldconv.HTTPStatusCodeKey, status)
	return strconv.Itoa(status)
}

// pathOf returns a path that matches a route, with 1 for each parameter.
func pathOf(route string) string {
	parts := strings.Split(route, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") || strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			parts[i] = "1"
		}
	}
	return strings.Join(parts, "/")
}

// httpStatus returns the status code of a call: for a failure, the error.type if it is a code.
func httpStatus(failed bool, errorType string) int {
	if !failed {
		return 200
	}
	if code, err := strconv.Atoi(errorType); err == nil && code >= 400 && code < 600 {
		return code
	}
	return 500
}
