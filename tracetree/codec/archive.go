package codec

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"tracelab/tracetree"
)

// maxZip is the largest zip archive that is read, in bytes: its list of files is at its end, so it
// is held as a whole.
const maxZip = 1 << 30

// archive is a zip or tar archive: several inputs in one.
type archive interface {
	// next returns the next file and its name, or io.EOF.
	next() (string, io.Reader, error)
}

// openArchive returns the archive that the input is, or nil if it isn't one.
func openArchive(in *bufio.Reader) (archive, error) {
	head, err := in.Peek(512)
	switch {
	case err != nil && err != io.EOF:
		return nil, nil // the next read reports it
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return newZipArchive(in)
	case len(head) == 512 && bytes.Equal(head[257:262], []byte("ustar")):
		return &tarArchive{tar.NewReader(in)}, nil
	}
	return nil, nil
}

type tarArchive struct{ in *tar.Reader }

func (a *tarArchive) next() (string, io.Reader, error) {
	for {
		header, err := a.in.Next()
		switch {
		case err == io.EOF:
			return "", nil, io.EOF
		case err != nil:
			return "", nil, fmt.Errorf("read the archive: %w", err)
		case header.Typeflag == tar.TypeReg && !isHidden(header.Name):
			return header.Name, a.in, nil
		}
	}
}

type zipArchive struct {
	files []*zip.File
	open  io.Closer
}

func newZipArchive(in io.Reader) (*zipArchive, error) {
	all, err := io.ReadAll(io.LimitReader(in, maxZip+1))
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if len(all) > maxZip {
		return nil, fmt.Errorf("the zip archive has more than %d MiB, want tar.gz or its files one by one", maxZip>>20)
	}
	r, err := zip.NewReader(bytes.NewReader(all), int64(len(all)))
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	return &zipArchive{files: r.File}, nil
}

func (a *zipArchive) next() (string, io.Reader, error) {
	if a.open != nil {
		_ = a.open.Close() // the rest of the archive doesn't matter
		a.open = nil
	}
	for len(a.files) > 0 {
		file := a.files[0]
		a.files = a.files[1:]
		if !file.Mode().IsRegular() || isHidden(file.Name) {
			continue
		}
		r, err := file.Open()
		if err != nil {
			return "", nil, fmt.Errorf("read %s in the archive: %w", file.Name, err)
		}
		a.open = r
		return file.Name, r, nil
	}
	return "", nil, io.EOF
}

// isHidden reports whether a file is one that an operating system adds to archives.
func isHidden(name string) bool {
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(name[strings.LastIndexByte(name, '/')+1:], ".")
}

// maxArchives is how many archives there may be in each other.
const maxArchives = 4

// archiveStream reads the files of an archive one after the other. Each has a format of its own, or
// is an archive.
type archiveStream struct {
	open    []namedArchive // each in the one before it
	state   *state
	current stream
	format  Format // of the first file with spans
	found   bool
	broken  *Error // about the first file that was passed over
}

type namedArchive struct {
	archive
	name string
}

func newArchiveStream(a archive, s *state) *archiveStream {
	return &archiveStream{open: []namedArchive{{a, s.name}}, state: s}
}

func (s *archiveStream) next() ([]tracetree.Span, error) {
	for {
		if s.current == nil {
			if err := s.nextFile(); err != nil {
				if err == io.EOF && !s.found && s.broken != nil {
					s.state.name, err = s.broken.Name, s.broken
				}
				return nil, err
			}
		}
		spans, err := s.current.next()
		s.found = s.found || len(spans) > 0
		switch {
		case err == nil:
			return spans, nil
		case err == io.EOF:
			s.current = nil
		default:
			if err = s.pass(err, NotATrace, "the file is skipped"); err != nil {
				return spans, err
			}
		}
		if len(spans) > 0 {
			return spans, nil
		}
	}
}

// nextFile begins with the next file that can be recognized.
func (s *archiveStream) nextFile() error {
	for {
		last := len(s.open) - 1
		top := s.open[last]
		name, r, err := top.next()
		s.state.name, s.state.broken = top.name+": "+name, nil
		switch {
		case err == io.EOF && last == 0:
			return err
		case err == io.EOF:
			s.open = s.open[:last]
			continue
		case err != nil: // the archive itself is broken, and no file in it
			s.state.name = top.name
			s.open[last].archive = noFiles{}
			if err = s.pass(err, CutDocument, "the rest of the archive is skipped"); err != nil {
				return err
			}
			continue
		}
		if err := s.begin(r); err != nil {
			if err = s.pass(err, NotATrace, "the file is skipped"); err != nil {
				return err
			}
		}
		if s.current != nil {
			return nil
		}
	}
}

// noFiles is an archive without further files.
type noFiles struct{}

func (noFiles) next() (string, io.Reader, error) { return "", nil, io.EOF }

// begin begins with a file.
func (s *archiveStream) begin(src io.Reader) error {
	in, err := s.state.decompress(src)
	if err != nil {
		return err
	}
	inner, err := openArchive(in)
	switch {
	case err != nil:
		return err
	case inner != nil && len(s.open) == maxArchives:
		return fmt.Errorf("there are more than %d archives in each other", maxArchives)
	case inner != nil:
		s.open = append(s.open, namedArchive{inner, s.state.name})
		return nil
	}
	format, current, err := openStream(in, s.state)
	if err == nil {
		s.format, s.current = cmp.Or(s.format, format), current
	}
	return err
}

// pass passes over what can't be read, unless the reader is strict.
func (s *archiveStream) pass(err error, kind WarningKind, cost string) error {
	tooLarge := errors.Is(err, ErrTooLarge)
	located := asError(s.state.name, err)
	if s.state.strict || tooLarge {
		return located
	}
	s.broken = cmp.Or(s.broken, located)
	s.state.warnOf(kind, located, cost)
	s.current = nil
	return nil
}
