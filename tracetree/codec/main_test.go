package codec_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A reader has nothing to close, so it must leave nothing running: decompressors work in the
// caller's goroutine.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
