package sampling

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"tracelab/telemetry"
)

// ParsePolicy reads a policy's file, which is YAML:
//
//	name: mine             # the file's name without one
//	head:                  # 100% without it
//	  default: 10%
//	  routes:
//	    POST /tasks: 100%  # a route of [Routes]
//	tail:                  # the head alone decides without it
//	  errors: true
//	  slower_than: 250ms
//	  rest: 5%             # of the traces that the head has sampled
//	  window: 2s
//	  message_wait: 30s
//	  buffer: 64MiB
//
// What default, rest and errors are can't be guessed, so they have to be there.
// A share is a percentage, "5%", or a number from 0 to 1. The fields of tail are
// those of [telemetry.TailPolicy].
//
// What can't be read as that is a *[source.Error].
func ParsePolicy(name string, text []byte) (Policy, error) {
	d := &document{name: name, text: text}
	policy := Policy{
		Name: strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)),
		Head: Head{Default: 1},
	}
	root, err := d.parse()
	if err != nil {
		return Policy{}, err
	}
	said := false
	err = d.fields(root, "a policy", nil, map[string]field{
		"name": func(node ast.Node) (err error) { policy.Name, err = d.policyName(node); return err },
		"head": func(node ast.Node) error { said = true; return d.head(node, &policy.Head) },
		"tail": func(node ast.Node) error {
			said = true
			policy.Tail = &telemetry.TailPolicy{}
			return d.tail(node, policy.Tail)
		},
	})
	if err != nil {
		return Policy{}, err
	}
	if !said {
		return Policy{}, d.errorAt(root, "the policy says nothing of what is kept: it has head, tail or both")
	}
	return policy, nil
}

func (d *document) policyName(node ast.Node) (string, error) {
	const maxName = 40
	name, err := d.scalar(node, "a name")
	if err == nil && (len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })) {
		return "", d.errorAt(node, "the name is too long, or not of plain text: it is a table's heading, of %d bytes at most", maxName)
	}
	return name, err
}

func (d *document) head(node ast.Node, head *Head) error {
	return d.fields(node, "head", []string{"default"}, map[string]field{
		"default": func(node ast.Node) (err error) { head.Default, err = d.share(node); return err },
		"routes": func(node ast.Node) (err error) {
			head.Routes, err = d.routes(node)
			return err
		},
	})
}

func (d *document) routes(node ast.Node) (map[string]float64, error) {
	routes := map[string]float64{}
	err := d.each(node, "routes", func(key ast.Node, name string, value ast.Node) (err error) {
		if !slices.Contains(Routes(), name) {
			return d.errorAt(key, "there is no route %q: the routes are %s", name, strings.Join(Routes(), ", "))
		}
		routes[name], err = d.share(value)
		return err
	})
	return routes, err
}

// Longer is a mistake: a trace that is held for an hour is of no use to anybody.
const longest = time.Hour

func (d *document) tail(node ast.Node, tail *telemetry.TailPolicy) error {
	lasting := func(to *time.Duration) field {
		return func(node ast.Node) (err error) { *to, err = d.duration(node); return err }
	}
	return d.fields(node, "tail", []string{"errors", "rest"}, map[string]field{
		"errors":       func(node ast.Node) (err error) { tail.Errors, err = d.boolean(node); return err },
		"slower_than":  lasting(&tail.Slow),
		"rest":         func(node ast.Node) (err error) { tail.Rest, err = d.share(node); return err },
		"window":       lasting(&tail.Window),
		"message_wait": lasting(&tail.MessageWait),
		"buffer":       func(node ast.Node) (err error) { tail.Buffer, err = d.size(node); return err },
	})
}
