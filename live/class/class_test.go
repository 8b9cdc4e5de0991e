package class

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tracelab/challenge"
	"tracelab/internal/sample"
	"tracelab/live/checklist"
	"tracelab/live/receiver"
	"tracelab/tracetree"
	"tracelab/tracetree/check"
)

// TestDocumentation tests that docs/api.md has every route.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for route := range New(Config{}).routes() {
		if !strings.Contains(string(text), "| `"+route+"` |") {
			t.Errorf("docs/api.md has no row for %s", route)
		}
	}
}

// request sends a request to the API.
func request(t *testing.T, c *Class, method, path, code, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(
		t.Context(),
		method,
		"http://box.example:8080"+APIPath+path,
		strings.NewReader(body),
	)
	r.Header.Set(codeHeader, code)
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// join adds a team by a request.
func join(t *testing.T, c *Class, name string) Joined {
	t.Helper()
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	code, answer := request(t, c, "POST", "teams", c.JoinCode(), string(body))
	var joined Joined
	if err := json.Unmarshal([]byte(answer), &joined); err != nil || code != http.StatusCreated {
		t.Fatalf("join as %q: %d %s %v", name, code, answer, err)
	}
	return joined
}

// rowsOf returns the rows of the board, by the numbers of the teams.
func rowsOf(t *testing.T, c *Class) map[int]boardRow {
	t.Helper()
	code, answer := request(t, c, "GET", "board", c.JoinCode(), "")
	if code != http.StatusOK {
		t.Fatalf("board: %d %s", code, answer)
	}
	return decodeBoard(t, answer).byNumber()
}

// boardRow and boardText are the board as a client decodes it.
type boardRow struct {
	Number, Met, Findings int
	Name                  string
	Spans                 int64
	Statuses              []string
}

type boardText struct {
	Items  []checklist.Heading
	Hidden bool `json:"names_hidden"`
	Teams  []int
	Rows   []boardRow
	You    string
	Team   int
}

func decodeBoard(t *testing.T, text string) boardText {
	t.Helper()
	var b boardText
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return b
}

func (b boardText) byNumber() map[int]boardRow {
	rows := make(map[int]boardRow)
	for _, row := range b.Rows {
		rows[row.Number] = row
	}
	return rows
}

// take hands spans to a class as the receiver does, whose header names a session.
func take(
	t *testing.T,
	c *Class,
	session string,
	spans []tracetree.Span,
) (rest []tracetree.Span, rejected int, message string) {
	t.Helper()
	r := receiver.New(receiver.Config{Add: func(ctx context.Context, _ []tracetree.Span) (int, string) {
		rest, rejected, message = c.Take(ctx, spans)
		return 0, ""
	}})
	request := httptest.NewRequestWithContext(
		t.Context(),
		"POST",
		"http://localhost/v1/traces",
		strings.NewReader(`{"resourceSpans":[]}`),
	)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(receiver.SessionHeader, session)
	w := httptest.NewRecorder()
	r.Handler().ServeHTTP(w, request)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return rest, rejected, message
}

// start runs a class until the end of the test.
func start(t *testing.T, c *Class) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// statusesOf grades spans by themselves.
func statusesOf(spans []tracetree.Span) []string {
	grade := challenge.Run(check.Input{Forest: tracetree.Build(spans)}, challenge.Names{}.WithDefaults())
	var all []string
	for _, v := range grade.Verdicts {
		all = append(all, v.Status.String())
	}
	return all
}

// named returns spans whose resource names a session.
func named(spans []tracetree.Span, session string) []tracetree.Span {
	marked := sample.Copy(spans, 0)
	for i := range marked {
		origin := *marked[i].Origin
		origin.Resource = append([]tracetree.Attr{
			{Key: receiver.SessionAttribute, Value: tracetree.String(session)},
		}, origin.Resource...)
		marked[i].Origin = &origin
	}
	return marked
}

// Spans belong to the team whose key their request or their resource has.
func TestTeamsAreKeptApart(t *testing.T) {
	spans := sample.CreateTask(t)
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		start(t, c)
		ada, bob := join(t, c, "Ada"), join(t, c, "Bob")
		for _, test := range []struct {
			reason   string
			session  string
			spans    []tracetree.Span
			rest     int
			rejected int
		}{
			{"all spans of the first team", ada.Key, spans, 0, 0},
			{"one of the second team, by its resource", "", named(spans[:1], bob.Key), 0, 0},
			{"the resource is more specific than the request", ada.Key, named(spans[1:2], bob.Key), 0, 0},
			{"a test session of a team's program is still the team's", ada.Key, named(spans[:1], "checkout"), 0, 0},
			{"without a key", "", spans, len(spans), 0},
			{"of a test session", "checkout", spans, len(spans), 0},
			{"a key that nobody has", "team-x", spans, 0, len(spans)},
			{"a name is no key", "Ada", spans, len(spans), 0},
		} {
			rest, rejected, message := take(t, c, test.session, test.spans)
			if len(rest) != test.rest || rejected != test.rejected || (message != "") != (rejected > 0) {
				t.Errorf(
					"%s: %d left, %d rejected (%s), want %d, %d",
					test.reason,
					len(rest),
					rejected,
					message,
					test.rest,
					test.rejected,
				)
			}
		}
		time.Sleep(time.Second)
		rows := rowsOf(t, c)
		if diff := cmp.Diff(statusesOf(spans), rows[1].Statuses); diff != "" {
			t.Errorf("the first team, - graded alone, + on the board:\n%s", diff)
		}
		if diff := cmp.Diff(statusesOf(spans[:2]), rows[2].Statuses); diff != "" {
			t.Errorf("the second team, - graded alone, + on the board:\n%s", diff)
		}
		if rows[1].Spans != int64(len(spans)+1) || rows[2].Spans != 2 {
			t.Errorf("%d and %d spans, want %d and 2", rows[1].Spans, rows[2].Spans, len(spans)+1)
		}
	})
}

