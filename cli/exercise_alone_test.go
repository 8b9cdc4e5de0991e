package cli_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tracelab/internal/slow"
)

// The program alone, without a checkout and a network, is enough to do a code exercise. The test is
// here because a test binary of package main would be linked at every change, like this one.
func TestCodeExerciseWorksFromTheProgramAlone(t *testing.T) {
	slow.Only(t)
	built := filepath.Join(t.TempDir(), program)
	if out, err := exec.Command("go", "build", "-o", built, "..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv("GOPROXY", "off")
	const name = "message-inject" // the exercise that imports the fakes
	dir := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command(built, "exercise", "start", name, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(built, "exercise", "answer", name, dir).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(out), "1 of 1 point is not right yet") {
		t.Errorf("%v, want exit code 1 and one result that isn't passed:\n%s", err, out)
	}
}
