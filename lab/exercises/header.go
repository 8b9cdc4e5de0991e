package exercises

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"tracelab/internal/redact"
)

// headerTask is ex2: the header that came in, and a span id to answer with.
type headerTask struct {
	in  traceparent
	new string
}

// newHeaderTask generates a header. Most are sampled, some aren't. Seed 0 gives the example in W3C
// Trace Context.
func newHeaderTask(seed uint64) headerTask {
	if seed == 0 {
		return headerTask{
			in:  traceparent{"00", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "01"},
			new: "53995c3f42cd8ad8",
		}
	}
	r := rand.New(rand.NewPCG(seed, 2))
	id := func() string { return fmt.Sprintf("%016x", r.Uint64()|1) } // never zero
	t := headerTask{in: traceparent{"00", id() + id(), id(), "01"}, new: id()}
	if r.IntN(4) == 0 {
		t.in.flags = "00"
	}
	for t.new == t.in.spanID {
		t.new = id()
	}
	return t
}

func (h traceparent) String() string {
	return h.version + "-" + h.traceID + "-" + h.spanID + "-" + h.flags
}

// words returns the placeholders in the texts, each followed by its value.
func (t headerTask) words() []string {
	return []string{"[incoming]", t.in.String(), "[trace-id]", t.in.traceID, "[span-id]", t.new, "[flags]", t.in.flags}
}

func (t headerTask) grade(_ context.Context, answer string) (Grade, error) {
	w, err := readHeader(answer)
	if err != nil {
		return Grade{}, err
	}
	var g Grade
	gradeName(&g, w)
	const form = "four fields, joined by hyphens"
	if w.problem != "" {
		g.fail(form, w.problem,
			"A receiver drops a header of version 00 that doesn't have this form, and starts a new trace.")
	} else {
		g.pass(form, quoted(maskedFields(w.value)), "")
	}
	gradeVersion(&g, w.version)
	t.gradeTraceID(&g, w)
	t.gradeSpanID(&g, w)
	t.gradeFlags(&g, w.flags)
	return g, nil
}

// maskedFields masks the fields one by one: in a text joined by hyphens, a secret isn't recognized.
func maskedFields(value string) string {
	fields := strings.Split(value, "-")
	for i, field := range fields {
		fields[i] = redact.Text(field)
	}
	return strings.Join(fields, "-")
}

// quoted returns a part of the answer as a verdict shows it: a long text is truncated.
func quoted(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	if s == "" {
		return "nothing"
	}
	return s
}

func gradeName(g *Grade, w written) {
	const asked = "the name of the header"
	switch {
	case w.equals:
		g.fail(asked, quoted(w.name)+"=", "A header's name and its value are separated by a colon: traceparent: 00-…")
	case w.name == "":
		g.pass(asked, "the value alone", "It is sent in the header traceparent.")
	case strings.EqualFold(w.name, "traceparent"):
		g.pass(asked, quoted(w.name), "")
	default:
		g.fail(asked, quoted(w.name), "The header is called traceparent, in one word. Receivers ignore any other name.")
	}
}

func gradeVersion(g *Grade, version string) {
	const asked = "the version, 00"
	switch {
	case version == "00":
		g.pass(asked, version, "")
	case version == "":
		g.fail(asked, "nothing", "The first field determines the meaning of the others. There is one version so far: 00.")
	case strings.EqualFold(version, "ff"):
		g.fail(asked, quoted(version), "Version ff is forbidden: a header with it is invalid, and dropped.")
	case len(version) == versionLength && isHex(version):
		g.fail(asked, quoted(version), "That version doesn't exist yet. Write the version of your header: 00.")
	default:
		g.fail(asked, quoted(version), "The version is two hexadecimal digits: 00.")
	}
}

