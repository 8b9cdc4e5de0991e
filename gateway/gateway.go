package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// Config holds what the gateway works with.
type Config struct {
	Telemetry telemetry.Service
	// Tasks is the task service; required. A connection with the options of [DialOptions] carries
	// the trace along.
	Tasks taskpb.TaskServiceClient
	// MaxBody is how many bytes a request's body may have. 0 means 64 KiB.
	MaxBody int64
	// Timeout is how long a request may take. 0 means 10 seconds.
	Timeout time.Duration
}

const healthPath = "/healthz"

// New returns the gateway's handler. It is safe for concurrent use.
func New(config Config) (http.Handler, error) {
	config.Telemetry = config.Telemetry.Defaults()
	if config.Tasks == nil {
		return nil, errors.New("configure gateway: Tasks is required")
	}
	if config.MaxBody <= 0 {
		config.MaxBody = 64 << 10
	}
	if config.Timeout <= 0 {
		config.Timeout = 10 * time.Second
	}
	g := &gateway{config: config}
	e := echo.New()
	e.HTTPErrorHandler = g.writeError
	e.Use(instrument(config.Telemetry), g.limit)
	e.POST("/tasks", g.createTask)
	e.GET("/tasks", g.listTasks)
	e.GET("/tasks/:id", g.getTask)
	e.PATCH("/tasks/:id", g.updateTask)
	e.DELETE("/tasks/:id", g.deleteTask)
	e.GET(healthPath, func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	return e, nil
}

type gateway struct{ config Config }

// limit bounds how much a request may send and how long it may take.
func (g *gateway) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		ctx, cancel := context.WithTimeout(r.Context(), g.config.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
		// The context doesn't end a read from the connection. A server that can't set a deadline
		// has one of its own.
		if deadline, ok := ctx.Deadline(); ok {
			_ = http.NewResponseController(c.Response()).SetReadDeadline(deadline)
		}
		r.Body = http.MaxBytesReader(c.Response(), r.Body, g.config.MaxBody)
		c.SetRequest(r)
		return next(c)
	}
}
