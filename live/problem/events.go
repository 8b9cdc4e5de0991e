package problem

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// heartbeat is the time after which a reader of events hears that the stream is open.
	heartbeat = 15 * time.Second
	// eventTimeout is how long a reader may take for an event. One that takes longer is dropped.
	eventTimeout = 5 * time.Second
)

// Events is a stream of server-sent events. Create one with [Stream].
type Events struct {
	// Beat has a value when [Events.StillHere] is due.
	Beat <-chan time.Time

	w       http.ResponseWriter
	control *http.ResponseController
	beat    *time.Ticker
}

// Stream begins a stream of events as the answer to a request. The caller stops it.
func Stream(w http.ResponseWriter) *Events {
	Header(w, "text/event-stream")
	beat := time.NewTicker(heartbeat)
	e := &Events{Beat: beat.C, w: w, control: http.NewResponseController(w), beat: beat}
	_ = e.control.SetReadDeadline(time.Time{}) // a recorder in a test has none
	return e
}

// Stop ends the heartbeat.
func (e *Events) Stop() { e.beat.Stop() }

// Send sends an event with a value as JSON, and reports whether the reader is still there.
func (e *Events) Send(event string, value any) bool {
	data, err := json.Marshal(value)
	return err == nil && e.write("event: %s\ndata: %s\n\n", event, data)
}

// StillHere sends a comment, which readers ignore and proxies don't, and reports whether the reader
// is still there.
func (e *Events) StillHere() bool { return e.write(": still here\n\n") }

func (e *Events) write(format string, args ...any) bool {
	_ = e.control.SetWriteDeadline(time.Now().Add(eventTimeout))
	_, err := fmt.Fprintf(e.w, format, args...)
	return err == nil && e.control.Flush() == nil
}
