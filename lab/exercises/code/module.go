package code

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Packages are the directories of this module that the tests of exercises need: package treetest,
// the fakes, and what they import.
func Packages() []string {
	return []string{
		"fakes",
		"internal/expect",
		"internal/grpcstatus",
		"internal/redact",
		"internal/source",
		"tracetree",
		"tracetree/check",
		"tracetree/check/hops",
		"tracetree/check/internal/span",
		"tracetree/check/internal/texthash",
		"tracetree/check/semconv",
		"tracetree/clock",
		"tracetree/codec/fromsdk",
		"tracetree/codec/internal/value",
		"tracetree/treetest",
	}
}

// copyName is the directory of an exercise that has the packages.
const copyName = ".tracelab"

// Origin is where an exercise has the packages from.
type Origin struct {
	// Files has the module's files: go.mod, go.sum and Packages.
	Files fs.FS
	// Dir is the directory of Files, which exercises then refer to. If it is empty, the packages
	// are copied.
	Dir string
}

// Write writes the exercise into a directory that is empty or doesn't exist.
func (e *Exercise) Write(dir string, origin Origin) error {
	found, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("start exercise: %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("start exercise: %s has files, such as %s: want an empty directory", dir, found[0].Name())
	}
	files, err := e.variant(brokenPart)
	if err != nil {
		return err
	}
	files["README.md"] = fmt.Sprintf("# %s\n\n%s\n\nChange %s. Run `go test ./...`, or `tracelab exercise watch . %s`.\n",
		e.Title, e.Task, strings.Join(sortedKeys(e.files[brokenPart]), " and "), e.Name)
	module, err := moduleFiles(origin)
	if err != nil {
		return fmt.Errorf("start exercise: %w", err)
	}
	maps.Copy(files, module)
	if err := writeAll(dir, files); err != nil {
		return fmt.Errorf("start exercise: %w", err)
	}
	return nil
}

var moduleLine = regexp.MustCompile(`(?m)^module tracelab$`)

// moduleFiles returns the files that make a directory a module which can import this one's packages
// without a network: the requirements are those of this module, in the same versions.
func moduleFiles(origin Origin) (map[string]string, error) {
	mod, err := fs.ReadFile(origin.Files, "go.mod")
	if err != nil {
		return nil, err
	}
	sum, err := fs.ReadFile(origin.Files, "go.sum")
	if err != nil {
		return nil, err
	}
	if !moduleLine.Match(mod) {
		return nil, fmt.Errorf("go.mod of %s isn't that of tracelab: want its line module tracelab", origin.Dir)
	}
	replacement := "./" + copyName
	if origin.Dir != "" {
		replacement = fmt.Sprintf("%q", filepath.ToSlash(origin.Dir))
	}
	text := moduleLine.ReplaceAllString(string(mod), "module exercise") +
		"\nrequire tracelab v0.0.0\n\nreplace tracelab => " + replacement + "\n"
	files := map[string]string{"go.mod": text, "go.sum": string(sum)}
	if origin.Dir == "" {
		files[copyName+"/go.mod"] = string(mod)
		for _, dir := range Packages() {
			if err := addPackage(files, origin.Files, dir); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}

// addPackage adds the files of a package, without its tests.
func addPackage(files map[string]string, from fs.FS, dir string) error {
	entries, err := fs.ReadDir(from, dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(from, path.Join(dir, name))
		if err != nil {
			return err
		}
		files[path.Join(copyName, dir, name)] = string(text)
	}
	return nil
}

func writeAll(dir string, files map[string]string) error {
	for _, name := range sortedKeys(files) {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, []byte(files[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
