package cli

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// A team joins, sends its spans with the lines that it got, without the token, and has its items on
// the board. Nothing else is open.
func TestServeHasAClass(t *testing.T) {
	s := serve(t, "--class", "--otlp-http", "0.0.0.0:0", "--only", "receiver,page")
	page := s.find(t, `for the teams: +(http://\S+)/class/#code=`)
	code, teacher := s.find(t, `teams: +\S+#code=(\S+)`), s.find(t, `teacher: \S+#code=(\S+)`)
	status, body := request(t, "GET", page+"/class/", "")
	if status != http.StatusOK || !strings.Contains(body, "<tl-class>") {
		t.Errorf("the page: %d %s", status, body)
	}
	status, body = request(t, "POST", page+"/class/api/teams", `{"name": "Ada"}`, "X-Class-Code", code)
	var joined struct {
		Key   string
		Lines []string
	}
	if err := json.Unmarshal([]byte(body), &joined); err != nil || status != http.StatusCreated {
		t.Fatalf("join: %d %s", status, body)
	}
	_, endpoint, _ := strings.Cut(joined.Lines[0], "=")
	span := strings.NewReplacer("shop", "api-gateway", "order", "POST /tasks", `"kind":1`, `"kind":2`).Replace(spanJSON)
	status, body = request(t, "POST", endpoint+"/v1/traces", span)
	if status != http.StatusOK ||
		strings.Contains(body, "partial") {
		t.Errorf("spans of a team: %d %s", status, body)
	}
	receiver, _, _ := strings.Cut(endpoint, "/sessions/")
	for _, url := range []string{
		receiver + "/v1/traces", receiver + "/sessions/other/v1/traces", receiver + "/sessions/team-x/v1/traces",
		page + "/metrics", page + "/class/../metrics", page + "/test/sessions",
	} {
		if status, body := request(t, "POST", url, span); status != http.StatusUnauthorized {
			t.Errorf("%s without the token: %d %s", url, status, body)
		}
	}
	if row := rowWithSpans(t, page+"/class/api/events?code="+code); row.Met == 0 {
		t.Errorf("%+v, want the items of the gateway's span to be met", row)
	}
	status, body = request(t, "GET", page+"/class/api/board.csv", "", "X-Class-Code", teacher)
	if status != http.StatusOK || !strings.Contains(body, "\n1,Ada,") {
		t.Errorf("the table: %d %s", status, body)
	}
	s.stop(t)
	if got := s.stderr.String(); !strings.Contains(got, "received 0 spans") {
		t.Errorf("spans of a team are in the store of all: %s", got)
	}
}

type classRow struct{ Met, Spans int }

// rowWithSpans reads events of the board until one has a row with graded spans.
func rowWithSpans(t *testing.T, url string) classRow {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		data, isData := strings.CutPrefix(lines.Text(), "data: ")
		var board struct{ Rows []classRow }
		if err := json.Unmarshal([]byte(data), &board); isData && err != nil {
			t.Fatal(err)
		}
		for _, row := range board.Rows {
			if row.Spans > 0 {
				return row
			}
		}
	}
	t.Fatal("the stream ends without graded spans")
	return classRow{}
}

// The lines of a class on one machine contain how others can reach it.
func TestServeNotesWhoCanReachTheClass(t *testing.T) {
	s := serve(t, "--class")
	s.find(t, `(Only this machine can reach it\.)`)
	s = serve(t, "--class", "--http", "0.0.0.0:0")
	s.find(t, `(in place of 127\.0\.0\.1\.)`)
}
