package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"tracelab/internal/words"
	"tracelab/tracetree"
	"tracelab/tracetree/codec"
	"tracelab/tracetree/codec/mask"
)

// convertCommand converts trace files to another format.
type convertCommand struct {
	Files       []string `arg:"" name:"file" help:"Trace files of any known format, also compressed. - is standard input."`
	To          string   `help:"Output format: ${enum}." enum:"otlp,stdouttrace" default:"otlp"`
	Output      string   `short:"o" help:"Output file. Without it, standard output." placeholder:"FILE"`
	KeepSecrets bool     `help:"Don't mask secrets."`
	Strict      bool     `help:"Refuse files with bad values, truncated documents or lines that aren't traces. By default, only their bad parts are skipped, with a warning."`
}

func (c convertCommand) Run(ctx context.Context, env *environment) (err error) {
	capture, err := openCapture(ctx, env, c.Files, c.Strict)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, capture.close()) }()
	out := env.stdout
	if c.Output != "" {
		f, err2 := createFile(ctx, c.Output)
		if err2 != nil {
			return err2
		}
		defer func() { err = f.finish(err) }()
		out = f
	}
	w := bufio.NewWriter(out)
	write := map[string]func(io.Writer, []tracetree.Span) error{
		"otlp": codec.WriteOTLPJSON, "stdouttrace": codec.WriteStdoutTrace,
	}[c.To]
	masked, masker := 0, mask.New()
	var lost []string
	to := map[string]codec.Format{"otlp": codec.OTLPJSON, "stdouttrace": codec.StdoutTrace}[c.To]
	err = capture.each(ctx, env, func(spans []tracetree.Span) error {
		if !c.KeepSecrets {
			masked += masker.Spans(spans)
		}
		for _, what := range codec.Losses(to, spans) {
			if !slices.Contains(lost, what) {
				lost = append(lost, what)
			}
		}
		return write(w, spans)
	})
	for _, what := range lost {
		fmt.Fprintf(env.stderr, "tracelab: %s can't hold %s\n", c.To, what)
	}
	if masked > 0 {
		fmt.Fprintf(env.stderr, "tracelab: %s masked; use --keep-secrets to keep them\n", words.Count(masked, "secret"))
	}
	return errors.Join(err, w.Flush())
}
