package sampling

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"tracelab/internal/source"
	"tracelab/internal/yamlconf"
	"tracelab/telemetry/sampling"
)

// ParsePolicy reads a policy's file, which is YAML:
//
//	name: mine             # the file's name without one
//	head:                  # 100% without it
//	  default: 10%
//	  routes:
//	    POST /tasks: 100%  # a method and a route
//	tail:                  # the head alone decides without it
//	  errors: true
//	  slower_than: 250ms
//	  rest: 5%             # of the traces that the head has sampled
//	  window: 2s
//	  message_wait: 30s
//	  buffer: 64MiB
//
// The routes must be among the given ones, such as [Routes]; nil allows all.
//
// The fields default, rest and errors are required, as no default of theirs would be obvious. A
// share is a percentage, "5%", or a number from 0 to 1. The fields of tail are those of
// [sampling.TailPolicy].
//
// Mistakes are [*source.Error]s, joined if there are several.
func ParsePolicy(name string, text []byte, routes []string) (Policy, error) {
	policy := Policy{
		Name: strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)),
		Head: Head{Default: 1},
	}
	empty := true
	err := yamlconf.Decode(name, string(text), "the policy", func(root yamlconf.Node) error {
		given := func(read yamlconf.Reader) yamlconf.Reader {
			return func(n yamlconf.Node) error { empty = false; return read(n) }
		}
		err := yamlconf.Object(yamlconf.Fields{
			"name": yamlconf.Value(&policy.Name, "a name", parseName),
			"head": given(readHead(&policy.Head, routes)),
			"tail": given(func(n yamlconf.Node) error {
				policy.Tail = &sampling.TailPolicy{}
				return readTail(policy.Tail)(n)
			}),
		})(root)
		if err == nil && empty {
			return root.Errorf("the policy has no rule: want head, tail or both")
		}
		return err
	})
	if err == nil && empty {
		err = source.At(name, string(text), 1, 1, "the policy is empty: want head, tail or both")
	}
	if err != nil {
		return Policy{}, err
	}
	return policy, nil
}

// parseName reads the name of a policy, which is a heading in a table.
func parseName(text string) (string, error) {
	const maxName = 40
	if len(text) > maxName || strings.ContainsFunc(text, unicode.IsControl) {
		return "", fmt.Errorf("%q is too long or not plain text: want at most %d bytes on one line", text, maxName)
	}
	return text, nil
}

func readHead(head *Head, routes []string) yamlconf.Reader {
	return yamlconf.Object(yamlconf.Fields{
		"default": share(&head.Default),
		"routes": func(n yamlconf.Node) error {
			head.Routes = map[string]float64{}
			return yamlconf.Map(func(key, value yamlconf.Node) error {
				if err := checkRoute(key, value.Name(), routes); err != nil {
					return err
				}
				kept := 0.0
				err := share(&kept)(value)
				head.Routes[value.Name()] = kept
				return err
			})(n)
		},
	}, "default")
}

func checkRoute(key yamlconf.Node, route string, known []string) error {
	method, path, ok := strings.Cut(route, " ")
	switch {
	case known != nil && !slices.Contains(known, route):
		return key.Errorf("unknown route %q: want %s", route, strings.Join(known, ", "))
	case !ok || method == "" || path == "" || strings.ContainsFunc(route, unicode.IsControl):
		return key.Errorf(`%q is not a route: want a method and a path such as "GET /users/{id}"`, route)
	}
	return nil
}

// The shortest and the longest time that a tail sampler may hold a trace for.
const (
	shortest = time.Millisecond
	longest  = time.Hour
)

func readTail(tail *sampling.TailPolicy) yamlconf.Reader {
	return yamlconf.Object(yamlconf.Fields{
		"errors":       yamlconf.Bool(&tail.Errors),
		"slower_than":  yamlconf.Duration(&tail.Slow, shortest, longest),
		"rest":         share(&tail.Rest),
		"window":       yamlconf.Duration(&tail.Window, shortest, longest),
		"message_wait": yamlconf.Duration(&tail.MessageWait, shortest, longest),
		"buffer":       yamlconf.Value(&tail.Buffer, `a size such as 64MiB or 512KiB`, parseSize),
	}, "errors", "rest")
}

func share(into *float64) yamlconf.Reader {
	return yamlconf.Value(into, "a share such as 5% or 0.05", ParseShare)
}
