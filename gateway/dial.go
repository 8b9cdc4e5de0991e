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
// finds what the first one stored. If the first one failed to publish its event, the task
// service's sweep sends it.
//
// DeleteTask is never repeated: a second attempt would find nothing, and report a failure that
// didn't happen.
//
// If the task service's name has several addresses, as that of a headless Service of Kubernetes,
// calls go to all of them in turn. gRPC keeps its connections, so nothing in between could
// balance them.
func DialOptions(s telemetry.Service, attempts int) ([]grpc.DialOption, error) {
	if attempts < 1 || attempts > 5 {
		return nil, fmt.Errorf("configure gateway: attempts is %d: want 1 to 5", attempts)
	}
	config, err := serviceConfig(attempts)
	if err != nil {
		return nil, err
	}
	options := append(telemetry.GRPCClient(s, attempts > 1), grpc.WithDefaultServiceConfig(config))
	if attempts == 1 {
		options = append(options, grpc.WithDisableRetry())
	}
	return options, nil
}

// serviceConfig returns gRPC's service config: how calls are balanced, and which may be repeated.
func serviceConfig(attempts int) (string, error) {
	type name struct {
		Service string `json:"service"`
		Method  string `json:"method"`
	}
	type object map[string]any
	content := object{"loadBalancingConfig": []object{{"round_robin": object{}}}}
	if attempts > 1 {
		var repeatable []name
		for _, method := range []string{"CreateTask", "GetTask", "ListTasks", "UpdateTask"} {
			repeatable = append(repeatable, name{"tasks.TaskService", method})
		}
		content["methodConfig"] = []object{{
			"name": repeatable,
			"retryPolicy": object{
				"maxAttempts":          attempts,
				"initialBackoff":       "0.05s",
				"maxBackoff":           "1s",
				"backoffMultiplier":    2,
				"retryableStatusCodes": []string{"UNAVAILABLE"},
			},
		}}
	}
	config, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("configure gateway: %w", err)
	}
	return string(config), nil
}
