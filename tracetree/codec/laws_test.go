package codec_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/protobuf/encoding/protowire"
	"pgregory.net/rapid"

	"tracelab/internal/law"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
)

// readBack reads what was written, in a format that it must be recognised as.
func readBack(t rapid.TB, input []byte, want codec.Format) []tracetree.Span {
	t.Helper()
	r := codec.NewReader(bytes.NewReader(input), "test")
	spans, err := drain(r)
	if err != nil {
		t.Fatalf("read: %v\n%s", err, input)
	}
	if r.Format() != want {
		t.Fatalf("format %q, want %q\n%q", r.Format(), want, input)
	}
	if w := r.Warnings(); len(w) > 0 {
		t.Fatalf("warnings: %v", w)
	}
	return spans
}

func TestSpansAreTheSameThroughOTLPJSON(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := spanGen().Draw(t, "spans")
		var text bytes.Buffer
		if err := codec.WriteOTLPJSON(&text, spans); err != nil {
			t.Fatal(err)
		}
		if bytes.Count(text.Bytes(), []byte("\n")) != 1 {
			t.Fatalf("more than one line:\n%s", text.Bytes())
		}
		checkEqual(t, byOrigin(spans), readBack(t, text.Bytes(), codec.OTLPJSON))
	})
}

func TestSpansAreTheSameThroughProtobuf(t *testing.T) {
	framings := map[string]func([]byte) []byte{
		"one message": func(m []byte) []byte { return m },
		"varint":      func(m []byte) []byte { return protowire.AppendBytes(nil, m) },
		"four bytes":  func(m []byte) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(m))), m...) },
	}
	for name, frame := range framings {
		t.Run(name, func(t *testing.T) {
			law.Check(t, func(t *rapid.T) {
				first, second := spanGen().Draw(t, "first"), spanGen().Draw(t, "second")
				input := append(frame(marshal(t, first)), frame(marshal(t, second))...)
				checkEqual(t, append(byOrigin(first), byOrigin(second)...), readBack(t, input, codec.OTLPProto))
			})
		})
	}
}

func marshal(t rapid.TB, spans []tracetree.Span) []byte {
	t.Helper()
	message, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(codec.ToPData(spans))
	if err != nil {
		t.Fatal(err)
	}
	return message
}

func TestSpansAreTheSameThroughPData(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := spanGen().Draw(t, "spans")
		checkEqual(t, byOrigin(spans), codec.FromPData(codec.ToPData(spans)))
	})
}

func TestSpansAreTheSameThroughStdoutTrace(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := spanGen().Draw(t, "spans")
		for i := range spans { // what the format can't hold
			if s := &spans[i]; !s.Parent.IsZero() && s.ParentRemote == tracetree.RemoteUnknown {
				s.ParentRemote = tracetree.RemoteNo
			}
			s := &spans[i]
			s.Flags &= 0xFF
			s.Origin.ResourceSchema, s.Origin.DroppedResource, s.Origin.DroppedScope, s.Origin.Entities = "", 0, 0, nil
		}
		var text bytes.Buffer
		if err := codec.WriteStdoutTrace(&text, spans); err != nil {
			t.Fatal(err)
		}
		checkEqual(t, spans, readBack(t, text.Bytes(), codec.StdoutTrace))
	})
}

func TestOriginsAreShared(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		spans := spanGen().Draw(t, "spans")
		var text bytes.Buffer
		for range 2 { // the second line has the same resources again
			if err := codec.WriteOTLPJSON(&text, spans); err != nil {
				t.Fatal(err)
			}
		}
		got := readBack(t, text.Bytes(), codec.OTLPJSON)
		for i := range got {
			for j := range got[:i] {
				same := cmp.Equal(got[i].Origin, got[j].Origin, equal())
				if same != (got[i].Origin == got[j].Origin) {
					t.Fatalf("spans %d and %d: origins equal %v, shared %v", i, j, same, !same)
				}
			}
		}
	})
}

// TestLossesAreWhatIsLost holds for every format that is written: a span that is read back differs
// from what was written if, and only if, Losses reports something. Most spans have one kind of loss
// at most, so that no other one hides that it isn't reported.
func TestLossesAreWhatIsLost(t *testing.T) {
	formats := map[codec.Format]func(io.Writer, []tracetree.Span) error{
		codec.OTLPJSON: codec.WriteOTLPJSON, codec.StdoutTrace: codec.WriteStdoutTrace,
	}
	for format, write := range formats {
		t.Run(string(format), func(t *testing.T) {
			law.Check(t, func(t *rapid.T) {
				s := drawSpan(t, originGen().Draw(t, "origin"))
				o := tracetree.Origin{}
				loss := rapid.IntRange(0, 9).Draw(t, "loss")
				switch loss {
				case 0:
					o = *s.Origin
				case 1:
					o.ResourceSchema = s.Origin.ResourceSchema
				case 2:
					o.Entities = s.Origin.Entities
				case 3:
					o.DroppedResource = s.Origin.DroppedResource
				case 4:
					o.DroppedScope = s.Origin.DroppedScope
				case 5:
					s.Start = -s.Start
				case 6:
					s.End = -s.End
				case 7:
					s.End, s.Unended = 0, false
				case 8:
					s.Rare = &tracetree.Rare{OriginalID: drawSpanID(t)}
				}
				s.Origin = &o
				s.Unended = s.Unended && s.Start > 0 && s.End == 0
				switch {
				case loss == 9:
					s.Parent, s.ParentRemote = drawSpanID(t), tracetree.RemoteUnknown
				case s.ParentRemote == tracetree.RemoteUnknown:
					s.Parent = tracetree.SpanID{}
				}
				s.Flags = s.Flags&0xFF | [...]uint32{0, 0x100, 0x300}[s.ParentRemote]
				spans := []tracetree.Span{s}
				losses := codec.Losses(format, spans)
				var text bytes.Buffer
				if err := write(&text, spans); err != nil {
					t.Fatal(err)
				}
				got, _, err := codec.ReadAll(&text, "test")
				if err != nil || len(got) != 1 {
					t.Fatalf("%d spans, %v", len(got), err)
				}
				if format == codec.StdoutTrace { // ParentRemote is what these bits of the flags mean
					spans[0].Flags, got[0].Flags = s.Flags&0xFF, got[0].Flags&0xFF
				}
				diff := cmp.Diff(spans, got, equal())
				if (diff != "") != (len(losses) > 0) {
					t.Fatalf("losses %q, and the difference is (-want +got):\n%s", losses, diff)
				}
			})
		})
	}
}
