// The API gateway: POST /tasks becomes a call of the task service.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"starter/taskpb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal("gateway: ", err)
	}
}

func run(ctx context.Context) error {
	conn, err := grpc.NewClient(cmp.Or(os.Getenv("TASK_SERVICE"), "127.0.0.1:50051"),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()

	mux := http.NewServeMux()
	mux.Handle("POST /tasks", createTask(taskpb.NewTaskServiceClient(conn)))
	server := &http.Server{Addr: "127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "8080"), Handler: mux}
	answered := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(answered)
		_ = server.Shutdown(context.Background()) // waits for the requests that have begun
	})
	log.Printf("gateway: http://%s/tasks", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-answered
	return nil
}

func createTask(tasks taskpb.TaskServiceClient) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Title string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, "read task: "+err.Error()+`: want {"title": "…"}`, http.StatusBadRequest)
			return
		}
		out, err := tasks.CreateTask(r.Context(), &taskpb.CreateTaskRequest{Title: in.Title})
		if err != nil {
			log.Print("gateway: ", err)
			http.Error(w, "the task was not created", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(map[string]string{"id": out.GetTask().GetId(), "title": out.GetTask().GetTitle()})
	}
}
