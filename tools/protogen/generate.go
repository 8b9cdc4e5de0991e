package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// pluginNames are the plugins that run on every file, in this order.
var pluginNames = [...]string{"protoc-gen-go", "protoc-gen-go-grpc"}

// file is one generated file; its name is relative to the root.
type file struct {
	name    string
	content string
}

// generate compiles the named .proto files and returns what the plugins make
// of them.
func generate(ctx context.Context, root, pluginDir string, names []string) ([]file, error) {
	request, err := compile(ctx, root, names)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, name := range pluginNames {
		made, err := runPlugin(ctx, filepath.Join(pluginDir, name), request)
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", name, err)
		}
		files = append(files, made...)
	}
	return files, nil
}

// compile returns the request that protoc would send to a plugin, encoded.
func compile(ctx context.Context, root string, names []string) ([]byte, error) {
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			ImportPaths: []string{root},
		}),
		// The generated code carries the comments of the .proto files.
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := compiler.Compile(ctx, names...)
	if err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	request := &pluginpb.CodeGeneratorRequest{
		FileToGenerate: names,
		Parameter:      proto.String("paths=source_relative"),
	}
	seen := make(map[string]bool)
	for _, fd := range compiled {
		request.ProtoFile = appendWithImports(request.ProtoFile, seen, fd)
	}
	encoded, err := proto.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return encoded, nil
}

// appendWithImports adds fd after everything that it imports: plugins expect
// files in topological order, each once.
func appendWithImports(
	to []*descriptorpb.FileDescriptorProto, seen map[string]bool, fd protoreflect.FileDescriptor,
) []*descriptorpb.FileDescriptorProto {
	if seen[fd.Path()] {
		return to
	}
	seen[fd.Path()] = true
	imports := fd.Imports()
	for i := range imports.Len() {
		to = appendWithImports(to, seen, imports.Get(i).FileDescriptor)
	}
	return append(to, protodesc.ToFileDescriptorProto(fd))
}

func runPlugin(ctx context.Context, path string, request []byte) ([]file, error) {
	var stdout, stderr bytes.Buffer
	plugin := exec.CommandContext(ctx, path)
	plugin.Stdin = bytes.NewReader(request)
	plugin.Stdout = &stdout
	plugin.Stderr = &stderr
	if err := plugin.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	var response pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(stdout.Bytes(), &response); err != nil {
		return nil, fmt.Errorf("decode response: %w", err)
	}
	if response.Error != nil {
		return nil, errors.New(response.GetError())
	}
	files := make([]file, 0, len(response.File))
	for _, f := range response.File {
		files = append(files, file{name: f.GetName(), content: f.GetContent()})
	}
	return files, nil
}
