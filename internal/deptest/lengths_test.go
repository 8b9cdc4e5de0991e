package deptest

import (
	"slices"
	"testing"
)

const (
	shortFile  = "a file has one subject and is read in one sitting; split it by subject"
	shortLine  = "a line is read without scrolling, next to another file; break it, or name a part of it"
	narrowText = "prose is read line by line; wrap it"
)

func TestFilesAndLinesAreShort(t *testing.T) {
	t.Parallel()
	fset, packages := repository(t)
	found := LongFiles(fset, packages, 700, shortFile)
	core := slices.DeleteFunc(slices.Clone(packages), func(p Package) bool { return p.Dir != "tracetree" })
	found = append(found, LongFiles(fset, core, 500, shortFile)...)
	found = append(found, LongLines(fset, packages, 120, shortLine)...)
	found = append(found, LongComments(fset, packages, 100, narrowText)...)
	for _, v := range found {
		t.Error(v)
	}
}
