package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/taskservice/taskpb"
	"tracelab/telemetry"
)

// Config configures the gateway.
type Config struct {
	Telemetry telemetry.Service
	// Tasks is the task service; required. A connection with the options of [DialOptions] carries
	// the trace along.
	Tasks taskpb.TaskServiceClient
	// MaxBody is how many bytes a request's body may have. 0 or less means 64 KiB.
	MaxBody int64
	// Timeout is how long a request may take. 0 or less means 10 seconds.
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
	e.PATCH("/tasks/:id", g.updateTask)
	e.DELETE("/tasks/:id", g.deleteTask)
	// The server leaves the body out of the response to a HEAD.
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		e.Add(method, "/tasks", g.listTasks)
		e.Add(method, "/tasks/:id", g.getTask)
		e.Add(method, healthPath, func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	}
	return e, nil
}

type gateway struct {
	config   Config
	inFlight keySet
}

// errTimeout is the cause of a context that ended because a request took too long.
var errTimeout = errors.New("the request took longer than the gateway allows")

// limit bounds how much a request may send and how long it may take.
func (g *gateway) limit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		ctx, cancel := context.WithTimeoutCause(r.Context(), g.config.Timeout, errTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		r.Body = http.MaxBytesReader(c.Response(), r.Body, g.config.MaxBody)
		c.SetRequest(r)
		return interrupted(ctx, next(c))
	}
}

// interrupted returns the cause of an error for a request with a context: an error that the end of
// the context has caused, in any form, is replaced by the reason for which the context ended.
//
// The form of the error isn't enough. The end of a deadline reaches the task service, its database
// and the gateway at nearly the same time, each of them reports it to its caller, and the first
// report is either a deadline or a cancellation. Only the context has the cause: the client has
// left, which the server reports by canceling the request's context, or else the gateway's deadline
// has passed. The task service has the same deadline, and its clock may be ahead, so its report can
// arrive earlier.
func interrupted(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	code := status.Code(err)
	ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		code == codes.Canceled || code == codes.DeadlineExceeded
	switch {
	case !ended && ctx.Err() == nil, !ended && problemOf(err).Status < http.StatusInternalServerError:
		return err
	case clientLeft(ctx):
		return refuse(statusClientClosed, "")
	default:
		return refuse(http.StatusGatewayTimeout, "")
	}
}

// clientLeft reports whether the client closed its connection before the deadline.
func clientLeft(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil && context.Cause(ctx) != errTimeout && (!ok || time.Now().Before(deadline))
}
