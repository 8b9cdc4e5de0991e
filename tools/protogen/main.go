// Protogen generates Go code from .proto files without protoc: it compiles
// them with protocompile and hands the descriptors to the same plugins that
// protoc would start.
//
//	protogen [-check] [-root dir] -plugins dir file.proto...
//
// Files are named relative to the root, with slashes, and the generated code
// is written next to each of them. With -check nothing is written: protogen
// fails and names each file whose content on disk is not what it would write.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	default:
		fmt.Fprintln(os.Stderr, "protogen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("protogen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", ".", "`directory` that the .proto files are named from")
	plugins := flags.String("plugins", "", "`directory` of the built plugins (required)")
	check := flags.Bool("check", false, "compare with the files on disk, write nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *plugins == "" {
		return errors.New("missing flag -plugins: want the directory of the built plugins")
	}
	if flags.NArg() == 0 {
		return errors.New("missing argument: want at least one .proto file")
	}

	files, err := generate(ctx, *root, *plugins, flags.Args())
	if err != nil {
		return err
	}
	if *check {
		return compare(*root, files)
	}
	return write(*root, files)
}
