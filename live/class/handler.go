package class

import (
	"encoding/json"
	"net/http"
	"strconv"

	"tracelab/live/checklist"
	"tracelab/live/problem"
	"tracelab/live/receiver"
)

// Path is the folder of the page of the board. The API is below it.
const Path = "/class/"

// APIPath is the folder of the API.
const APIPath = Path + "api/"

// codeHeader is the header with the code of a request. EventSource can't send one: the code may be
// a parameter as well.
const codeHeader = "X-Class-Code"

// Handler returns the handler of [APIPath]. It requires a code of each request. It doesn't protect
// itself from other sites or hosts: see package guard.
func (c *Class) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, route := range c.routes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			by, err := authorize(c, r, route.role)
			if err == nil {
				err = route.handle(w, r, by)
			}
			if err != nil {
				problem.Write(w, err)
			}
		})
	}
	return problem.Mux(mux, "docs/api.md")
}

// sender is who sent a request.
type sender struct {
	role role
	team *team // or nil
}

type route struct {
	role   role // the least one that may send the request
	handle func(w http.ResponseWriter, r *http.Request, by sender) error
}

func (c *Class) routes() map[string]route {
	return map[string]route{
		"GET " + APIPath + "board":             {member, c.getBoard},
		"GET " + APIPath + "events":            {member, c.getEvents},
		"POST " + APIPath + "teams":            {member, c.joinTeam},
		"GET " + APIPath + "teams/{number}":    {member, c.getTeam},
		"DELETE " + APIPath + "teams/{number}": {teacher, c.removeTeam},
		"PUT " + APIPath + "names":             {teacher, c.hideNames},
		"GET " + APIPath + "board.csv":         {teacher, c.getCSV},
	}
}

// authorize returns the sender of a request, or an error if its role is less than the wanted one.
func authorize(c *Class, r *http.Request, wanted role) (sender, error) {
	code := r.Header.Get(codeHeader)
	if code == "" {
		code = r.URL.Query().Get("code")
	}
	got, team := c.roleOf(code)
	switch {
	case got == stranger:
		return sender{}, problem.New(
			http.StatusUnauthorized,
			"the code of the class is missing or wrong: want the header %s with the code that tracelab serve printed",
			codeHeader,
		)
	case got < wanted:
		return sender{}, problem.New(http.StatusForbidden,
			"this is for the teacher: want the teacher's code, which tracelab serve printed")
	}
	return sender{got, team}, nil
}

// Joined is the answer to a team that joined.
type Joined struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	// Key is the team's code, and the name under which its exporters send spans.
	Key string `json:"key"`
	// Lines are for the shells of the team's programs.
	Lines []string `json:"lines"`
	// Header and GRPCEndpoint are for exporters over gRPC.
	Header       string `json:"header"`
	GRPCEndpoint string `json:"grpc_endpoint,omitempty"`
}

const maxBody = 4 << 10

// joinTeam adds a team.
func (c *Class) joinTeam(w http.ResponseWriter, r *http.Request, _ sender) error {
	var request struct {
		Name string `json:"name"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return problem.BadRequest("read the body: %w: want JSON such as {\"name\": \"Team Ada\"}", err)
	}
	t, err := c.add(request.Name)
	if err != nil {
		return err
	}
	problem.JSON(w, http.StatusCreated, c.joinedAs(t, r))
	return nil
}

// joinedAs returns what a team needs to send spans.
func (c *Class) joinedAs(t *team, r *http.Request) Joined {
	return Joined{
		Number: t.number, Name: t.name, Key: t.key,
		Lines: []string{
			"export OTEL_EXPORTER_OTLP_ENDPOINT=" + receiver.Reached(c.config.HTTP, r) + receiver.SessionPrefix + t.key,
			"export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		},
		Header: receiver.SessionHeader + "=" + t.key, GRPCEndpoint: receiver.Reached(c.config.GRPC, r),
	}
}

// teamOf returns the team in the path of a request.
func (c *Class) teamOf(r *http.Request) (*team, error) {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		return nil, problem.BadRequest("the number of the team is %.80q: want one such as 1", r.PathValue("number"))
	}
	return c.find(number)
}

// Details is what only the team itself and the teacher see of a team.
type Details struct {
	Row
	Grade checklist.Grade `json:"grade"`
	// Joined is what the team got when it joined. Only the team gets it again.
	Joined *Joined `json:"joined,omitempty"`
}

func (c *Class) getTeam(w http.ResponseWriter, r *http.Request, by sender) error {
	t, err := c.teamOf(r)
	if err != nil {
		return err
	}
	if by.role != teacher && by.team != t {
		return problem.New(
			http.StatusForbidden,
			"this is for team %d and the teacher: want the team's key, or the teacher's code",
			t.number,
		)
	}
	c.mu.Lock()
	details := Details{Row: c.row(t), Grade: t.grade}
	c.mu.Unlock()
	if by.team == t {
		joined := c.joinedAs(t, r)
		details.Joined = &joined
	}
	problem.JSON(w, http.StatusOK, details)
	return nil
}

func (c *Class) removeTeam(w http.ResponseWriter, r *http.Request, _ sender) error {
	t, err := c.teamOf(r)
	if err != nil {
		return err
	}
	c.remove(t)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *Class) hideNames(w http.ResponseWriter, r *http.Request, _ sender) error {
	text := r.URL.Query().Get("hidden")
	hidden, err := strconv.ParseBool(text)
	if err != nil {
		return problem.BadRequest("hidden is %.80q: want true or false", text)
	}
	c.hide(hidden)
	w.WriteHeader(http.StatusNoContent)
	return nil
}
