package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// jaegerAPI is one of Jaeger's two query APIs.
type jaegerAPI struct {
	base   *url.URL
	prefix string
	// search returns the parameters of a search for traces of the time until then.
	search func(q Query, until time.Time, n int) url.Values
}

// The paths of the APIs. Version 3 answers with OTLP, which loses nothing. Jaeger has it since
// 1.41, and Jaeger 2 can be without the older one.
const (
	jaegerV3 = "/api/v3"
	jaegerV1 = "/api"
)

// jaegerAPIs returns the APIs to try.
func jaegerAPIs(u *url.URL) []jaegerAPI {
	apis := []jaegerAPI{{prefix: jaegerV3, search: searchV3}, {prefix: jaegerV1, search: searchV1}}
	base := *u
	for i, api := range apis {
		if prefix, found := strings.CutSuffix(u.Path, api.prefix); found {
			base.Path = prefix
			apis = apis[i : i+1]
			break
		}
	}
	for i := range apis {
		apis[i].base = &base
	}
	return apis
}

func searchV3(q Query, until time.Time, n int) url.Values {
	v := url.Values{
		"query.service_name":   {q.Service},
		"query.start_time_min": {q.Since.UTC().Format(time.RFC3339Nano)},
		"query.start_time_max": {until.UTC().Format(time.RFC3339Nano)},
		"query.num_traces":     {strconv.Itoa(n)},
	}
	if q.Operation != "" {
		v.Set("query.operation_name", q.Operation)
	}
	return v
}

func searchV1(q Query, until time.Time, n int) url.Values {
	v := url.Values{
		"service": {q.Service},
		"start":   {strconv.FormatInt(q.Since.UnixMicro(), 10)},
		"end":     {strconv.FormatInt(until.UnixMicro(), 10)},
		"limit":   {strconv.Itoa(n)},
	}
	if q.Operation != "" {
		v.Set("operation", q.Operation)
	}
	return v
}

// get sends a request to the API. Its error is errNotTraces if the server doesn't have this API.
func (api jaegerAPI) get(ctx context.Context, c *Client, path string, query url.Values) (answer, error) {
	a, err := c.get(ctx, api.base, api.prefix+path, query, "application/json")
	switch {
	case err != nil:
		return a, err
	case !a.isJSON():
		return a, errNotTraces
	case a.status == http.StatusNotFound && !api.isNotFound(a):
		return a, errNotTraces
	}
	return a, nil
}

// isNotFound reports whether an answer with status 404 is about a trace, and not about an unknown
// path: it has the form of this API.
func (api jaegerAPI) isNotFound(a answer) bool {
	var body struct {
		Error  *struct{}  `json:"error"`
		Errors []struct{} `json:"errors"`
	}
	if json.Unmarshal(a.body, &body) != nil {
		return false
	}
	if api.prefix == jaegerV3 {
		return body.Error != nil
	}
	return body.Errors != nil
}

func (c *Client) jaeger(ctx context.Context, s Source, q Query) (result Result, err error) {
	for _, api := range jaegerAPIs(s.URL) {
		switch {
		case !q.TraceID.IsZero():
			result, err = api.one(ctx, c, q)
		case q.Service == "":
			err = api.needsService(ctx, c)
		default:
			result, err = c.pages(q, func(until time.Time, n int) (answer, error) {
				return api.get(ctx, c, "/traces", api.search(q, until, n))
			})
		}
		if err == nil && len(result.Spans) == 0 && q.TraceID.IsZero() {
			result.Hint = api.hint(ctx, c, q)
		}
		if !errors.Is(err, errNotTraces) {
			return result, err
		}
	}
	return result, err
}

// one returns one trace.
func (api jaegerAPI) one(ctx context.Context, c *Client, q Query) (result Result, err error) {
	a, err := api.get(ctx, c, "/traces/"+q.TraceID.String(), nil)
	if err != nil {
		return result, err
	}
	result.Spans, result.Warnings, err = c.read(a)
	return result, err
}

// names returns the services, or the operations of one, in order.
func (api jaegerAPI) names(ctx context.Context, c *Client, path string, query url.Values) ([]string, error) {
	a, err := api.get(ctx, c, path, query)
	if err != nil {
		return nil, err
	}
	var list struct {
		Data       []string                `json:"data"`
		Services   []string                `json:"services"`
		Operations []struct{ Name string } `json:"operations"`
	}
	if err := decodeJSON(a, &list); err != nil {
		return nil, err
	}
	names := slices.Concat(list.Data, list.Services)
	for _, operation := range list.Operations {
		names = append(names, operation.Name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// needsService returns the error about a search without a service. It lists the services.
func (api jaegerAPI) needsService(ctx context.Context, c *Client) error {
	services, err := api.names(ctx, c, "/services", nil)
	switch {
	case err != nil:
		return err
	case len(services) == 0:
		return errors.New("traces of Jaeger are found by their service: want --service; it has no service yet")
	}
	return errors.New("traces of Jaeger are found by their service: want --service, one of " + list(services))
}

// hint returns the known names instead of those in a query that found no trace.
func (api jaegerAPI) hint(ctx context.Context, c *Client, q Query) string {
	services, err := api.names(ctx, c, "/services", nil)
	switch {
	case err != nil: // the search has succeeded: its result holds without a hint
		return ""
	case len(services) == 0:
		return "the backend has no service yet"
	case !slices.Contains(services, q.Service):
		return fmt.Sprintf("the backend has no service %q; it has %s", q.Service, list(services))
	case q.Operation == "":
		return ""
	}
	path, query := "/operations", url.Values{"service": {q.Service}}
	if api.prefix == jaegerV1 {
		path, query = "/services/"+url.PathEscape(q.Service)+"/operations", nil
	}
	operations, err := api.names(ctx, c, path, query)
	if err != nil || len(operations) == 0 || slices.Contains(operations, q.Operation) {
		return ""
	}
	return fmt.Sprintf("%s has no operation %q; it has %s", q.Service, q.Operation, list(operations))
}

// maxNames is the number of names in a message.
const maxNames = 20

// list returns names in a line.
func list(names []string) string {
	text := strings.Join(names[:min(len(names), maxNames)], ", ")
	if more := len(names) - maxNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
