package fakes

import (
	"container/heap"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// message is one copy of a message in one queue. Its content never changes.
type message struct {
	number     uint64 // in order of sending; the key in queue.messages
	id         string
	body       string
	bodyMD5    string
	attributes map[string]types.MessageAttributeValue

	traceHeader string // the system attribute AWSTraceHeader, or empty

	sent          time.Time
	firstReceived time.Time
	lastReceived  time.Time
	receives      int
	handle        string // of the last receive
	source        string // the queue it was redriven from, or empty
	atRest        bool

	visibleAt time.Time
	index     int // in queue.schedule
}

// queue holds messages in the order in which they are, or become, visible. Nothing runs in the
// background: a message whose time has come is at the front of the schedule at the next receive.
type queue struct {
	name        string
	visibility  time.Duration
	dead        *queue // nil: no redrive
	maxReceives int

	messages  map[uint64]*message
	schedule  schedule
	lostPolls []lostPoll    // in the order of their loss
	woken     chan struct{} // closed to wake the long polls; nil when none is waiting
}

func (q *queue) add(m *message) {
	q.messages[m.number] = m
	heap.Push(&q.schedule, m)
	q.wake()
}

func (q *queue) remove(m *message) {
	delete(q.messages, m.number)
	heap.Remove(&q.schedule, m.index)
}

// hideUntil moves a message to its new place in the schedule. If it comes up earlier now, long
// polls must look again.
func (q *queue) hideUntil(m *message, t time.Time) {
	earlier := t.Before(m.visibleAt)
	m.visibleAt = t
	heap.Fix(&q.schedule, m.index)
	if earlier {
		q.wake()
	}
}

// front returns the message that is, or becomes, visible first; nil in an empty queue.
func (q *queue) front() *message {
	if len(q.schedule) == 0 {
		return nil
	}
	return q.schedule[0]
}

// wake makes all long polls look again.
func (q *queue) wake() {
	if q.woken != nil {
		close(q.woken)
		q.woken = nil
	}
}

// waiting returns a channel that the next wake closes.
func (q *queue) waiting() <-chan struct{} {
	if q.woken == nil {
		q.woken = make(chan struct{})
	}
	return q.woken
}

// newHandle makes a receipt handle. It names the queue and the message, so that an outdated handle
// can be distinguished from one that never was valid without keeping all handles.
func (q *queue) newHandle(m *message, id string) string {
	return fmt.Sprintf("%s:%d:%s", q.name, m.number, id)
}

// find returns the message whose last receive returned the handle. ok is false if the text isn't a
// handle of this queue. A handle of a message that was deleted or received again is ok and finds
// nil.
func (q *queue) find(handle string) (m *message, ok bool) {
	parts := strings.SplitN(handle, ":", 3)
	if len(parts) < 3 || parts[0] != q.name {
		return nil, false
	}
	number, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return nil, false
	}
	if m = q.messages[number]; m != nil && m.handle == handle {
		return m, true
	}
	return nil, true
}

// schedule is a heap by visibleAt, then by order of sending.
type schedule []*message

func (s schedule) Len() int { return len(s) }

func (s schedule) Less(i, j int) bool {
	if !s[i].visibleAt.Equal(s[j].visibleAt) {
		return s[i].visibleAt.Before(s[j].visibleAt)
	}
	return s[i].number < s[j].number
}

func (s schedule) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

// Push implements heap.Interface.
func (s *schedule) Push(x any) {
	m := x.(*message)
	m.index = len(*s)
	*s = append(*s, m)
}

// Pop implements heap.Interface.
func (s *schedule) Pop() any {
	old := *s
	m := old[len(old)-1]
	old[len(old)-1] = nil
	*s = old[:len(old)-1]
	return m
}
