package play_test

import (
	"testing"

	"tracelab/telemetry"
	"tracelab/tracetree/play"
)

// BenchmarkPlay plays the course's tree without an exporter, to measure the player and the SDK.
func BenchmarkPlay(b *testing.B) {
	pattern := parse(b, courseTree)
	pipeline := telemetry.NewPipeline(telemetry.Config{})
	b.ReportAllocs()
	if err := play.Play(b.Context(), pattern, over(pipeline), play.Config{Count: b.N, Rate: 1e6}); err != nil {
		b.Fatal(err)
	}
}