func (t headerTask) gradeTraceID(g *Grade, w written) {
	const asked = "the trace id, kept"
	id := w.traceID
	switch fault := hexFault(id, traceIDLength, "trace id"); {
	case id == t.in.traceID:
		g.pass(asked, id, "With it, the next service's spans belong to the same trace.")
	case id == "":
		g.fail(asked, "nothing", "Without the trace id, the next service starts a new trace.")
	case id == t.in.spanID, utf8.RuneCountInString(id) == spanIDLength &&
		utf8.RuneCountInString(w.spanID) == traceIDLength:
		g.fail(asked, quoted(id), "That is a span id: the two are swapped. The trace id comes first.")
	case strings.EqualFold(id, t.in.traceID):
		g.fail(asked, quoted(id),
			"It is the right one, but in upper case. The header is lower case; anything else is dropped.")
	case fault != "":
		g.fail(asked, quoted(id), fault)
	default:
		g.fail(asked, quoted(id),
			"Another trace id is a new trace: the next service's work can't be found from the request any more. Copy the "+
				"id unchanged.")
	}
}

func (t headerTask) gradeSpanID(g *Grade, w written) {
	const asked = "a new span id, that of your span"
	id := w.spanID
	switch fault := hexFault(id, spanIDLength, "span id"); {
	case id == "":
		g.fail(asked, "nothing", "Without it, the next service has no parent for its span.")
	case strings.EqualFold(id, t.in.spanID):
		g.fail(asked, quoted(id),
			"You passed on the caller's span id: the next service's span would be below your caller's span, not below yours. "+
				"Write the id of your span.")
	case id == t.in.traceID, utf8.RuneCountInString(id) == traceIDLength &&
		utf8.RuneCountInString(w.traceID) == spanIDLength:
		g.fail(asked, quoted(id), "That is a trace id: the two are swapped. The span id comes after it.")
	case fault != "":
		g.fail(asked, quoted(id), fault)
	default:
		g.pass(asked, id, "The next service's span will be below yours.")
	}
}

// hexFault returns why a text isn't an id of this length, or "".
func hexFault(id string, length int, what string) string {
	switch n := utf8.RuneCountInString(id); {
	case strings.Trim(id, "0") == "":
		return fmt.Sprintf("A %s of zeros is invalid, and the header is dropped.", what)
	case n != length:
		return fmt.Sprintf("It has %d characters: a %s has %d.", n, what, length)
	case isHex(strings.ToLower(id)) && !isHex(id):
		return "It has upper-case letters. The header is lower case; anything else is dropped."
	case !isHex(id):
		return fmt.Sprintf("A %s is hexadecimal: the digits 0 to 9, and a to f.", what)
	default:
		return ""
	}
}

func (t headerTask) gradeFlags(g *Grade, flags string) {
	const asked = "the flags, kept"
	switch {
	case flags == t.in.flags:
		g.pass(asked, flags, map[string]string{
			"01": "The trace is sampled, and stays sampled: every service records it.",
			"00": "The trace is not sampled, and no service records it. The header is still sent, so that all agree.",
		}[flags])
	case flags == "":
		g.fail(asked, "nothing", "The last field contains the sampled flag. Without it the header is dropped.")
	case len(flags) != flagsLength || !isHex(flags):
		g.fail(asked, quoted(flags), "The flags are two hexadecimal digits in lower case: 01 is sampled, 00 isn't.")
	case t.in.flags == "01" && flags == "00":
		g.fail(asked, flags,
			"You dropped the sampled flag: with the usual sampler, which follows its caller, the next service would record "+
				"nothing, and the trace would end at you.")
	case t.in.flags == "00" && flags == "01":
		g.fail(asked, flags,
			"You turned sampling on in the middle of the trace: the spans above yours were not recorded, so yours would be "+
				"orphans. The service that starts the trace decides.")
	default:
		g.fail(asked, flags,
			fmt.Sprintf("You set bits that your caller didn't. Pass its flags on unchanged: %s.", t.in.flags))
	}
}
