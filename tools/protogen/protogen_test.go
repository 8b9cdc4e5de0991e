package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const service = `syntax = "proto3";
package pets;
import "google/protobuf/timestamp.proto";
option go_package = "example.org/pets";
service Pets { rpc Feed(Pet) returns (Pet); }
// Pet has been fed.
message Pet { google.protobuf.Timestamp fed_at = 1; }
`

// plugins builds the plugins that tools/go.mod names and returns their
// directory.
func plugins(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir,
		"google.golang.org/protobuf/cmd/protoc-gen-go", "google.golang.org/grpc/cmd/protoc-gen-go-grpc")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the plugins: %v\n%s", err, output)
	}
	return dir
}

// tree writes a file below a new root and returns the root.
func tree(t *testing.T, name, content string) string {
	t.Helper()
	root := t.TempDir()
	path := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func protogen(t *testing.T, args ...string) error {
	t.Helper()
	return run(t.Context(), args, io.Discard)
}

func TestCheckNamesWhatIsMissingAndStaleUntilItIsGenerated(t *testing.T) {
	root, dir := tree(t, "pb/pets.proto", service), plugins(t)
	generate := []string{"-root", root, "-plugins", dir, "pb/pets.proto"}
	check := append([]string{"-check"}, generate...)

	err := protogen(t, check...)
	for _, want := range []string{"pb/pets.pb.go is missing", "pb/pets_grpc.pb.go is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("check before generating: %v, want an error with %q", err, want)
		}
	}

	if err := protogen(t, generate...); err != nil {
		t.Fatalf("generate: %v", err)
	}
	if err := protogen(t, check...); err != nil {
		t.Errorf("check after generating: %v, want none", err)
	}
	code := filepath.Join(root, "pb", "pets.pb.go")
	source, err := os.ReadFile(code)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(source), "// Pet has been fed.") {
		t.Error("the generated code lacks the comments of the .proto file")
	}

	if err := os.WriteFile(code, append(source, "// edited\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	err = protogen(t, check...)
	if err == nil || !strings.Contains(err.Error(), "pb/pets.pb.go is stale") || strings.Contains(err.Error(), "grpc") {
		t.Errorf("check after an edit: %v, want an error about pets.pb.go alone", err)
	}
}

func TestRunReportsWhatItCannotDo(t *testing.T) {
	tests := []struct {
		source string
		args   []string
		want   string
		reason string
	}{
		{service, []string{"a.proto"}, "missing flag -plugins", "the plugins are required"},
		{service, []string{"-plugins", "bin"}, "missing argument", "so is a file"},
		{"syntax = \"proto3\";\nmessage {}", []string{"-plugins", "bin", "a.proto"}, "a.proto:2:9", "a syntax error is located"},
		{"syntax = \"proto3\";\nimport \"none.proto\";", []string{"-plugins", "bin", "a.proto"}, "none.proto", "an import that isn't there is named"},
		{service, []string{"-plugins", "bin", "b.proto"}, "b.proto", "a file that is not there is named"},
		{service, []string{"-plugins", "no/where", "a.proto"}, "run protoc-gen-go", "a plugin that isn't there is named"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			root := tree(t, "a.proto", tt.source)
			err := protogen(t, append([]string{"-root", root}, tt.args...)...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("protogen %v: error %v, want one with %q", tt.args, err, tt.want)
			}
		})
	}
}

func TestAPluginsErrorIsReported(t *testing.T) {
	// No go_package: protoc-gen-go refuses the file.
	root := tree(t, "a.proto", "syntax = \"proto3\";\nmessage A {}")
	_, err := generate(t.Context(), root, plugins(t), []string{"a.proto"})
	if err == nil || !strings.Contains(err.Error(), "unable to determine Go import path") {
		t.Errorf("generate: error %v, want the plugin's", err)
	}
}
