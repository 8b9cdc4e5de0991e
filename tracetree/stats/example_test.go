package stats_test

import (
	"fmt"
	"time"

	"tracelab/tracetree"
	"tracelab/tracetree/stats"
)

func ExampleServiceMap() {
	m := stats.ServiceMap(tracetree.Build(createTask()))
	for _, e := range m.Edges {
		fmt.Printf("%s -> %s: %d calls, %d errors\n", e.From.Name, e.To.Name, e.Calls, e.Errors)
	}
	// Output:
	// api-gateway -> task-service: 1 calls, 0 errors
	// task-service -> db: tasks table: 1 calls, 0 errors
	// task-service -> sqs: task-events: 1 calls, 0 errors
	// worker -> db: tasks table: 1 calls, 1 errors
	// sqs: task-events -> worker: 1 calls, 0 errors
}

func ExampleMap_Text() {
	fmt.Print(stats.ServiceMap(tracetree.Build(createTask())).Text())
	// Output:
	// CALLER            CALLEE            CALLS  ERRORS  ERROR RATE   P50   P95   P99
	// api-gateway       task-service          1       0        0.0%  18ms  18ms  18ms
	// task-service      db: tasks table       1       0        0.0%   4ms   4ms   4ms
	// task-service      sqs: task-events      1       0        0.0%   5ms   5ms   5ms
	// worker            db: tasks table       1       1      100.0%   3ms   3ms   3ms
	// sqs: task-events  worker                1       0        0.0%  14ms  14ms  14ms
}

func ExampleMap_Mermaid() {
	fmt.Print(stats.ServiceMap(tracetree.Build(createTask()[:3])).Mermaid())
	// Output:
	// flowchart LR
	//   n0["api-gateway"]
	//   n1["task-service"]
	//   n0 -->|"1 call, p95 18ms"| n1
}

func ExampleMap_DOT() {
	fmt.Print(stats.ServiceMap(tracetree.Build(createTask()[:3])).DOT())
	// Output:
	// digraph services {
	//   rankdir=LR;
	//   n0 [label="api-gateway", shape=box];
	//   n1 [label="task-service", shape=box];
	//   n0 -> n1 [label="1 call, p95 18ms"];
	// }
}

func ExampleOperations() {
	for _, o := range stats.Operations(tracetree.Build(createTask())) {
		fmt.Printf(
			"%s: %d calls, %d errors, at most %v, %v of it itself\n",
			o.Label,
			o.Calls,
			o.Errors,
			o.Durations.Max,
			o.SelfTimes.Max,
		)
	}
	// Output:
	// api-gateway: POST /tasks: 1 calls, 0 errors, at most 20ms, 2ms of it itself
	// api-gateway: grpc.client.CreateTask: 1 calls, 0 errors, at most 18ms, 3ms of it itself
	// db: PutItem (tasks table): 1 calls, 0 errors, at most 4ms, 4ms of it itself
	// db: UpdateItem (tasks table): 1 calls, 1 errors, at most 3ms, 3ms of it itself
	// sqs: SendMessage (task-events): 1 calls, 0 errors, at most 5ms, 5ms of it itself
	// task-service: /tasks.TaskService/CreateTask: 1 calls, 0 errors, at most 15ms, 6ms of it itself
	// worker: process task-created: 1 calls, 0 errors, at most 14ms, 11ms of it itself
}

func ExampleSelfTime() {
	forest := tracetree.Build(createTask())
	for i, self := range stats.SelfTime(forest) {
		if self != stats.Unknown {
			fmt.Println(self, tracetree.Label(&forest.Spans()[i]))
		}
	}
	// Output:
	// 2ms api-gateway: POST /tasks
	// 3ms api-gateway: grpc.client.CreateTask
	// 6ms task-service: /tasks.TaskService/CreateTask
	// 4ms db: PutItem (tasks table)
	// 5ms sqs: SendMessage (task-events)
	// 11ms worker: process task-created
	// 3ms db: UpdateItem (tasks table)
}

func ExampleCriticalPath() {
	forest := tracetree.Build(createTask())
	for top := range forest.Tops() {
		path, known := stats.CriticalPath(top, nil)
		if !known {
			continue
		}
		for _, s := range path.Segments {
			fmt.Println(s.Start, "to", s.End, path.Spans[s.Span].Label)
		}
	}
	// Output:
	// 0s to 1ms api-gateway: POST /tasks
	// 1ms to 3ms api-gateway: grpc.client.CreateTask
	// 3ms to 4ms task-service: /tasks.TaskService/CreateTask
	// 4ms to 8ms db: PutItem (tasks table)
	// 8ms to 9ms task-service: /tasks.TaskService/CreateTask
	// 9ms to 14ms sqs: SendMessage (task-events)
	// 14ms to 18ms task-service: /tasks.TaskService/CreateTask
	// 18ms to 19ms api-gateway: grpc.client.CreateTask
	// 19ms to 20ms api-gateway: POST /tasks
}

func ExamplePercentile() {
	sorted := []time.Duration{time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond, 40 * time.Millisecond}
	median, _ := stats.Percentile(sorted, 50)
	p95, _ := stats.Percentile(sorted, 95)
	fmt.Println(median, p95)
	// Output: 2ms 40ms
}

func ExampleSummary() {
	var summary stats.Summary
	spans := createTask()
	for len(spans) > 0 { // as a reader hands them out
		n := min(3, len(spans))
		summary.Add(spans[:n])
		spans = spans[n:]
	}
	for _, t := range summary.Traces(stats.ByDuration) {
		fmt.Println(t.Root, t.Services, t.Spans, t.Errors, *t.Duration)
	}
	// Output: api-gateway: POST /tasks [api-gateway task-service worker] 7 1 30ms
}
