package sampling

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// OpenTelemetry's consistent probability sampling: each trace has a random
// number of 56 bits, each sampler a threshold, and a trace is sampled when its
// number is not below the threshold. All who know both decide alike, and the
// threshold that travels in the tracestate records how likely the trace was.

// The entry of OpenTelemetry in a tracestate, and its members for both numbers.
const (
	otEntry      = "ot"
	otThreshold  = "th"
	otRandomness = "rv"
)

// A threshold is how many of the 2⁵⁶ random numbers a sampler rejects.
type threshold uint64

const (
	acceptAll threshold = 0
	rejectAll threshold = 1 << 56

	randomDigits = 14 // hexadecimal, of 56 bits
)

// Threshold returns the threshold of a head sampler and of what a tail sampler keeps of the rest,
// as 14 hexadecimal digits. A trace without another reason is kept if the last 14 digits of its ID
// aren't below it. It reports false if no trace is kept.
func Threshold(head, rest float64) (digits string, ok bool) {
	t := thresholdOf(head).of(rest)
	return fmt.Sprintf("%0*x", randomDigits, uint64(t)), t < rejectAll
}

// thresholdOf returns the threshold of a probability. Values below 0, and NaN,
// are taken as 0, values above 1 as 1.
func thresholdOf(probability float64) threshold {
	switch {
	case probability >= 1:
		return acceptAll
	case probability > 0:
		// A positive probability is never rounded down to zero.
		return rejectAll - max(1, threshold(math.Round(math.Ldexp(probability, 56))))
	default:
		return rejectAll
	}
}

func (t threshold) probability() float64 { return math.Ldexp(float64(rejectAll-t), -56) }

// of returns the threshold of keeping this share of what t accepts.
func (t threshold) of(share float64) threshold {
	if share >= 1 {
		return t // a float has fewer bits, so it might come back as another
	}
	return max(t, thresholdOf(share*t.probability()))
}

// String is the form in a tracestate: 14 digits without the zeros at their end.
func (t threshold) String() string {
	if t >= rejectAll {
		return "" // no text stands for it: what is rejected goes nowhere
	}
	if digits := strings.TrimRight(t.digits(), "0"); digits != "" {
		return digits
	}
	return "0"
}

// digits is the form of a random number: all 14 of them.
func (t threshold) digits() string { return fmt.Sprintf("%014x", uint64(t)) }

// thresholdIn returns the threshold that a tracestate has; ok is false when
// it has no readable one.
func thresholdIn(state trace.TraceState) (t threshold, ok bool) {
	digits := otMember(state, otThreshold)
	if len(digits) == 0 || len(digits) > randomDigits || !lowerHex(digits) {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return threshold(n << (4 * (randomDigits - len(digits)))), err == nil
}

// randomnessOf returns the random number of a trace: that of its tracestate,
// else the last 56 bits of its id.
func randomnessOf(id trace.TraceID, state trace.TraceState) threshold {
	if digits := otMember(state, otRandomness); len(digits) == randomDigits && lowerHex(digits) {
		if n, err := strconv.ParseUint(digits, 16, 64); err == nil {
			return threshold(n)
		}
	}
	return threshold(binary.BigEndian.Uint64(id[8:]) & (1<<56 - 1))
}

func lowerHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// otMember returns a member of the tracestate's ot entry, "" when it has none.
func otMember(state trace.TraceState, key string) string {
	for member := range strings.SplitSeq(state.Get(otEntry), ";") {
		if name, value, found := strings.Cut(member, ":"); found && name == key {
			return value
		}
	}
	return ""
}

// setOT returns the tracestate with a member of its ot entry set, or taken away
// where value is empty. Other members and other entries stay, but that of 32 entries, as many
// as there may be, a new one pushes out the last. A member for which
// there is no room is taken away as well: none is better than a wrong one.
func setOT(state trace.TraceState, key, value string) trace.TraceState {
	entry := state.Get(otEntry)
	if value == "" && entry == "" {
		return state
	}
	var members []string
	for member := range strings.SplitSeq(entry, ";") {
		if name, _, _ := strings.Cut(member, ":"); name != key && member != "" {
			members = append(members, member)
		}
	}
	without := strings.Join(members, ";")
	if value != "" {
		members = append([]string{key + ":" + value}, members...)
		if set, err := state.Insert(otEntry, strings.Join(members, ";")); err == nil {
			return set
		}
	}
	if set, err := state.Insert(otEntry, without); err == nil {
		return set
	}
	return state.Delete(otEntry)
}
