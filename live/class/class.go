// Package class serves the board of a class. Each team instruments a system and sends its spans to
// one receiver; the board shows which items of the challenge each team has met.
//
// A team joins with the code of the class and gets a key. Its exporters send the key as the name of
// a session, see [receiver.Session]; it can't be guessed, so no team can send spans as another one.
// Each team has a store and a share of the time for grading of its own, so that none can push
// out or slow down the others. Everything is in memory. docs/class.md describes its use,
// docs/api.md the requests.
package class

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"tracelab/challenge"
	"tracelab/live/checklist"
	"tracelab/live/problem"
	"tracelab/live/receiver"
	"tracelab/live/store"
	"tracelab/tracetree"
)

// The default limits of [Config].
const (
	DefaultTeams  = 64
	DefaultMemory = 2 << 20
)

// maxStreams is the number of pages that can follow the board at one time.
const maxStreams = 128

// Config holds what differs from the default. The zero Config is ready to use.
type Config struct {
	Teams  int             // 0 for DefaultTeams
	Memory int64           // for the traces of one team, in bytes; 0 for DefaultMemory
	Names  challenge.Names // of the teams' systems; empty ones are the course's
	// HTTP and GRPC are the URLs of the receiver. Their hosts are replaced by the one by which a
	// team reaches the board.
	HTTP, GRPC string
}

// A Class is the board of one class. Create one with [New], and call Run. The methods are safe for
// concurrent use.
type Class struct {
	config        Config
	items         []checklist.Heading
	join, teacher string        // codes
	streams       chan struct{} // a place for each stream of events
	wake          chan struct{} // has a value after spans have come

	mu      sync.Mutex
	joined  int     // number of teams that have ever joined
	teams   []*team // in the order in which they joined
	byKey   map[string]*team
	hidden  bool // the names of the teams
	version uint64
	changed chan struct{} // closed, and replaced, at each change of the board
}

// team is one team. Its changing fields are under the lock of Class. The store has a lock of its
// own.
type team struct {
	number    int // from 1
	name, key string
	store     *store.Store

	received int64     // spans
	counted  int64     // those that were there when the grade was made
	last     time.Time // when the last spans came
	waiting  time.Time // when the first spans came that are not graded; zero if all are
	rest     time.Time // it isn't graded before
	grade    checklist.Grade
	version  uint64 // of the board when the row changed
}

// New returns a class without teams, with new codes.
func New(config Config) *Class {
	config.Teams = cmp.Or(config.Teams, DefaultTeams)
	config.Memory = cmp.Or(config.Memory, DefaultMemory)
	config.Names = config.Names.WithDefaults()
	return &Class{
		config: config, items: checklist.Headings(config.Names), join: newCode(8), teacher: newCode(16),
		streams: make(chan struct{}, maxStreams), wake: make(chan struct{}, 1),
		byKey: make(map[string]*team), version: 1, changed: make(chan struct{}),
	}
}

// newCode returns a random text that people can read out and type. Each character has five bits.
func newCode(length int) string { return strings.ToLower(rand.Text()[:length]) }

// JoinCode returns the code with which teams join and see the board.
func (c *Class) JoinCode() string { return c.join }

// TeacherCode returns the code that allows everything.
func (c *Class) TeacherCode() string { return c.teacher }

// keyPrefix is what the keys of teams begin with: other names are those of test sessions.
const keyPrefix = "team-"

// Admit reports whether a name of a session is the key of a team. Its spans need no token.
func (c *Class) Admit(session string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.byKey[session] != nil
}

// role is what the sender of a request may do.
type role uint8

const (
	stranger role = iota
	member        // joins, and sees the board
	teacher
)

