package cli

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"tracelab/telemetry"
)

// awsClients are the real clients, and where they reach the services.
type awsClients struct {
	dynamoDB   *dynamodb.Client
	sqs        *sqs.Client
	atDynamoDB telemetry.Endpoint
	atSQS      telemetry.Endpoint
	region     string
}

// newAWSClients returns clients with the SDK's standard chain of credentials, region and endpoints:
// variables such as AWS_PROFILE and AWS_ENDPOINT_URL, the shared files, and the roles of containers
// and instances.
func newAWSClients(ctx context.Context) (*awsClients, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, usageError("read AWS's configuration: %w", err)
	}
	if cfg.Region == "" {
		return nil, usageError("no AWS region: set AWS_REGION, or a region in the profile")
	}
	c := &awsClients{dynamoDB: dynamodb.NewFromConfig(cfg), sqs: sqs.NewFromConfig(cfg), region: cfg.Region}
	c.atDynamoDB = endpointOf(cfg.Region, "dynamodb", c.dynamoDB.Options().BaseEndpoint)
	c.atSQS = endpointOf(cfg.Region, "sqs", c.sqs.Options().BaseEndpoint)
	return c, nil
}

// endpointOf returns where a service is reached, for spans.
func endpointOf(region, service string, base *string) telemetry.Endpoint {
	at := telemetry.Endpoint{Region: region, Address: service + "." + region + ".amazonaws.com"}
	if u, err := url.Parse(aws.ToString(base)); err == nil && u.Hostname() != "" {
		at.Address = u.Hostname()
		at.Port, _ = strconv.Atoi(u.Port()) // 0, if it is the scheme's
	}
	return at
}

// connectAWS returns the clients, and the URL of the queue with this name.
func connectAWS(ctx context.Context, queue string) (clients *awsClients, url string, err error) {
	if clients, err = newAWSClients(ctx); err == nil {
		url, err = clients.queueURL(ctx, queue)
	}
	return clients, url, err
}

// queueURL returns the URL of a queue by its name.
func (c *awsClients) queueURL(ctx context.Context, name string) (string, error) {
	out, err := c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return "", fmt.Errorf("find the queue %s: %w", name, err)
	}
	return aws.ToString(out.QueueUrl), nil
}
