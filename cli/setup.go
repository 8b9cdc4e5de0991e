package cli

import (
	"context"
	"fmt"

	"tracelab/cli/show"
)

// setupCommand makes what the services need outside of their processes.
type setupCommand struct {
	AWS setupAWSCommand `cmd:"" name:"aws" help:"Make the table and the queues of the three services."`
}

// setupAWSCommand makes the table and the queues.
type setupAWSCommand struct {
	Table           string `env:"TRACELAB_TABLE" default:"${table}" placeholder:"NAME" help:"The table of tasks."`
	Queue           string `env:"TRACELAB_QUEUE" default:"${queue}" placeholder:"NAME" help:"The queue of events."`
	DeadLetterQueue string `default:"${deadletters}" placeholder:"NAME" help:"The queue for messages that can't be processed."`
	MaxReceives     int    `default:"3" placeholder:"N" help:"Number of receives after which a message goes to the dead-letter queue, 1 to 1000."`
	Visibility      int    `default:"30" placeholder:"SECONDS" help:"Time for which a received message is hidden from other consumers, 1 to 43200."`
	DryRun          bool   `help:"Print what would be done, and change nothing."`
	Teardown        bool   `help:"Remove the table and the queues, with everything in them."`
}

// Help is shown below the usage.
func (setupAWSCommand) Help() string {
	return "aws creates a table with on-demand billing, a queue, its dead-letter queue and the redrive policy, " +
		"or changes those that exist. It can be repeated: what already has these settings is not changed. " +
		"Credentials, region and endpoint come from the default sources of AWS's SDK, such as AWS_PROFILE, " +
		"AWS_REGION and AWS_ENDPOINT_URL. " +
		"Exits with 1 if something can't be created, and 2 for bad usage or if AWS isn't configured."
}

func (c setupAWSCommand) Run(ctx context.Context, env *environment, g given) error {
	switch {
	case c.MaxReceives < 1 || c.MaxReceives > 1000:
		return usageError("--max-receives is %d: want 1 to 1000", c.MaxReceives)
	case c.Visibility < 1 || c.Visibility > 43200:
		return usageError("--visibility is %d: want 1 to 43200", c.Visibility)
	case c.Queue == c.DeadLetterQueue:
		return usageError("--queue and --dead-letter-queue are both %q: want two queues", c.Queue)
	case c.Teardown:
		if err := g.noEffect("--teardown", "--max-receives", "--visibility"); err != nil {
			return err
		}
	}
	clients, err := newAWSClients(ctx)
	if err != nil {
		return err
	}
	s := awsSetup{dynamoDB: clients.dynamoDB, sqs: clients.sqs, want: c, report: func(format string, args ...any) {
		fmt.Fprintln(env.stdout, show.Message(fmt.Sprintf(format, args...)))
	}}
	if c.Teardown {
		return s.teardown(ctx)
	}
	return s.setup(ctx)
}
