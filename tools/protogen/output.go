package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// write stores the files below root. A file that is already right is left
// alone, so that its modification time tells when it last changed.
func write(root string, files []file) error {
	for _, f := range files {
		path := filepath.Join(root, filepath.FromSlash(f.name))
		if onDisk, err := os.ReadFile(path); err == nil && string(onDisk) == f.content {
			continue
		}
		if err := os.WriteFile(path, []byte(f.content), 0o644); err != nil {
			return fmt.Errorf("write generated code: %w", err)
		}
	}
	return nil
}

// compare returns an error that names every file whose content below root is
// not the generated one.
func compare(root string, files []file) error {
	var stale []error
	for _, f := range files {
		onDisk, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			stale = append(stale, fmt.Errorf("%s is missing: run make generate", f.name))
		case err != nil:
			stale = append(stale, fmt.Errorf("read generated code: %w", err))
		case string(onDisk) != f.content:
			stale = append(stale, fmt.Errorf("%s is stale: run make generate", f.name))
		}
	}
	return errors.Join(stale...)
}
