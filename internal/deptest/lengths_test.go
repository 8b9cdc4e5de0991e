package deptest

import (
	"go/token"
	"os"
	"slices"
	"testing"
)

const (
	shortFile = "a file has one subject and is read in one sitting; split it by subject"
	shortLine = "a line is read without scrolling, beside another file; break it, or name a part of it"
)

// unwrapped are the directories, and all below them, that still have code lines over the limit.
var unwrapped = []string{
	"lab", "tracetree/play",
}

func TestFilesAndLinesAreShort(t *testing.T) {
	fset := token.NewFileSet()
	packages, err := Load(os.DirFS("../.."), fset)
	if err != nil {
		t.Fatal(err)
	}
	found := LongFiles(fset, packages, 700, shortFile)
	core := slices.DeleteFunc(slices.Clone(packages), func(p Package) bool { return p.Dir != "tracetree" })
	found = append(found, LongFiles(fset, core, 500, shortFile)...)
	for _, p := range packages {
		long := LongLines(fset, []Package{p}, 120, shortLine)
		if slices.ContainsFunc(unwrapped, func(dir string) bool { return under(dir+"/...", p.Dir) }) {
			continue
		}
		found = append(found, long...)
	}
	for _, v := range found {
		t.Error(v)
	}
}
