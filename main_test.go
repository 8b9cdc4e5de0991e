package main

import (
	"path/filepath"
	"testing"

	"tracelab/internal/slow"
	"tracelab/lab/exercises/code"
)

// The program alone, without a checkout and a network, is enough to do a code exercise.
func TestCodeExerciseWorksFromTheProgramAlone(t *testing.T) {
	slow.Only(t)
	t.Setenv("GOPROXY", "off")
	list, err := code.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Name != "message-inject" { // the one that imports the fakes
			continue
		}
		dir := filepath.Join(t.TempDir(), e.Name)
		if err := e.Write(dir, code.Origin{Files: source}); err != nil {
			t.Fatal(err)
		}
		results, err := e.Grade(t.Context(), dir)
		if err != nil || len(results) != 1 || results[0].Passed {
			t.Errorf("%+v, %v: want one result that isn't passed", results, err)
		}
	}
}
