package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"tracelab/live/problem"
	"tracelab/live/store"
	"tracelab/tracetree/filter"
)

// jaegerTags adds the tags of a search: tags={"key":"value"} and tag=key:value. An error tag is the
// status.
func jaegerTags(q url.Values, query *store.Query) error {
	add := func(key, value string) {
		if key == "error" && value == "true" {
			query.Error = true
			return
		}
		query.Attributes = append(query.Attributes, filter.Attribute{Key: key, Value: value, HasValue: true})
	}
	for _, text := range q["tags"] {
		if text == "" {
			continue
		}
		var tags map[string]any
		if err := json.Unmarshal([]byte(text), &tags); err != nil {
			return problem.BadRequest(`tags is %.80q: want a JSON object such as {"http.route":"/tasks"}`, text)
		}
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			add(key, fmt.Sprint(tags[key]))
		}
	}
	for _, text := range q["tag"] {
		key, value, found := strings.Cut(text, ":")
		if !found || key == "" {
			return problem.BadRequest("tag is %.80q: want KEY:VALUE", text)
		}
		add(key, value)
	}
	return nil
}