// A row is graded at once, and then not before the pause is over, however often spans come.
func TestGradesAreSpaced(t *testing.T) {
	spans := sample.CreateTask(t)
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		start(t, c)
		team := join(t, c, "Ada")
		before := c.version
		for i := range 100 {
			take(t, c, team.Key, sample.Copy(spans, i))
			if synctest.Wait(); i == 0 && rowsOf(t, c)[1].Met != 22 {
				t.Error("the first spans are not graded at once")
			}
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(checklist.MinRest)
		synctest.Wait()
		if grades := c.version - before; grades != 5 {
			t.Errorf("%d grades in a second, want 5: at once and after each pause", grades)
		}
		if got := rowsOf(t, c)[1]; got.Spans != 700 || got.Met != 22 {
			t.Errorf("%+v, want the last spans to be graded", got)
		}
	})
}

// Other traces of a team don't hide its requests, and don't push out those of other teams.
func TestOtherTracesDontHideRequests(t *testing.T) {
	spans := sample.CreateTask(t)
	poll := func(i int) []tracetree.Span { // a worker that traces each empty receive
		one := sample.Copy(spans[len(spans)-1:], 1000+i)
		one[0].Name, one[0].Kind = "ReceiveMessage", tracetree.KindClient
		one[0].Parent, one[0].Links = tracetree.SpanID{}, nil
		one[0].Origin = workerOf(t, spans)
		return one
	}
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{Memory: 256 << 10})
		start(t, c)
		ada, bob := join(t, c, "Ada"), join(t, c, "Bob")
		take(t, c, ada.Key, spans)
		take(t, c, bob.Key, spans)
		for i := range 300 {
			take(t, c, bob.Key, poll(i))
		}
		time.Sleep(time.Second)
		if got := rowsOf(t, c)[2]; got.Met != 22 {
			t.Errorf("after polls: %+v, want all items of the request to be met", got)
		}
		for i := range 100_000 {
			take(t, c, bob.Key, poll(i))
			if i%1000 == 0 && c.teams[1].store.Stats().Kept < int64(i)/2 {
				break // the budget is full
			}
		}
		time.Sleep(10 * time.Second)
		if got := c.teams[1].store.Stats(); got.Kept == got.Received || got.Bytes > 300<<10 {
			t.Errorf("%+v, want the budget to be kept", got)
		}
		if got := rowsOf(t, c)[1]; got.Met != 22 {
			t.Errorf("the flood of another team leaves %+v", got)
		}
	})
}