// roleOf returns the role of a code, and the team whose key it is, or nil.
func (c *Class) roleOf(code string) (role, *team) {
	code = strings.ToLower(strings.TrimSpace(code))
	equals := func(to string) bool { return subtle.ConstantTimeCompare([]byte(code), []byte(to)) == 1 }
	switch {
	case equals(c.teacher):
		return teacher, nil
	case equals(c.join):
		return member, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if of := c.byKey[code]; of != nil {
		return member, of
	}
	return stranger, nil
}

// maxName is the length of a team's name in characters.
const maxName = 40

// add adds a team.
func (c *Class) add(name string) (*team, error) {
	name = strings.Join(strings.Fields(name), " ")
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName || strings.ContainsFunc(name, unprintable) {
		return nil, problem.BadRequest("name is %.80q: want 1 to %d printable characters", name, maxName)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.teams {
		if strings.EqualFold(t.name, name) {
			return nil, problem.New(http.StatusConflict,
				"team %q has joined: want another name, or the lines that the team got when it joined", t.name)
		}
	}
	if len(c.teams) >= c.config.Teams {
		return nil, problem.New(http.StatusServiceUnavailable,
			"%d teams have joined, as many as can: the teacher can remove some", len(c.teams))
	}
	c.joined++
	s := store.New(store.Config{Memory: c.config.Memory})
	t := &team{number: c.joined, name: name, key: keyPrefix + newCode(20), store: s, grade: c.gradeOf(s)}
	c.teams = append(c.teams, t)
	c.byKey[t.key] = t
	c.touch(t)
	return t, nil
}

// find returns a team by its number.
func (c *Class) find(number int) (*team, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.teams {
		if t.number == number {
			return t, nil
		}
	}
	return nil, problem.NotFound("team %d is not in the class: it never joined, or was removed", number)
}

// remove removes a team with its traces.
func (c *Class) remove(gone *team) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byKey, gone.key)
	for i, t := range c.teams {
		if t == gone {
			c.teams = append(c.teams[:i:i], c.teams[i+1:]...)
			break
		}
	}
	c.touch(nil)
}

// hide hides the names of the teams, or shows them.
func (c *Class) hide(hidden bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hidden = hidden
	for _, t := range c.teams {
		c.touch(t)
	}
	c.touch(nil)
}

// touch records that the row of a team changed, or with nil the board. It is called under the lock.
func (c *Class) touch(t *team) {
	c.version++
	if t != nil {
		t.version = c.version
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// Take takes the spans of teams from those of a request, whose context is that of
// [receiver.Session], and returns the others. It refuses spans that name a team that isn't in the
// class, and returns how many it didn't keep, with a message for the sender. It neither changes nor
// keeps the spans.
func (c *Class) Take(
	ctx context.Context,
	spans []tracetree.Span,
) (rest []tracetree.Span, rejected int, message string) {
	parts, rest, unknown := c.assign(receiver.Session(ctx), spans)
	if unknown > 0 {
		message = "no team of the class has this key: want the lines that a team gets when it joins, see docs/class.md"
	}
	for t, part := range parts {
		added := t.store.Add(part)
		unknown += added.Dropped
		message = cmp.Or(message, added.Problem)
		c.mu.Lock()
		now := time.Now()
		t.received += int64(len(part))
		t.last = now
		if t.waiting.IsZero() {
			t.waiting = now
		}
		c.mu.Unlock()
	}
	if len(parts) > 0 {
		select {
		case c.wake <- struct{}{}:
		default: // Run hasn't read the last one
		}
	}
	return rest, unknown, message
}

// assign divides spans among teams. Unknown is the number of those that name a team that isn't in
// the class.
func (c *Class) assign(named string, spans []tracetree.Span) (
	parts map[*team][]tracetree.Span, rest []tracetree.Span, unknown int,
) {
	parts = make(map[*team][]tracetree.Span)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range spans {
		var owner *team
		isTeams := false
		for _, name := range receiver.SessionNames(&spans[i], named) {
			isTeams = isTeams || strings.HasPrefix(name, keyPrefix)
			if owner = c.byKey[name]; owner != nil {
				break
			}
		}
		switch {
		case owner != nil:
			parts[owner] = append(parts[owner], spans[i])
		case isTeams:
			unknown++
		default:
			rest = append(rest, spans[i])
		}
	}
	return parts, rest, unknown
}

// Stats are the figures of a class.
type Stats struct {
	Teams int
	Spans int64 // that came from the teams that are in the class
}

// Stats returns the figures as they are now.
func (c *Class) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	stats := Stats{Teams: len(c.teams)}
	for _, t := range c.teams {
		stats.Spans += t.received
	}
	return stats
}

// nameOf returns what a team is called on the board. It is called under the lock.
func (c *Class) nameOf(t *team) string {
	if c.hidden {
		return fmt.Sprintf("Team %d", t.number)
	}
	return t.name
}
