// Image writes an image of the program for OCI: a layout in a tar file, which docker load, podman
// load, skopeo and crane read. It has the binary of each platform alone, and the certificates of
// Mozilla's list. Equal binaries give equal files.
//
//	image -version VERSION -o FILE linux/amd64=FILE linux/arm64=FILE
package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(args []string) (err error) {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	version := flags.String("version", "", "the `version` and tag (required)")
	out := flags.String("o", "", "`file` to write (required)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *version == "" || *out == "" || flags.NArg() == 0 {
		return errors.New("want -version, -o and OS/ARCH=FILE")
	}
	var index v1.ImageIndex = mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arg := range flags.Args() {
		platform, file, found := strings.Cut(arg, "=")
		system, arch, ok := strings.Cut(platform, "/")
		if !found || !ok {
			return fmt.Errorf("%q: want OS/ARCH=FILE", arg)
		}
		binary, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		on := v1.Platform{OS: system, Architecture: arch}
		image, err := imageOf(binary, *version, on)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &on}})
	}
	dir, err := os.MkdirTemp("", "image")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	name := map[string]string{
		"org.opencontainers.image.ref.name": *version, // of the specification
		"io.containerd.image.name":          "docker.io/library/tracelab:" + *version,
	}
	if err := path.AppendIndex(index, layout.WithAnnotations(name)); err != nil {
		return err
	}
	file, err := os.Create(*out)
	if err != nil {
		return err
	}
	return errors.Join(pack(file, dir), file.Close())
}

// imageOf returns the image of a binary.
func imageOf(binary []byte, version string, on v1.Platform) (v1.Image, error) {
	var certificates bytes.Buffer
	for root := range bundle.Roots() {
		if err := pem.Encode(&certificates, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	var layers []v1.Layer
	for _, f := range []struct {
		name string
		mode int64
		text []byte
	}{
		{"etc/ssl/certs/ca-certificates.crt", 0o644, certificates.Bytes()},
		{"tracelab", 0o755, binary},
	} {
		layer, err := layerOf(f.name, f.mode, f.text)
		if err != nil {
			return nil, err
		}
		layers = append(layers, layer)
	}
	image, err := mutate.AppendLayers(
		mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), layers...)
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(image, &v1.ConfigFile{
		OS: on.OS, Architecture: on.Architecture, RootFS: rootFS(image),
		Config: v1.Config{
			Entrypoint: []string{"/tracelab"}, User: "65532:65532",
			Labels: map[string]string{"org.opencontainers.image.version": version},
		},
	})
}

// rootFS returns the layers that an image names in its configuration.
func rootFS(image v1.Image) v1.RootFS {
	config, err := image.ConfigFile()
	if err != nil {
		return v1.RootFS{}
	}
	return config.RootFS
}

// layerOf returns a layer of one file, without a time.
func layerOf(name string, mode int64, text []byte) (v1.Layer, error) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	if err := w.WriteHeader(header(name, mode, int64(len(text)))); err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(
		func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer))
}

func header(name string, mode, size int64) *tar.Header {
	return &tar.Header{
		Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: size, ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
	}
}

// pack writes the files of a directory, in the order of their names.
func pack(to io.Writer, dir string) error {
	w := tar.NewWriter(to)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(header(filepath.ToSlash(name), 0o644, int64(len(text)))); err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	})
	return errors.Join(err, w.Close())
}