// workerOf returns the resource of the worker.
func workerOf(t *testing.T, spans []tracetree.Span) *tracetree.Origin {
	t.Helper()
	for i := range spans {
		if spans[i].Service() == "worker" {
			return spans[i].Origin
		}
	}
	t.Fatal("no span of the worker")
	return nil
}

// The team that has waited longest is next, so that one that always has new spans doesn't keep the
// others waiting.
func TestTeamsTakeTurns(t *testing.T) {
	c := New(Config{})
	for i := range 3 {
		join(t, c, fmt.Sprintf("Team %d", i))
	}
	now := time.Now()
	c.teams[0].waiting = now.Add(-time.Second)
	c.teams[1].waiting = now.Add(-2 * time.Second)
	c.teams[1].rest = now.Add(time.Millisecond)
	if next, _ := c.next(now); next != c.teams[0] {
		t.Error("want the first team: the second has to rest, and the third has no new spans")
	}
	if next, _ := c.next(now.Add(time.Millisecond)); next != c.teams[1] {
		t.Error("want the second team, which has waited longer")
	}
	c.teams[0].waiting = time.Time{}
	if next, wait := c.next(now); next != nil || wait != time.Millisecond {
		t.Errorf("%v, want to wait for the end of the second team's rest", wait)
	}
}

func TestRequestsNeedARole(t *testing.T) {
	c := New(Config{HTTP: "http://127.0.0.1:4318", GRPC: "http://127.0.0.1:4317"})
	ada, bob := join(t, c, "Ada"), join(t, c, "Bob")
	codes := map[string]string{
		"nobody": "", "guess": "abcdefgh", "member": c.JoinCode(), "ada": ada.Key, "bob": bob.Key, "teacher": c.TeacherCode(),
	}
	for _, test := range []struct {
		who, method, path, body string
		want                    int
		has                     string
		reason                  string
	}{
		{"nobody", "GET", "board", "", 401, "want the header X-Class-Code", "no code"},
		{"guess", "GET", "board", "", 401, "", "a wrong code"},
		{"guess", "GET", "events", "", 401, "", "a wrong code"},
		{"member", "GET", "board", "", 200, `"you":"member"`, "the join code shows the board"},
		{"ada", "GET", "board", "", 200, `"team":1`, "a key is a code, and the board says whose"},
		{"teacher", "GET", "board", "", 200, `"you":"teacher"`, "the teacher"},
		{"member", "GET", "teams/1", "", 403, "want the team's key", "details are the team's own"},
		{"bob", "GET", "teams/1", "", 403, "this is for team 1", "not another team's"},
		{"ada", "GET", "teams/1", "", 200, "http://box.example:4318/sessions/" + ada.Key, "with its lines"},
		{"teacher", "GET", "teams/1", "", 200, `"grade":`, "the teacher sees all details"},
		{"teacher", "GET", "teams/9", "", 404, "team 9 is not in the class", "a number too high"},
		{"teacher", "GET", "teams/x", "", 400, "want one such as 1", "not a number"},
		{"member", "PUT", "names?hidden=true", "", 403, "teacher's code", "hiding is the teacher's"},
		{"teacher", "PUT", "names?hidden=perhaps", "", 400, "want true or false", "not a truth value"},
		{"ada", "DELETE", "teams/2", "", 403, "", "removing is the teacher's"},
		{"member", "GET", "board.csv", "", 403, "", "the table is the teacher's"},
		{"member", "POST", "teams", `{"name": " aDA "}`, 409, "has joined", "a name is taken in any case"},
		{"member", "POST", "teams", `{"name": "  "}`, 400, "want 1 to 40 printable characters", "an empty name"},
		{"member", "POST", "teams", `{"name": "a\u202eb"}`, 400, "printable", "a name that turns the text around"},
		{"member", "POST", "teams", `{"name": "` + strings.Repeat("ä", 41) + `"}`, 400, "40", "a long name"},
		{"member", "POST", "teams", `{"name": "` + strings.Repeat("ä", 40) + `"}`, 201, "", "the longest name"},
		{"member", "POST", "teams", `{"nom": "x"}`, 400, "unknown field", "an unknown field"},
		{"member", "POST", "teams", `name=x`, 400, "want JSON such as", "not JSON"},
		{"member", "POST", "teams", `{"name": "` + strings.Repeat("x", maxBody) + `"}`, 400, "too large", "a large body"},
		{"member", "GET", "nowhere", "", 404, "one that docs/api.md lists", "an unknown path"},
		{"member", "PUT", "board", "", 405, "want GET, HEAD", "a wrong method"},
	} {
		code, answer := request(t, c, test.method, test.path, codes[test.who], test.body)
		if code != test.want || !strings.Contains(answer, test.has) {
			t.Errorf(
				"%s: %s %s of %s: %d %s, want %d with %q",
				test.reason,
				test.method,
				test.path,
				test.who,
				code,
				answer,
				test.want,
				test.has,
			)
		}
	}
	if _, answer := request(t, c, "GET", "teams/1", c.TeacherCode(), ""); strings.Contains(answer, ada.Key) {
		t.Error("the teacher's page, which all may see on a projector, has the key of a team")
	}
}

