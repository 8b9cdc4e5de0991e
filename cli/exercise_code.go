package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tracelab/cli/show"
	"tracelab/internal/source"
	"tracelab/internal/words"
	"tracelab/lab/exercises/code"
)

// read returns the exercises of the pack.
func (s exercisePack) read() ([]*code.Exercise, error) {
	if s.Pack == "" {
		return code.Builtin()
	}
	if info, err := os.Stat(s.Pack); err != nil || !info.IsDir() {
		return nil, usageError("pack %s: want a folder of txtar files", s.Pack)
	}
	pack, err := code.Pack(os.DirFS(s.Pack))
	var mistake *source.Error
	switch {
	case errors.As(err, &mistake):
		mistake.File = filepath.Join(s.Pack, mistake.File)
		return nil, usageError("%w", mistake)
	case err != nil:
		return nil, usageError("pack %s: %w", s.Pack, err)
	}
	return pack, nil
}

// exerciseOrigin is the flag that sets where code exercises get tracelab's packages from.
type exerciseOrigin struct {
	Source string `help:"Use the packages of a checkout of tracelab instead of those in the program." placeholder:"FOLDER"`
}

func (s exerciseOrigin) origin(env *environment) (code.Origin, error) {
	if s.Source != "" {
		dir, err := filepath.Abs(s.Source)
		return code.Origin{Files: os.DirFS(dir), Dir: dir}, err
	}
	if env.source == nil {
		return code.Origin{}, usageError("this program has no packages in it: want --source with a checkout of tracelab")
	}
	return code.Origin{Files: env.source}, nil
}

// exerciseStartCommand writes the module of an exercise.
type exerciseStartCommand struct {
	Name string `arg:"" help:"The exercise, one of those in Go." values:"exercises"`
	Dir  string `arg:"" help:"A directory that is empty, or doesn't exist."`
	exercisePack
	exerciseOrigin
}

func (c exerciseStartCommand) Run(env *environment) error {
	from := exerciseFrom{exercisePack: c.exercisePack}
	e, err := from.lookup(c.Name)
	if err != nil {
		return err
	}
	if e.Code == nil {
		return usageError("%s has no code to start with: want tracelab exercise show %[1]s", e.Name)
	}
	origin, err := c.origin(env)
	if err != nil {
		return err
	}
	if err := e.Code.Write(c.Dir, origin); err != nil {
		return usageError("%w", err)
	}
	if err := printTask(env.stdout, env.width, e, from); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "The code is in %[1]s. Change it, and run go test there.\n"+
		"At each save:  tracelab exercise watch %[1]s %[2]s%[3]s\n"+
		"Your answer:   tracelab exercise answer %[2]s %[1]s%[3]s\n", c.Dir, e.Name, from.flags())
	return err
}

// exerciseCheckCommand checks a pack.
type exerciseCheckCommand struct {
	Pack string `arg:"" help:"The folder of the pack."`
	exerciseOrigin
}

func (c exerciseCheckCommand) Run(ctx context.Context, env *environment) error {
	pack, err := exercisePack{c.Pack}.read()
	if err != nil {
		return err
	}
	origin, err := c.origin(env)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.stderr, "tracelab: compiling and running the tests of each part; this takes a minute…")
	problems, err := code.Check(ctx, pack, origin)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return usageError("%w", err)
		}
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(env.stdout, show.Message(p.String()))
	}
	if len(problems) > 0 {
		return &exitError{code: exitFailed}
	}
	parts := 0
	for _, e := range pack {
		parts += len(e.Near)
	}
	_, err = fmt.Fprintf(env.stdout, "%s: each fails at first, passes with its solution, and fails with %s.\n",
		words.Count(len(pack), "exercise"), words.Count(parts, "near-solution"))
	return err
}
