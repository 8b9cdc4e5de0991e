package gateway

import (
	"encoding/json"
	"fmt"

	"google.golang.org/grpc"

	"tracelab/telemetry"
)

// DialOptions returns the options with which the gateway reaches the task service: every attempt at
// a call has a CLIENT span and carries its context along, and a call that found the service
// UNAVAILABLE is tried again, up to attempts times in all (1 to 5; 1 never tries again).
//
// A task is created once all the same, as every request has an idempotency key: a second attempt
// finds what the first one stored. Should the first one have failed to publish its event, the task
// service's sweep sends it.
//
// DeleteTask is never repeated: a second attempt would find nothing, and report a failure that
// there wasn't.
func DialOptions(s telemetry.Service, attempts int) ([]grpc.DialOption, error) {
	options := telemetry.GRPCClient(s, attempts > 1)
	switch {
	case attempts == 1:
		return append(options, grpc.WithDisableRetry()), nil
	case attempts < 1 || attempts > 5:
		return nil, fmt.Errorf("configure gateway: attempts is %d: want 1 to 5", attempts)
	}
	config, err := retryConfig(attempts)
	if err != nil {
		return nil, err
	}
	return append(options, grpc.WithDefaultServiceConfig(config)), nil
}

// retryConfig returns gRPC's service config for the calls that may be repeated.
func retryConfig(attempts int) (string, error) {
	type name struct {
		Service string `json:"service"`
		Method  string `json:"method"`
	}
	type object map[string]any
	var repeatable []name
	for _, method := range []string{"CreateTask", "GetTask", "ListTasks", "UpdateTask"} {
		repeatable = append(repeatable, name{"tasks.TaskService", method})
	}
	config, err := json.Marshal(object{"methodConfig": []object{{
		"name": repeatable,
		"retryPolicy": object{
			"maxAttempts":          attempts,
			"initialBackoff":       "0.05s",
			"maxBackoff":           "1s",
			"backoffMultiplier":    2,
			"retryableStatusCodes": []string{"UNAVAILABLE"},
		},
	}}})
	if err != nil {
		return "", fmt.Errorf("configure gateway: %w", err)
	}
	return string(config), nil
}
