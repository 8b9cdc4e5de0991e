package codec_test

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"tracelab/tracetree/codec"
)

// cutEverywhere reads a file cut after every 37th byte: the result is an error with its place, or
// fewer spans at the boundary of two documents.
func cutEverywhere(t *testing.T, path string) {
	t.Helper()
	input, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	checkCuts(t, input)
}

func checkCuts(t *testing.T, input []byte) {
	t.Helper()
	whole, _, err := codec.ReadAll(bytes.NewReader(input), "whole")
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for at := 1; at < len(input); at += 37 {
		spans, _, err := codec.ReadAll(bytes.NewReader(input[:at]), "cut")
		if len(spans) > len(whole) {
			t.Fatalf("cut at %d: %d spans, the whole file has %d", at, len(spans), len(whole))
		}
		if err == nil {
			continue
		}
		failed++
		var e *codec.Error
		if !errors.As(err, &e) {
			t.Fatalf("cut at %d: %T %v, want *codec.Error", at, err, err)
		}
		if e.Offset > int64(at) || e.Message == "" || e.Name != "cut" {
			t.Errorf("cut at %d: offset %d, name %q: %v", at, e.Offset, e.Name, err)
		}
	}
	if failed == 0 {
		t.Error("no cut was noticed")
	}
}