func TestAClassHasALimit(t *testing.T) {
	c := New(Config{Teams: 2})
	join(t, c, "Ada")
	join(t, c, "Bob")
	code, answer := request(t, c, "POST", "teams", c.JoinCode(), `{"name": "Eve"}`)
	if code != http.StatusServiceUnavailable || !strings.Contains(answer, "the teacher can remove some") {
		t.Errorf("%d %s, want 503", code, answer)
	}
	if code, answer := request(t, c, "DELETE", "teams/1", c.TeacherCode(), ""); code != http.StatusNoContent {
		t.Errorf("%d %s", code, answer)
	}
	if eve := join(t, c, "Eve"); eve.Number != 3 {
		t.Errorf("number %d, want one that no other team had", eve.Number)
	}
	if rows := rowsOf(t, c); len(rows) != 2 || rows[2].Name != "Bob" || rows[3].Name != "Eve" {
		t.Errorf("%+v", rows)
	}
}

// A removed team is gone with its traces, and its exporters get to know.
func TestARemovedTeam(t *testing.T) {
	spans := sample.CreateTask(t)
	c := New(Config{})
	ada := join(t, c, "Ada")
	if !c.Admit(ada.Key) || c.Admit("Ada") || c.Admit("") {
		t.Error("want the key to be admitted, and nothing else")
	}
	request(t, c, "DELETE", "teams/1", c.TeacherCode(), "")
	if c.Admit(ada.Key) {
		t.Error("the key of a removed team is admitted")
	}
	if _, rejected, message := take(t, c, ada.Key, spans); rejected != len(spans) ||
		!strings.Contains(message, "no team") {
		t.Errorf("%d rejected: %s", rejected, message)
	}
	if code, _ := request(t, c, "GET", "board", ada.Key, ""); code != http.StatusUnauthorized {
		t.Errorf("the key of a removed team shows the board: %d", code)
	}
}

// Hidden names are in nothing that a page shows, and in the teacher's table.
func TestNamesAreHidden(t *testing.T) {
	c := New(Config{})
	ada := join(t, c, "Ada")
	if code, answer := request(t, c, "PUT", "names?hidden=true", c.TeacherCode(), ""); code != http.StatusNoContent {
		t.Fatalf("%d %s", code, answer)
	}
	for path, code := range map[string]string{"board": ada.Key, "teams/1": c.TeacherCode()} {
		if _, answer := request(t, c, "GET", path, code, ""); strings.Contains(answer, "Ada") ||
			!strings.Contains(answer, `"name":"Team 1"`) {
			t.Errorf("%s: %s", path, answer)
		}
	}
	if _, answer := request(t, c, "GET", "board.csv", c.TeacherCode(), ""); !strings.Contains(answer, "\n1,Ada,0,22,") {
		t.Error(answer)
	}
	request(t, c, "PUT", "names?hidden=false", c.TeacherCode(), "")
	if rowsOf(t, c)[1].Name != "Ada" {
		t.Error("the name doesn't come back")
	}
}

