package redact

// A Masker masks spans of any type. It is the visitor of a walk: an adapter for a type of span
// passes it the name and the status message (Text), the keys and values of the
// attributes of the span, its events, its links, its resource and its scope (Rule, then String,
// Int, Float or JSON), the names of its events (Text), its trace state and those of its parent and
// links (TraceState), and the name, version and schema URL of its scope and resource (Text). Bools
// and empty values are never sensitive.
//
// A Masker remembers keys and structured values, which are the same in many spans, in bounded
// memory. It is not safe for concurrent use.
type Masker struct {
	rules    map[string]Rule
	innocent map[string]struct{} // JSON texts without secrets
}

// MaxRemembered bounds each of the maps of a [Masker], and those of its adapters.
const MaxRemembered = 1024

// NewMasker returns a Masker that remembers nothing yet.
func NewMasker() *Masker {
	return &Masker{rules: make(map[string]Rule), innocent: make(map[string]struct{})}
}

// Remember puts a value into a map of at most [MaxRemembered] entries, emptying it first when it is
// full.
func Remember[K comparable, V any](m map[K]V, key K, value V) {
	if len(m) >= MaxRemembered {
		clear(m)
	}
	m[key] = value
}

// Text returns a text that has no key with its secrets masked, and whether there were any.
func (m *Masker) Text(text string) (string, bool) { return Rule{}.String(text) }

// Rule is [RuleOf] with memory.
func (m *Masker) Rule(key string) Rule {
	rule, known := m.rules[key]
	if !known {
		rule = RuleOf(key)
		Remember(m.rules, key, rule)
	}
	return rule
}

// JSON returns a value in JSON with its secrets masked, and whether there were any. Lists and
// objects keep their form: within them each text, number and key is masked by itself. A number that
// is masked becomes a string. The rest is in canonical form: without white space, the members of
// an object in order if a key was masked.
//
// A value that is a single string, as bytes are, is returned as that string, which plain reports.
// Text that isn't JSON, or nested deeper than 100 levels, is masked as text.
func (m *Masker) JSON(rule Rule, text string) (masked string, plain, changed bool) {
	remember := rule == Rule{Key: rule.Key}
	if _, known := m.innocent[text]; known && remember {
		return text, false, false
	}
	read, ok := m.readJSON(rule, text)
	switch {
	case !ok:
		masked, changed = rule.String(text)
		return masked, true, changed
	case len(read.kinds) == 0:
		if remember {
			Remember(m.innocent, text, struct{}{})
		}
		return text, false, false
	case read.single:
		return read.plain, true, true
	}
	return read.out.String(), false, true
}

// FindJSON returns the kinds of the secrets that JSON masks, in their order.
func (m *Masker) FindJSON(rule Rule, text string) []string {
	read, ok := m.readJSON(rule, text)
	if !ok {
		read = &jsonMasker{}
		read.found(rule.Find(text))
	}
	return read.kinds
}
