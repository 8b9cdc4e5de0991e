package code

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"tracelab/internal/source"
)

// An Exercise is a broken service, the test that finds it, and solutions.
type Exercise struct {
	Name   string // that of its file
	Title  string
	Lesson string
	Task   string
	Hints  []string
	// Near are the names of the near-solutions, in order.
	Near []string

	// files are the texts of each part, by the part and the name of the file.
	files map[string]map[string]string
}

// The parts of an exercise, apart from the near-solutions.
const (
	testPart     = "test"
	brokenPart   = "broken"
	solutionPart = "solution"
	nearPart     = "near"
)

// fewestNear is the least number of near-solutions.
const fewestNear = 3

//go:embed pack/*.txtar support/*
var embedded embed.FS

// inputsName is the file that every exercise has in addition to its own.
const inputsName = "inputs_test.go"

// Builtin returns the exercises that come with the program.
func Builtin() ([]*Exercise, error) {
	pack, err := fs.Sub(embedded, "pack")
	if err != nil {
		return nil, err
	}
	return Pack(pack)
}

// Pack returns the exercises of a folder, in the order of their files' names.
func Pack(pack fs.FS) ([]*Exercise, error) {
	names, err := fs.Glob(pack, "*"+extension)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("read pack: found no file *%s: want a file for each exercise", extension)
	}
	slices.Sort(names)
	var list []*Exercise
	for _, name := range names {
		text, err := fs.ReadFile(pack, name)
		if err != nil {
			return nil, fmt.Errorf("read pack: %w", err)
		}
		e, err := Parse(name, text)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

const extension = ".txtar"

var (
	exerciseName = regexp.MustCompile(`^[0-9]*-?([a-z][a-z0-9-]*)$`)
	partName     = regexp.MustCompile(`^(test|broken|solution|near[1-9])/([a-z0-9_]+\.go)$`)
)

// Parse reads an exercise. Its name is that of the file, without a number in front that orders the
// pack. Errors are of type [*source.Error].
func Parse(file string, text []byte) (*Exercise, error) {
	text = bytes.TrimPrefix(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\ufeff"))
	at := func(line int, format string, args ...any) error {
		return source.At(file, string(text), line, 1, format, args...)
	}
	name := exerciseName.FindStringSubmatch(strings.TrimSuffix(path.Base(file), extension))
	switch {
	case !utf8.Valid(text):
		return nil, at(1, "the file is not text in UTF-8: want an exercise")
	case name == nil:
		return nil, at(1, "the name of the file is %q: want lower-case letters, digits and hyphens, and %s", path.Base(file),
			extension)
	}
	archive := txtar.Parse(text)
	e := &Exercise{Name: name[1], files: map[string]map[string]string{}}
	if err := e.readHeader(string(archive.Comment), at); err != nil {
		return nil, err
	}
	line := bytes.Count(archive.Comment, []byte("\n"))
	for _, f := range archive.Files {
		line++
		if err := e.readSection(f, func(format string, args ...any) error { return at(line, format, args...) }); err != nil {
			return nil, err
		}
		line += bytes.Count(f.Data, []byte("\n"))
	}
	if err := e.complete(func(format string, args ...any) error { return at(line, format, args...) }); err != nil {
		return nil, err
	}
	return e, nil
}

// readHeader reads the lines of "key: value" and the task below them.
func (e *Exercise) readHeader(text string, at func(int, string, ...any) error) error {
	head, task, _ := strings.Cut(text, "\n\n")
	for i, line := range strings.Split(strings.TrimSpace(head), "\n") {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case key == "title" && e.Title == "" && value != "":
			e.Title = value
		case key == "lesson" && e.Lesson == "" && value != "":
			e.Lesson = value
		default:
			return at(i+1, "found %q at the top: want one line title: … and one line lesson: …, and a blank line", line)
		}
	}
	if e.Task = strings.TrimSpace(task); e.Title == "" || e.Lesson == "" || e.Task == "" {
		return at(1, "the file has no title, no lesson or no task: want title: … and lesson: … at its top, and a text "+
			"after a blank line")
	}
	return nil
}

func (e *Exercise) readSection(f txtar.File, at func(string, ...any) error) error {
	if f.Name == "hint" {
		e.Hints = append(e.Hints, strings.TrimSpace(string(f.Data)))
		return nil
	}
	m := partName.FindStringSubmatch(f.Name)
	if m == nil {
		return at("unknown section %q: want hint, or a Go file in test/, broken/, solution/ or near1/ to near9/", f.Name)
	}
	part, name := m[1], m[2]
	switch _, twice := e.files[part][name]; {
	case twice:
		return at("section %s is there twice: want one", f.Name)
	case name == inputsName:
		return at("section %s has the name of a file that every exercise has: want another name", f.Name)
	case strings.HasSuffix(name, "_test.go") && part != testPart:
		return at("section %s is a test: want it in test/", f.Name)
	case !bytes.Contains(append([]byte("\n"), f.Data...), []byte("\npackage exercise\n")):
		return at("section %s isn't of package exercise: want a line package exercise", f.Name)
	}
	if e.files[part] == nil {
		e.files[part] = map[string]string{}
		if strings.HasPrefix(part, nearPart) {
			e.Near = append(e.Near, part)
		}
	}
	e.files[part][name] = string(f.Data)
	return nil
}

// complete returns an error if a part is missing, or if a solution adds files.
func (e *Exercise) complete(at func(string, ...any) error) error {
	switch {
	case len(e.Hints) < 2:
		return at("the file has %d hints: want two or more, from vague to concrete", len(e.Hints))
	case len(e.files[testPart]) == 0 || len(e.files[brokenPart]) == 0 || len(e.files[solutionPart]) == 0:
		return at("the file lacks a part: want files in test/, broken/ and solution/")
	case len(e.Near) < fewestNear:
		return at("the file has %d near-solutions: want %d or more, in near1/, near2/ and so on", len(e.Near), fewestNear)
	}
	for _, part := range append([]string{solutionPart}, e.Near...) {
		for _, name := range sortedKeys(e.files[part]) {
			if _, ok := e.files[brokenPart][name]; !ok {
				return at("%s/%s isn't among the files of broken/: want the files that a learner changes", part, name)
			}
		}
	}
	return nil
}

// Solution returns the files of the solution, each below a line with its name.
func (e *Exercise) Solution() string {
	archive := &txtar.Archive{}
	for _, name := range sortedKeys(e.files[solutionPart]) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(e.files[solutionPart][name])})
	}
	return strings.TrimSpace(string(txtar.Format(archive)))
}

// variant returns the files of a module in which the learner's files are those of a part.
func (e *Exercise) variant(part string) (map[string]string, error) {
	inputs, err := embedded.ReadFile("support/" + inputsName + ".txt")
	if err != nil {
		return nil, err
	}
	files := map[string]string{inputsName: string(inputs)}
	for _, from := range []string{testPart, brokenPart, part} {
		for name, text := range e.files[from] {
			files[name] = text
		}
	}
	return files, nil
}