func TestTheTableHasNoFormulas(t *testing.T) {
	spans := sample.CreateTask(t)
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{})
		start(t, c)
		names := map[string]string{ // in the table, by the name
			"Ada": "Ada", "=HYPERLINK(0)": "'=HYPERLINK(0)", "+1": "'+1", "-1": "'-1", "@SUM": "'@SUM", "＝1": "'＝1",
			`a,"b"`: `a,"b"`, "'x": "'x", "1=1": "1=1",
		}
		for name := range names {
			if joined := join(t, c, name); name == "Ada" {
				take(t, c, joined.Key, spans)
			}
		}
		time.Sleep(time.Second)
		_, answer := request(t, c, "GET", "board.csv", c.TeacherCode(), "")
		lines, err := csv.NewReader(strings.NewReader(answer)).ReadAll()
		if err != nil || len(lines) != len(names)+1 {
			t.Fatalf("%d lines, %v:\n%s", len(lines), err, answer)
		}
		want := map[string]bool{}
		for _, cell := range names {
			want[cell] = true
		}
		for _, line := range lines[1:] {
			if !want[line[1]] {
				t.Errorf("cell %q", line[1])
			}
			delete(want, line[1])
		}
		if first := lines[1]; first[1] != "Ada" || first[2] != "22" || first[7] != "met" ||
			first[6] != "2000-01-01T00:00:00Z" {
			t.Errorf("%q, want the team with the most items first", first)
		}
	})
}

// events reads the events of a board.
type events struct {
	t     *testing.T
	lines *bufio.Scanner
}

// next returns the next event.
func (e *events) next() boardText {
	e.t.Helper()
	for e.lines.Scan() {
		if data, ok := strings.CutPrefix(e.lines.Text(), "data: "); ok {
			return decodeBoard(e.t, data)
		}
	}
	e.t.Fatalf("the stream ends: %v", e.lines.Err())
	return boardText{}
}

// follow opens a stream of events.
func follow(t *testing.T, url string) *events {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close(); transport.CloseIdleConnections() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	return &events{t, lines}
}

// A stream has the whole board first, and then the rows that change.
func TestEvents(t *testing.T) {
	spans := sample.CreateTask(t)
	c := New(Config{})
	start(t, c)
	server := httptest.NewServer(c.Handler())
	t.Cleanup(server.Close) // after the stream is closed
	ada := join(t, c, "Ada")
	join(t, c, "Bob")
	stream := follow(t, server.URL+APIPath+"events?code="+c.JoinCode())
	if first := stream.next(); len(first.Items) != 22 || len(first.Rows) != 2 || first.Rows[0].Met != 0 {
		t.Errorf("%+v, want all of the board", first)
	}
	take(t, c, ada.Key, spans)
	if next := stream.next(); len(next.Items) != 0 || len(next.Rows) != 1 || next.Rows[0].Number != 1 ||
		next.Rows[0].Met != 22 {
		t.Errorf("%+v, want the row that changed", next)
	}
	request(t, c, "DELETE", "teams/2", c.TeacherCode(), "")
	if next := stream.next(); len(next.Rows) != 0 ||
		strings.Join(strings.Fields(fmt.Sprint(next.Teams)), " ") != "[1]" {
		t.Errorf("%+v, want the removed team to be left out", next)
	}
	request(t, c, "PUT", "names?hidden="+strconv.FormatBool(true), c.TeacherCode(), "")
	if next := stream.next(); !next.Hidden || len(next.Rows) != 1 || next.Rows[0].Name != "Team 1" {
		t.Errorf("%+v, want hidden names", next)
	}
}
