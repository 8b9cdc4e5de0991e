package tracetree

type spanIndex struct{}

func (spanIndex) lookup([]Span, TraceID, SpanID) int32 { return none }

type linkRef struct{}

// Build arranges spans as trees.
func Build(spans []Span) *Forest { return nil }

// Label returns the label of a span.
func Label(s *Span) string { return "" }

// Format prints a forest.
func Format(f *Forest, opts ...Option) string { return "" }

// Lines returns the lines of a forest.
func Lines(f *Forest, opts ...Option) []Line { return nil }

// ParseError says where and why a text is not valid notation.
type ParseError struct {
	Line, Column int // from 1; the column counts characters
	Text         string
	Message      string
}

// Error implements error.
func (e *ParseError) Error() string { return e.Message }

// Pattern is an expected forest.
type Pattern struct{}

// Parse reads the notation.
func Parse(text string) (*Pattern, error) { return nil, nil }

// String returns the pattern in the notation.
func (p *Pattern) String() string { return "" }

// Match compares.
func (p *Pattern) Match(f *Forest, opts ...Option) *Report { return nil }

// Op is the first character of a line of a report.
type Op byte

// The operations.
const (
	Same       Op = ' '
	Missing    Op = '-'
	Unexpected Op = '+'
	Different  Op = '~'
)

// Report is a failed match.
type Report struct {
	Lines []ReportLine
	Notes []string // sentences that follow the summary; the checks add theirs here
}

// ReportLine is one line of a report.
type ReportLine struct {
	Op   Op
	Text string
	Note string
}

// Summary counts the differences in a sentence.
func (r *Report) Summary() string { return "" }

// String prints the report.
func (r *Report) String() string { return "" }
