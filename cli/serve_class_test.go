package cli

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
		} else if isKey := strings.Contains(url, "team-x"); isKey != strings.Contains(body, "found \\\"team-x\\\"") {
			t.Errorf("%s: %s, want the wrong key to be named", url, body)
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
	for _, want := range []string{"received 0 spans, ", "received 1 span from 1 team\n"} {
		if got := s.stderr.String(); !strings.Contains(got, want) {
			t.Errorf("stderr has no %q, want the spans of a team to be in its store alone: %s", want, got)
		}
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
	teams := s.find(t, `for the teams: +http://(\S+):`)
	if teams != "127.0.0.1" {
		t.Errorf("the teams' address is %s, where nothing is served", teams)
	}
	s = serve(t, "--class", "--http", "0.0.0.0:0")
	teams = s.find(t, `for the teams: +http://(\S+):`)
	if all := addressesOf(net.InterfaceAddrs); len(all) > 0 && teams != all[0] {
		t.Errorf("the teams' address is %s, want %s", teams, all[0])
	}
}

func TestAddressesForOtherMachines(t *testing.T) {
	address := func(text string) net.Addr {
		ip, network, err := net.ParseCIDR(text)
		if err != nil {
			t.Fatal(err)
		}
		return &net.IPNet{IP: ip, Mask: network.Mask}
	}
	got := addressesOf(func() ([]net.Addr, error) {
		return []net.Addr{
			address("127.0.0.1/8"), address("::1/128"), address("203.0.113.7/24"), address("fe80::1/64"),
			address("169.254.1.1/16"), address("192.168.1.20/24"), address("10.0.0.3/8"),
		}, nil
	})
	if diff := cmp.Diff([]string{"192.168.1.20", "10.0.0.3", "203.0.113.7"}, got); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	if got := addressesOf(func() ([]net.Addr, error) { return nil, net.ErrClosed }); got != nil {
		t.Errorf("%q, want no address", got)
	}
}
