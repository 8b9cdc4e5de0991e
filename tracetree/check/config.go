package check

// Config adapts the checks to a project. The zero Config is that of the checks' documentation.
type Config struct {
	// Levels raises, lowers or silences checks, by id.
	Levels map[string]Level
	// Limits are for the checks that count.
	Limits Limits
	// Routes are the I/O that the requests to a route must do.
	Routes []Route
}

// silences reports whether the findings of a check are turned off.
func (c *Config) silences(id string) bool {
	level, set := c.Levels[id]
	return set && level.Severity == Off
}

// Level replaces the severity of a check. Off needs a reason, which is printed.
type Level struct {
	Severity Severity
	Reason   string
}

// Limits are the largest numbers that are not findings. Zero means the default,
// which is in the comment.
type Limits struct {
	SpansPerTrace      int // 100
	InternalPerService int // 10, in one trace
	ShortSpans         int // 20 shorter than 5 ms, in one trace
	RepeatedSiblings   int // 10 of one operation, one after the other
	NamesPerRoute      int // 20 distinct span names of one service, kind and route
}

// limit returns a limit, or the default if it is not set.
func limit(n, byDefault int) int {
	if n > 0 {
		return n
	}
	return byDefault
}

// Route is the I/O that is required below the spans of an HTTP route or an RPC
// method.
type Route struct {
	// Label is the label of the span, as in "api-gateway: POST /tasks".
	Label string
	// IO are labels of spans that must be somewhere below it, as in
	// "db: PutItem (tasks table)".
	IO []string
}
