package awshttp

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"tracelab/fakes/faultfile"
)

// maxFaults is the largest text of faults in bytes.
const maxFaults = 64 << 10

func (s *Server) getFaults(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(faultfile.Counts(s.dynamoDB.Faults(), s.sqs.Faults()))
}

func (s *Server) putFaults(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" && kind != "application/yaml" {
		http.Error(w, "want Content-Type: application/json or application/yaml", http.StatusUnsupportedMediaType)
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFaults))
	if err != nil {
		http.Error(w, "read the faults: "+err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.SetFaults("faults", string(text)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.getFaults(w, r)
}

func (s *Server) deleteFaults(w http.ResponseWriter, r *http.Request) {
	if err := s.SetFaults("faults", ""); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// SetFaults replaces the faults of both fakes by those in a text: see package faultfile. With an
// error, they stay as they were. The error joins one for each mistake, with its place in the file.
func (s *Server) SetFaults(file, text string) error {
	faults, err := faultfile.Parse(file, text, s.dynamoDB.Tables(), s.sqs.Queues())
	if err != nil {
		return err
	}
	return errors.Join(s.dynamoDB.SetFaults(faults.DynamoDB), s.sqs.SetFaults(faults.SQS))
}
