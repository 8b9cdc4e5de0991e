package jsonpull_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"tracelab/tracetree/codec/internal/jsonpull"
)

// decode reads the next value into what encoding/json makes of it.
func decode(r *jsonpull.Reader) (any, error) {
	kind, err := r.Peek()
	if err != nil {
		return nil, err
	}
	switch kind {
	case jsonpull.Null:
		_, err = r.Null()
		return nil, err
	case jsonpull.Bool:
		return r.Bool()
	case jsonpull.Number:
		text, err := r.Number()
		return json.Number(text), err
	case jsonpull.String:
		text, err := r.String()
		return string(text), err
	case jsonpull.Array:
		list := []any{}
		for err = r.EnterArray(); err == nil; {
			more, err := r.NextElement()
			if err != nil || !more {
				return list, err
			}
			element, err := decode(r)
			if err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		return nil, err
	default:
		members := map[string]any{}
		for err = r.EnterObject(); err == nil; {
			key, more, err := r.NextKey()
			if err != nil || !more {
				return members, err
			}
			name := string(key)
			value, err := decode(r)
			if err != nil {
				return nil, err
			}
			members[name] = value
		}
		return nil, err
	}
}

func TestErrorsSayWhatAndWhere(t *testing.T) {
	tests := []struct{ reason, input, want string }{
		{"an unknown word", "nul!", "line 1, column 1: want null"},
		{"no value", "{\"a\":}", `line 1, column 6 ($.a): found '}', want a value`},
		{"no colon", `{"a" 1}`, `line 1, column 6 ($.a): found '1', want a colon`},
		{"no comma", "[1\n 2]", `line 2, column 2 ($[0]): found '2', want a comma or ]`},
		{"a comma too many", "[1,]", `line 1, column 4 ($[0]): a comma before the closing ]`},
		{"a key that is no string", "{1:2}", `line 1, column 2 ($[""]): found a number, want a string`},
		{
			"a raw control character", "[\"a\x01\"]",
			`line 1, column 4 ($[0]): a control character (0x01) in a string, which has to be escaped`,
		},
		{"an unknown escape", `"\x"`, `line 1, column 2: an unknown escape sequence \x in a string`},
		{"a bad escape of a code point", `"\u12G4"`, `line 1, column 6: want four hexadecimal digits after \u`},
		{"a number without digits", "-", "line 1, column 2: the input ends in the middle of a document, want a digit"},
		{"a fraction without digits", "[1.]", "line 1, column 4 ($[0]): want a digit in a number"},
		{"NaN is not JSON", `{"a b":NaN}`, `line 1, column 8 ($["a b"]): found 'N', want a value`},
		{
			"cut in a string", `{"a":[1,"b`,
			`line 1, column 11 ($.a[1]): the input ends in the middle of a document, want the end of a string`,
		},
		{"cut in an object", "{\n", `line 2, column 1: the input ends in the middle of a document, want a comma or }`},
		{"a byte that is no text", "[\xff]", `line 1, column 2 ($[0]): found the byte 0xff, want a value`},
	}
	for _, test := range tests {
		t.Run(test.reason, func(t *testing.T) {
			err := jsonpull.New(strings.NewReader(test.input)).Skip()
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestDepthIsLimited(t *testing.T) {
	deepest := strings.Repeat("[", jsonpull.MaxDepth) + strings.Repeat("]", jsonpull.MaxDepth)
	if err := jsonpull.New(strings.NewReader(deepest)).Skip(); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	err := jsonpull.New(strings.NewReader(strings.Repeat("[", 1_000_000))).Skip()
	if err == nil || !strings.Contains(err.Error(), "nested deeper than 1000 levels") {
		t.Errorf("got %v", err)
	}
}

func TestLengthOfTokensIsLimited(t *testing.T) {
	long := io.MultiReader(strings.NewReader(`"`), io.LimitReader(repeated('a'), jsonpull.MaxToken+10))
	err := jsonpull.New(long).Skip()
	if err == nil || !strings.Contains(err.Error(), "a string or number is longer than 64 MiB") {
		t.Errorf("got %v", err)
	}
}

type repeated byte

func (c repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c)
	}
	return len(p), nil
}

func TestErrorsOfTheSourceAreReturned(t *testing.T) {
	broken := errors.New("cable pulled")
	err := jsonpull.New(io.MultiReader(strings.NewReader(`["a`), iotest.ErrReader(broken))).Skip()
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "read: cable pulled") {
		t.Errorf("got %v", err)
	}
}

func TestTopLevelValuesFollowEachOther(t *testing.T) {
	r := jsonpull.New(strings.NewReader("\uFEFF1\n\n {\"a\":[]}[2]\uFEFF\"x\" \n"))
	var got []string
	for {
		line := r.Line()
		value, err := decode(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(line, ":", value))
	}
	if want := "1:1|1:map[a:[]]|3:[2]|3:x"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzReadsWhatEncodingJSONReads(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e+3,true,false,null,"x\né\ud83d\ude00\ud800"],"":{}}`,
		`[01]`, `[1,]`, `{"a":1,}`, `"` + "\xff" + `"`, "\t[ ] ", `1e`, `-`, `"\u00"`, `nulll`, `[[],{}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		valid := json.Valid(input)
		r := jsonpull.New(iotest.OneByteReader(strings.NewReader(string(input))))
		got, err := decode(r)
		if err == nil {
			if _, end := r.Peek(); end != io.EOF {
				err = errors.New("more than one value")
			}
		}
		if strings.HasPrefix(strings.TrimLeft(string(input), " \t\r\n"), "\uFEFF") ||
			strings.HasSuffix(strings.TrimRight(string(input), " \t\r\n"), "\uFEFF") {
			return // encoding/json takes no byte order mark
		}
		if (err == nil) != valid {
			t.Fatalf("error %v, but encoding/json says valid is %v", err, valid)
		}
		if !valid {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(string(input)))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
			t.Errorf("got %#v, want %#v", got, want)
		}
		again := jsonpull.New(strings.NewReader(string(input)))
		if err := again.Skip(); err != nil {
			t.Errorf("Skip: %v", err)
		}
	})
}
