package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// build writes an image of two platforms, and returns it.
func build(t *testing.T, amd64 string) []byte {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"amd64": amd64, "arm64": "another program"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "image.tar")
	err := run([]string{
		"-version", "v1.2.3", "-o", out, "linux/amd64=" + filepath.Join(dir, "amd64"), "linux/arm64=" + filepath.Join(dir, "arm64"),
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEqualBinariesGiveEqualImages(t *testing.T) {
	first := build(t, "a program")
	if !bytes.Equal(first, build(t, "a program")) {
		t.Error("two images of one program differ")
	}
	if bytes.Equal(first, build(t, "a program!")) {
		t.Error("two images of two programs are equal")
	}
}

func TestImage(t *testing.T) {
	dir := t.TempDir()
	unpack(t, bytes.NewReader(build(t, "a program")), func(h *tar.Header, text []byte) {
		file := filepath.Join(dir, filepath.FromSlash(h.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, text, 0o600)); err != nil {
			t.Fatal(err)
		}
	})
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 ||
		manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "v1.2.3" {
		t.Fatalf("%v, index %+v: want one image of v1.2.3", err, manifest)
	}
	index, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Errorf("digests and sizes: %v", err)
	}
	platforms, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"linux/amd64": "a program", "linux/arm64": "another program"}
	for _, m := range platforms.Manifests {
		image, err := index.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		wantImage(t, image, m.Platform, want[m.Platform.String()])
		delete(want, m.Platform.String())
	}
	if len(want) > 0 {
		t.Errorf("platforms are missing: %v", want)
	}
}

func wantImage(t *testing.T, image v1.Image, on *v1.Platform, program string) {
	t.Helper()
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if config.OS+"/"+config.Architecture != on.String() || config.Config.User != "65532:65532" ||
		!slices.Equal(config.Config.Entrypoint, []string{"/tracelab"}) {
		t.Errorf("%s: configuration %+v", on, config)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]bool{}
	for _, layer := range layers {
		text, err := layer.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		unpack(t, text, func(h *tar.Header, text []byte) {
			files[h.Name] = true
			switch h.Name {
			case "tracelab":
				if string(text) != program || h.Mode != 0o755 {
					t.Errorf("%s: the program is %q with mode %o, want %q", on, text, h.Mode, program)
				}
			case "etc/ssl/certs/ca-certificates.crt":
				if !x509.NewCertPool().AppendCertsFromPEM(text) {
					t.Error("no certificate can be read")
				}
			}
			if h.ModTime.Unix() != 0 {
				t.Errorf("%s has the time %s", h.Name, h.ModTime)
			}
		})
	}
	if len(files) != 2 {
		t.Errorf("%s: files %v, want the program and certificates", on, files)
	}
}

func unpack(t *testing.T, r io.Reader, do func(*tar.Header, []byte)) {
	t.Helper()
	for reader := tar.NewReader(r); ; {
		h, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		do(h, text)
	}
}

func TestWrongArguments(t *testing.T) {
	for _, tt := range []struct {
		reason, err string
		args        []string
	}{
		{"nothing", "want -version, -o and OS/ARCH=FILE", nil},
		{"no file", `"linux/amd64": want OS/ARCH=FILE`, []string{"linux/amd64"}},
		{"no architecture", `"linux=x": want OS/ARCH=FILE`, []string{"linux=x"}},
		{"a file that isn't there", "no such file", []string{"linux/amd64=nowhere"}},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			args := tt.args
			if args != nil {
				args = append([]string{"-version", "v1", "-o", filepath.Join(t.TempDir(), "x")}, args...)
			}
			if err := run(args); err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}
