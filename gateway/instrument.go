package gateway

import (
	"encoding/hex"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/metric/noop"
	oldconv "go.opentelemetry.io/otel/semconv/v1.16.0"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"tracelab/telemetry"
)

// instrument gives every request but the health check a SERVER span named after its method and
// route. It is otelhttp's, with what Echo needs added:
//
//   - the route, which Echo finds before its middleware runs, is in the name and in http.route
//     when the sampler decides;
//   - a returned error is turned into its response, and a panic into a 500,
//     inside the span, so that the span has the response's status;
//   - a failed request has an error.type;
//   - the response names its trace in the header traceresponse;
//   - the older attribute names are set as well as the current ones.
//
// Without a TracerProvider the errors and panics are dealt with alike, and nothing else is done.
func instrument(s telemetry.Service) echo.MiddlewareFunc {
	if !s.Traced() {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				serve(c, next, s.Logger)
				return nil
			}
		}
	}
	traced := otelhttp.NewMiddleware("",
		otelhttp.WithTracerProvider(s.TracerProvider),
		otelhttp.WithPropagators(telemetry.HTTPEdge(s.Propagator)),
		otelhttp.WithMeterProvider(noop.NewMeterProvider()))
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if c.Path() == healthPath {
				return next(c)
			}
			response, request := c.Response(), c.Request()
			raw := response.Writer
			defer func() { response.Writer = raw }()
			request.Pattern = c.Path()
			traced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				response.Writer = w
				c.SetRequest(r)
				serve(c, next, s.Logger)
			})).ServeHTTP(raw, request)
			return nil
		}
	}
}

// serve answers the request inside its span.
func serve(c echo.Context, next echo.HandlerFunc, logger *slog.Logger) {
	request := c.Request()
	ctx := request.Context()
	span := trace.SpanFromContext(ctx)
	if sc := span.SpanContext(); sc.IsValid() && !sc.IsRemote() {
		c.Response().Header().Set(headerTraceresponse, traceresponse(sc))
	}

	var err error
	panicked := catch(func() { err = next(c) })
	if panicked != nil {
		err = panicked
		logger.LogAttrs(
			ctx,
			slog.LevelError,
			"panic",
			slog.Any("panic", panicked.Value),
			slog.String("stack", string(panicked.Stack)),
		)
	}
	if err != nil {
		c.Error(err)
	}

	status := c.Response().Status
	if span.IsRecording() {
		span.SetAttributes(
			oldconv.HTTPMethodKey.String(request.Method),
			oldconv.HTTPStatusCodeKey.Int(status),
			oldconv.NetPeerNameKey.String(peer(request)))
		// otelhttp records these as they come.
		telemetry.Mask(span, semconv.URLPathKey, request.URL.Path)
		telemetry.Mask(span, semconv.UserAgentOriginalKey, request.UserAgent())
		switch {
		case panicked != nil:
			span.SetAttributes(semconv.ErrorTypeKey.String("panic"))
		case status >= http.StatusInternalServerError:
			span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
		}
	}
	logger.LogAttrs(ctx, levelOf(status), "request served",
		slog.String("method", request.Method), slog.String("route", c.Path()), slog.Int("status", status))
}

func levelOf(status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// catch runs do and returns its panic, if any. http.ErrAbortHandler goes on: with it a handler
// makes the server drop the connection.
func catch(do func()) (p *telemetry.PanicError) {
	defer func() {
		v := recover()
		if v == http.ErrAbortHandler {
			panic(v)
		}
		p = telemetry.Recovered(v)
	}()
	do()
	return nil
}

// headerTraceresponse is spelled as net/http keeps it, or each response would make that spelling.
const headerTraceresponse = "Traceresponse"

// traceresponse formats the header of the W3C Trace Context draft, level 3: the trace and span that
// served the request.
func traceresponse(sc trace.SpanContext) string {
	traceID, spanID := sc.TraceID(), sc.SpanID()
	b := make([]byte, 0, 55)
	b = append(b, "00-"...)
	b = hex.AppendEncode(b, traceID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, spanID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, []byte{byte(sc.TraceFlags())})
	return string(b)
}

func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
