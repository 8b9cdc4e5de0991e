package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"tracelab/cli/show"
	"tracelab/lab/exercises/logbook"
)

// doneExercise is the progress of one exercise.
type doneExercise = logbook.Exercise

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

func readProgress() (*logbook.Progress, error) {
	file, err := logbook.Default(os.Getenv)
	if err != nil {
		return nil, usageError("%w", err)
	}
	p, err := file.Read()
	if err != nil {
		return nil, usageError("%w", err)
	}
	return p, nil
}

// noteProgress changes the progress of an exercise. If it can't be saved, that is a warning,
// because what was printed before stays valid.
func noteProgress(env *environment, name string, change func(*doneExercise)) {
	file, err := logbook.Default(os.Getenv)
	if err == nil {
		err = file.Update(func(p *logbook.Progress) {
			done := p.Exercises[name]
			change(&done)
			p.Exercises[name] = done
		})
	}
	if err != nil {
		fmt.Fprintln(env.stderr, "tracelab: warning:", show.Message(err.Error()))
	}
}

// resetProgress forgets the progress of an exercise, or of all without a name.
func resetProgress(env *environment, name string) error {
	file, err := logbook.Default(os.Getenv)
	if err != nil {
		return usageError("%w", err)
	}
	if name == "" {
		// A file that can't be read is reset as well. It is kept, as it may be worth fixing.
		kept := file.Path() + ".old"
		if err := os.Rename(file.Path(), kept); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("reset progress: %w", err)
		} else if err == nil {
			_, err := fmt.Fprintf(env.stdout, "All exercises are open again. The old progress is in %s\n", kept)
			return err
		}
		_, err := fmt.Fprintln(env.stdout, "All exercises are open.")
		return err
	}
	if err := file.Update(func(p *logbook.Progress) { delete(p.Exercises, name) }); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s is open again.\n", name)
	return err
}
