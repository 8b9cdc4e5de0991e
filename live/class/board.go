package class

import (
	"cmp"
	"encoding/csv"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tracelab/challenge"
	"tracelab/live/checklist"
	"tracelab/live/problem"
)

// Board is the board as the whole class sees it, or the changes of it.
type Board struct {
	// Items are in the order of the statuses. Changes have none.
	Items  []checklist.Heading `json:"items,omitempty"`
	Hidden bool                `json:"names_hidden"`
	// Teams are the numbers of all teams, in the order in which they joined.
	Teams []int `json:"teams"`
	Rows  []Row `json:"rows"` // of all teams, or of those whose rows have changed
	// You is the role of the reader: member or teacher. Team is the number of the reader's team, or
	// 0.
	You  string `json:"you"`
	Team int    `json:"team,omitempty"`
}

// Row is the row of a team.
type Row struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Spans  int64  `json:"spans"` // that had come when the row was graded
	// Last is when the last spans came, in Unix nanoseconds as a text; "0" before the first ones.
	Last     string             `json:"last_unix_nano"`
	Met      int                `json:"met"`
	Findings int                `json:"findings"`
	Statuses []challenge.Status `json:"statuses"`
}

// board returns the rows that have changed since a version, 0 for all, the version that the board
// has now, and a channel that is closed at the next change.
func (c *Class) board(after uint64, by sender) (b Board, version uint64, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b = Board{Hidden: c.hidden, Teams: []int{}, Rows: []Row{}, You: "member"}
	if by.role == teacher {
		b.You = "teacher"
	}
	if after == 0 {
		b.Items = c.items
	}
	for _, t := range c.teams {
		b.Teams = append(b.Teams, t.number)
		if t.version > after {
			b.Rows = append(b.Rows, c.row(t))
		}
		if t == by.team {
			b.Team = t.number
		}
	}
	return b, c.version, c.changed
}

// row is called under the lock.
func (c *Class) row(t *team) Row {
	row := Row{
		Number: t.number, Name: c.nameOf(t), Spans: t.counted, Last: "0", Met: t.grade.Met,
		Findings: len(t.grade.Findings), Statuses: make([]challenge.Status, len(t.grade.Items)),
	}
	if !t.last.IsZero() {
		row.Last = strconv.FormatInt(t.last.UnixNano(), 10)
	}
	for i := range t.grade.Items {
		row.Statuses[i] = t.grade.Items[i].Status
	}
	return row
}

func (c *Class) getBoard(w http.ResponseWriter, _ *http.Request, by sender) error {
	b, _, _ := c.board(0, by)
	problem.JSON(w, http.StatusOK, b)
	return nil
}

// eventPause is the least time between two events of one stream. The first one after a pause is
// sent at once.
const eventPause = 200 * time.Millisecond

// getEvents streams the board, and then what changes.
func (c *Class) getEvents(w http.ResponseWriter, r *http.Request, by sender) error {
	select {
	case c.streams <- struct{}{}:
		defer func() { <-c.streams }()
	default:
		return problem.New(
			http.StatusServiceUnavailable,
			"%d pages follow the board, as many as can: close some",
			maxStreams,
		)
	}
	stream := problem.Stream(w)
	defer stream.Stop()
	for version := uint64(0); ; {
		b, now, changed := c.board(version, by)
		version = now
		if !stream.Send("board", b) {
			return nil // the reader has gone
		}
		select { // changes that come meanwhile are in one event
		case <-r.Context().Done():
			return nil
		case <-time.After(eventPause):
		}
		for waiting := true; waiting; {
			select {
			case <-r.Context().Done():
				return nil
			case <-changed:
				waiting = false
			case <-stream.Beat:
				if !stream.StillHere() {
					return nil
				}
			}
		}
	}
}

// getCSV answers with the board as a table for spreadsheets, with the names of the teams in any
// case.
func (c *Class) getCSV(w http.ResponseWriter, _ *http.Request, by sender) error {
	b, _, _ := c.board(0, by)
	c.mu.Lock()
	names := make(map[int]string)
	for _, t := range c.teams {
		names[t.number] = t.name
	}
	c.mu.Unlock()
	problem.Header(w, "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="class.csv"`)
	_ = writeCSV(w, b, names) // a client that has gone needs no answer
	return nil
}

// writeCSV writes a row for each team, those with the most items first.
func writeCSV(w io.Writer, b Board, names map[int]string) error {
	table := csv.NewWriter(w)
	head := []string{"number", "team", "met", "items", "findings", "spans", "last spans"}
	for _, item := range b.Items {
		head = append(head, item.ID)
	}
	_ = table.Write(head) // Error returns the first error
	sorted := slices.SortedStableFunc(slices.Values(b.Rows), func(x, y Row) int { return cmp.Compare(y.Met, x.Met) })
	for _, row := range sorted {
		last := ""
		if nano, err := strconv.ParseInt(row.Last, 10, 64); err == nil && nano > 0 {
			last = time.Unix(0, nano).UTC().Format(time.RFC3339)
		}
		line := []string{
			strconv.Itoa(row.Number), cell(names[row.Number]), strconv.Itoa(row.Met), strconv.Itoa(len(b.Items)),
			strconv.Itoa(row.Findings), strconv.FormatInt(row.Spans, 10), last,
		}
		for _, status := range row.Statuses {
			line = append(line, status.String())
		}
		_ = table.Write(line)
	}
	table.Flush()
	return table.Error()
}

// cell returns a text that spreadsheets don't take for a formula. They do if it begins with one of
// these characters, some of them for the wide forms too.
func cell(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + text
	}
	return text
}
