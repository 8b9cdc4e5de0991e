package main

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// observer counts what is done in DynamoDB and SQS, whoever asked for it and whether or not the
// answer arrived.
type observer struct {
	mu        sync.Mutex
	processed map[string]int         // tasks, and how often each became PROCESSED
	bodies    map[string]string      // ids of messages received, and the tasks that they are about
	handles   map[string]string      // receipt handles, and the ids of messages
	deleted   map[string]time.Time   // tasks, and when the last message about each was deleted
	kills     map[string][]time.Time // of each process

	// Called without the lock when a call is about to be handed on, or is answered. They return
	// false to drop the call.
	onSend    func() bool
	onReceive func(handles []string)
	onDelete  func(handle string) bool
}

func newObserver() *observer {
	return &observer{
		processed: map[string]int{}, bodies: map[string]string{},
		handles: map[string]string{}, deleted: map[string]time.Time{}, kills: map[string][]time.Time{},
	}
}

// awsText is an attribute value of DynamoDB.
type awsText struct{ S string }

// before is called with each call before it is handed on.
func (o *observer) before(c call) bool {
	o.mu.Lock()
	onSend, onDelete := o.onSend, o.onDelete
	o.mu.Unlock()
	switch {
	case c.operation == "SendMessage" && onSend != nil:
		return onSend()
	case c.operation == "DeleteMessage" && onDelete != nil:
		var in struct{ ReceiptHandle string }
		return json.Unmarshal(c.body, &in) != nil || onDelete(in.ReceiptHandle)
	}
	return true
}

// after is called with each answer.
func (o *observer) after(c call, status int, answer []byte) {
	if status != http.StatusOK {
		return
	}
	var in struct {
		Key                       map[string]awsText
		ExpressionAttributeValues map[string]awsText
		ReceiptHandle             string
	}
	var out struct {
		Messages []struct{ MessageId, ReceiptHandle, Body string }
	}
	if json.Unmarshal(c.body, &in) != nil || json.Unmarshal(answer, &out) != nil && len(answer) > 0 {
		return
	}
	o.mu.Lock()
	switch c.operation {
	case "UpdateItem":
		if in.ExpressionAttributeValues[":processed"].S != "" {
			o.processed[in.Key["id"].S]++
		}
	case "DeleteMessage":
		o.deleted[o.bodies[o.handles[in.ReceiptHandle]]] = time.Now()
	}
	var handles []string
	for _, message := range out.Messages {
		o.bodies[message.MessageId] = taskOf(message.Body)
		o.handles[message.ReceiptHandle] = message.MessageId
		handles = append(handles, message.ReceiptHandle)
	}
	onReceive := o.onReceive
	o.mu.Unlock()
	if onReceive != nil && len(handles) > 0 {
		onReceive(handles)
	}
}

// taskOf returns the task that an event is about.
func taskOf(body string) string {
	var event struct {
		TaskID string `json:"task_id"`
	}
	if json.Unmarshal([]byte(body), &event) != nil {
		return ""
	}
	return event.TaskID
}

func (o *observer) killed(process string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kills[process] = append(o.kills[process], time.Now())
}

func (o *observer) hook(set func(*observer)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	set(o)
}
