package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
)

// taskJSON is a task as HTTP shows it.
type taskJSON struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Status      string    `json:"status"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

func toTask(t *taskpb.Task) taskJSON {
	return taskJSON{
		ID: t.GetId(), Title: t.GetTitle(), Description: t.GetDescription(),
		Status:    taskpb.StatusText(t.GetStatus()),
		CreatedAt: t.GetCreatedAt().AsTime(), UpdatedAt: t.GetUpdatedAt().AsTime(),
	}
}

// invalid turns broken rules of the contract into the problem to answer with, so that a request
// that can't succeed goes no further.
func invalid(violations []task.Violation) error {
	if len(violations) == 0 {
		return nil
	}
	fields := make([]fieldError, len(violations))
	for i, v := range violations {
		fields[i] = fieldError{v.Field, v.Description}
	}
	return refuse(http.StatusBadRequest, fields[0].Field+" "+fields[0].Detail, fields...)
}

func (g *gateway) createTask(c echo.Context) error {
	var body struct {
		Title       string `json:"title"`
		Description string `json:"description"`
	}
	if err := readBody(c, &body); err != nil {
		return err
	}
	key, given, err := idempotencyKey(c.Request().Header)
	if err != nil {
		return err
	}
	in := &taskpb.CreateTaskRequest{Title: body.Title, Description: body.Description, IdempotencyKey: key}
	if err := invalid(in.Validate()); err != nil {
		return err
	}
	if given {
		if !g.inFlight.add(key) {
			return refuse(http.StatusConflict, "a request with this Idempotency-Key is being processed: repeat it later")
		}
		defer g.inFlight.remove(key)
	}
	header := c.Response().Header()
	out, err := g.config.Tasks.CreateTask(c.Request().Context(), in)
	if info := infoOf(err); info.GetReason() == taskpb.ReasonNotAnnounced {
		id := info.GetMetadata()[taskpb.MetadataTaskID]
		header.Set("Location", taskPath(id))
		return refuse(problemOf(err).Status, fmt.Sprintf("Task %s is stored, and its processing is delayed. To repeat the "+
			"request without creating another task, send the header Idempotency-Key: %s", id, key))
	}
	if err != nil {
		return err
	}
	header.Set("Location", taskPath(out.GetTask().GetId()))
	if given && out.GetReplayed() {
		header.Set("Idempotency-Replayed", "true")
	}
	return c.JSON(http.StatusCreated, toTask(out.GetTask()))
}

// taskID returns the id in a request's path. Echo matches the path as it was sent when that differs
// from its usual form ("a%2Fb" is one id), and leaves it escaped then.
func taskID(c echo.Context) string {
	id := c.Param("id")
	if c.Request().URL.RawPath == "" {
		return id
	}
	if unescaped, err := url.PathUnescape(id); err == nil {
		return unescaped
	}
	return id
}

func taskPath(id string) string { return "/tasks/" + url.PathEscape(id) }

// idempotencyKey returns the request's key. A request without one gets its own, so that all
// attempts at it together create one task.
func idempotencyKey(header http.Header) (key string, given bool, err error) {
	const name = "Idempotency-Key"
	values := header.Values(name)
	switch {
	case len(values) == 0:
		return uuid.NewString(), false, nil
	case len(values) > 1:
		return "", true, refuse(http.StatusBadRequest, "there must be at most one "+name)
	case values[0] == "":
		return "", true, refuse(http.StatusBadRequest, name+" must not be empty")
	case len(values[0]) > task.MaxIdempotencyKey:
		return "", true, refuse(
			http.StatusBadRequest,
			fmt.Sprintf("%s must have at most %d bytes", name, task.MaxIdempotencyKey),
		)
	}
	for _, r := range values[0] {
		if r < ' ' || r > '~' {
			return "", true, refuse(http.StatusBadRequest, name+" must be printable ASCII")
		}
	}
	return values[0], true, nil
}

func (g *gateway) listTasks(c echo.Context) error {
	in := &taskpb.ListTasksRequest{PageToken: c.QueryParam("page_token")}
	if size := c.QueryParam("page_size"); size != "" {
		n, err := strconv.ParseInt(size, 10, 32)
		if err != nil || n < 1 {
			return invalid([]task.Violation{{
				Field: "page_size", Description: fmt.Sprintf("must be a number from 1 to %d", task.MaxPageSize),
			}})
		}
		in.PageSize = int32(n)
	}
	if err := invalid(in.Validate()); err != nil {
		return err
	}
	out, err := g.config.Tasks.ListTasks(c.Request().Context(), in)
	if err != nil {
		return err
	}
	page := struct {
		Tasks         []taskJSON `json:"tasks"`
		NextPageToken string     `json:"next_page_token,omitempty"`
	}{Tasks: []taskJSON{}, NextPageToken: out.GetNextPageToken()}
	for _, t := range out.GetTasks() {
		page.Tasks = append(page.Tasks, toTask(t))
	}
	return c.JSON(http.StatusOK, page)
}

func (g *gateway) getTask(c echo.Context) error {
	in := &taskpb.GetTaskRequest{Id: taskID(c)}
	if err := invalid(in.Validate()); err != nil {
		return err
	}
	out, err := g.config.Tasks.GetTask(c.Request().Context(), in)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, toTask(out))
}

// updateTask changes the fields that the body names and leaves the others, as a JSON merge patch
// does (RFC 7396): null takes the description away.
func (g *gateway) updateTask(c echo.Context) error {
	var body struct {
		Title       patch `json:"title"`
		Description patch `json:"description"`
		Status      patch `json:"status"`
	}
	if err := readBody(c, &body); err != nil {
		return err
	}
	in := &taskpb.UpdateTaskRequest{Task: &taskpb.Task{Id: taskID(c)}, UpdateMask: &fieldmaskpb.FieldMask{}}
	var violations []task.Violation
	if body.Title.null {
		violations = append(violations, task.Violation{Field: "title", Description: neverNull})
	}
	if body.Status.null {
		violations = append(violations, task.Violation{Field: "status", Description: neverNull})
	}
	if err := invalid(violations); err != nil {
		return err
	}
	if body.Title.given {
		in.Task.Title = body.Title.text
		in.UpdateMask.Paths = append(in.UpdateMask.Paths, "title")
	}
	if body.Description.given {
		in.Task.Description = body.Description.text
		in.UpdateMask.Paths = append(in.UpdateMask.Paths, "description")
	}
	if body.Status.given {
		in.Task.Status = taskpb.ParseStatus(body.Status.text)
		in.UpdateMask.Paths = append(in.UpdateMask.Paths, "status")
	}
	if len(in.UpdateMask.Paths) == 0 {
		return refuse(http.StatusBadRequest, "the body must have at least one of title, description, status")
	}
	if err := invalid(in.Validate()); err != nil {
		return err
	}
	out, err := g.config.Tasks.UpdateTask(c.Request().Context(), in)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, toTask(out))
}

const neverNull = "must not be null: a task always has one"

// A patch is a text that may be given, given as null, or left out.
type patch struct {
	given, null bool
	text        string
}

// UnmarshalJSON is called for what is given, null included.
func (p *patch) UnmarshalJSON(value []byte) error {
	p.given, p.null = true, string(value) == "null"
	return json.Unmarshal(value, &p.text)
}

func (g *gateway) deleteTask(c echo.Context) error {
	in := &taskpb.DeleteTaskRequest{Id: taskID(c)}
	if err := invalid(in.Validate()); err != nil {
		return err
	}
	if _, err := g.config.Tasks.DeleteTask(c.Request().Context(), in); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}
