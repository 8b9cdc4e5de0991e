package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"tracelab/fakes"
	"tracelab/fakes/awshttp"
	"tracelab/lab"
	"tracelab/taskservice/task"
)

// awsCommand serves the fakes of DynamoDB and SQS over HTTP.
type awsCommand struct {
	Listen  string   `help:"Address to listen on. Port 0 picks a free port." placeholder:"HOST:PORT" default:"127.0.0.1:4566"`
	Region  string   `help:"Region in the ARNs of queues." placeholder:"REGION" default:"${region}"`
	Table   []string `sep:"none" placeholder:"NAME[:KEY]" help:"Create a table with this hash key, of type S; without KEY, it is id. Can be repeated. Without --table, the services' table ${table} is created."`
	Queue   []string `sep:"none" placeholder:"NAME[,SETTING=VALUE...]" help:"Create a queue. Settings are visibility=30s, and dead-letter=NAME with max-receives=3. Can be repeated. Without --queue, the services' queues ${queue} and ${deadletters} are created."`
	Faults  string   `placeholder:"FILE" help:"Start with the faults in this YAML file. They can be changed later: PUT /_tracelab/faults."`
	Latency string   `help:"Latency of calls: ${enum}." enum:"none,realistic" default:"none"`
}

// Help is shown below the usage.
func (awsCommand) Help() string {
	return "Point programs at it with AWS_ENDPOINT_URL. Data is in memory. " +
		"Credentials aren't checked. An unsupported call fails with an error that names it."
}

// The limits of the server. A request has to arrive in requestTimeout; its answer may take longer,
// as that of a long poll does.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = 30 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeader      = 64 << 10
)

func (c awsCommand) Run(ctx context.Context, env *environment) error {
	tables, err := parseTables(c.Table)
	if err != nil {
		return err
	}
	queues, err := parseQueues(c.Queue)
	if err != nil {
		return err
	}
	latency := map[string]func(string) time.Duration{"realistic": lab.RealisticLatency}[c.Latency]
	db, err := fakes.NewDynamoDB(fakes.DynamoDBConfig{Tables: tables, Latency: latency})
	if err != nil {
		return usageError("--table: %w", err)
	}
	sqs, err := fakes.NewSQS(fakes.SQSConfig{Queues: queues, Region: c.Region, Latency: latency})
	if err != nil {
		return usageError("--queue: %w", err)
	}
	defer sqs.Close()
	handler := awshttp.New(db, sqs)
	if c.Faults != "" {
		text, err := os.ReadFile(c.Faults)
		if err != nil {
			return usageError("read the faults: %w", err)
		}
		if err := handler.SetFaults(c.Faults, string(text)); err != nil {
			return &exitError{exitUsage, err}
		}
	}
	var open listeners
	defer open.close()
	listener, err := open.listen("--listen", c.Listen)
	if err != nil {
		return err
	}
	if open.beyond {
		fmt.Fprintln(env.stderr, "tracelab: other machines can reach this server, which accepts any credentials")
	}
	at := urlOf(listener, false)
	fmt.Fprintf(env.stdout, "DynamoDB and SQS are at %s\n\nTo use them, in a program's shell:\n"+
		"  export AWS_ENDPOINT_URL=%s\n  export AWS_REGION=%s\n"+
		"  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n\n"+
		"Tables: %s\nQueues: %s\nFaults: GET, PUT or DELETE %s/_tracelab/faults\n\nCtrl-C stops.\n",
		at, at, c.Region, strings.Join(db.Tables(), ", "), strings.Join(sqs.Queues(), ", "), at)
	if err := flush(env.stdout); err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader,
	}
	// Calls under way are answered. Long polls return at once, without a message.
	server.RegisterOnShutdown(sqs.EndPolls)
	return serveHTTP(ctx, server, listener, closeTimeout)
}

// parseTables returns the tables of --table.
func parseTables(flags []string) ([]fakes.Table, error) {
	if len(flags) == 0 {
		return []fakes.Table{{Name: lab.Table, Key: task.Key}}, nil
	}
	var tables []fakes.Table
	for _, flag := range flags {
		name, key, given := strings.Cut(flag, ":")
		if given && key == "" {
			return nil, usageError("--table is %q: want NAME or NAME:KEY, such as tasks:id", flag)
		}
		tables = append(tables, fakes.Table{Name: name, Key: cmp.Or(key, "id")})
	}
	return tables, nil
}

// parseQueues returns the queues of --queue. A dead-letter queue needs no flag of its own.
func parseQueues(flags []string) ([]fakes.Queue, error) {
	if len(flags) == 0 {
		flags = []string{lab.Queue + ",dead-letter=" + lab.DeadLetterQueue}
	}
	var queues []fakes.Queue
	for _, flag := range flags {
		queue, err := parseQueue(flag)
		if err != nil {
			return nil, usageError("--queue is %q: %w", flag, err)
		}
		queues = append(queues, queue)
	}
	for _, queue := range queues[:len(queues):len(queues)] {
		if queue.Redrive == nil {
			continue
		}
		dead := queue.Redrive.DeadLetterQueue
		if !slices.ContainsFunc(queues, func(q fakes.Queue) bool { return q.Name == dead }) {
			queues = append(queues, fakes.Queue{Name: dead})
		}
	}
	return queues, nil
}

// defaultMaxReceives is the number of receives before a message goes to the dead-letter queue.
const defaultMaxReceives = 3

func parseQueue(flag string) (fakes.Queue, error) {
	name, rest, _ := strings.Cut(flag, ",")
	queue := fakes.Queue{Name: name}
	redrive := fakes.Redrive{MaxReceiveCount: defaultMaxReceives}
	maxGiven := false
	for setting := range strings.SplitSeq(rest, ",") {
		if rest == "" {
			break
		}
		key, value, _ := strings.Cut(setting, "=")
		var err error
		switch key {
		case "visibility":
			if queue.VisibilityTimeout, err = time.ParseDuration(value); err != nil || queue.VisibilityTimeout <= 0 {
				return queue, fmt.Errorf("visibility is %q: want a duration such as 30s", value)
			}
		case "dead-letter":
			redrive.DeadLetterQueue = value
		case "max-receives":
			maxGiven = true
			if redrive.MaxReceiveCount, err = strconv.Atoi(value); err != nil {
				return queue, fmt.Errorf("max-receives is %q: want a number from 1 to 1000", value)
			}
		default:
			return queue, fmt.Errorf("unknown setting %q: want visibility, dead-letter or max-receives", key)
		}
	}
	switch {
	case redrive.DeadLetterQueue != "":
		queue.Redrive = &redrive
	case maxGiven:
		return queue, errors.New("max-receives has no effect without dead-letter: want both")
	}
	return queue, nil
}
