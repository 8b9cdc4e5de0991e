package backend

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"tracelab/internal/redact"
)

// The environment variables with the credentials. A command line can be seen by other users, so
// there are no flags for them.
const (
	TokenVariable   = "TRACELAB_FROM_TOKEN"
	HeadersVariable = "TRACELAB_FROM_HEADERS"
)

// Auth are the credentials for a backend.
type Auth struct {
	// Token is sent as a bearer token, if it isn't empty.
	Token string
	// Headers are sent in addition, such as X-Scope-OrgID for a tenant of Tempo.
	Headers http.Header
}

// AuthFrom returns the credentials in the environment. TRACELAB_FROM_HEADERS has the form of
// OTEL_EXPORTER_OTLP_HEADERS: key=value,key=value, percent-encoded.
func AuthFrom(getenv func(string) string) (Auth, error) {
	auth := Auth{Token: strings.TrimSpace(getenv(TokenVariable)), Headers: http.Header{}}
	if !httpguts.ValidHeaderFieldValue(auth.Token) {
		return auth, fmt.Errorf("%s has a character that a token can't have: want printable characters", TokenVariable)
	}
	n := 0
	for pair := range strings.SplitSeq(getenv(HeadersVariable), ",") {
		n++
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		key, value, found := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || err != nil || !httpguts.ValidHeaderFieldName(key) || !httpguts.ValidHeaderFieldValue(value) {
			return auth, fmt.Errorf("entry %d of %s is not a header: want key=value,key=value, percent-encoded",
				n, HeadersVariable)
		}
		auth.Headers.Add(key, value)
	}
	return auth, nil
}

// set adds the credentials to a request.
func (a Auth) set(r *http.Request) {
	if a.Token != "" {
		r.Header.Set("Authorization", "Bearer "+a.Token)
	}
	for key, values := range a.Headers {
		r.Header[key] = values
	}
}

// mask removes the credentials from the text of a backend, which may repeat them, and other
// secrets.
func (a Auth) mask(text string) string {
	secrets := []string{a.Token}
	for _, values := range a.Headers {
		secrets = append(secrets, values...)
	}
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, redact.Mask)
		}
	}
	return redact.Text(text)
}
