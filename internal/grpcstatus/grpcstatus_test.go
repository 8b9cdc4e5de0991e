package grpcstatus_test

import (
	"strconv"
	"testing"

	"google.golang.org/grpc/codes"

	"tracelab/internal/grpcstatus"
)

func TestName(t *testing.T) {
	tests := []struct{ reason, code, want string }{
		{"a name", "NOT_FOUND", "NOT_FOUND"},
		{"a name in lower case", "not_found", "NOT_FOUND"},
		{"a number", "5", "NOT_FOUND"},
		{"the first", "0", "OK"},
		{"the last", "16", "UNAUTHENTICATED"},
		{"a number after the last", "17", ""},
		{"a negative number", "-1", ""},
		{"an HTTP code", "404", ""},
		{"another word", "NotFound", ""},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		if got := grpcstatus.Name(test.code); got != test.want {
			t.Errorf("%s: Name(%q) = %q, want %q", test.reason, test.code, got, test.want)
		}
	}
}

// TestNamesAreThoseOfGRPC compares with the names that grpc-go reads from JSON.
func TestNamesAreThoseOfGRPC(t *testing.T) {
	for n := codes.OK; n <= codes.Unauthenticated; n++ {
		name := grpcstatus.Name(strconv.Itoa(int(n)))
		var code codes.Code
		if err := code.UnmarshalJSON([]byte(`"` + name + `"`)); err != nil || code != n {
			t.Errorf("code %d is named %q, which grpc-go reads as %d (%v)", n, name, code, err)
		}
	}
}

// TestEveryCodeIsAnErrorOfOneSort: a code is fine, the client's error, or an error of both.
func TestEveryCodeIsAnErrorOfOneSort(t *testing.T) {
	server := map[string]bool{
		"UNKNOWN": true, "DEADLINE_EXCEEDED": true, "UNIMPLEMENTED": true, "INTERNAL": true, "UNAVAILABLE": true,
		"DATA_LOSS": true,
	}
	for n := range 17 {
		name := grpcstatus.Name(strconv.Itoa(n))
		if got, want := grpcstatus.IsServerError(name), server[name]; got != want {
			t.Errorf("IsServerError(%q) = %v, want %v", name, got, want)
		}
		if got, want := grpcstatus.IsClientError(name), !server[name] && name != "OK"; got != want {
			t.Errorf("IsClientError(%q) = %v, want %v", name, got, want)
		}
	}
	if grpcstatus.IsServerError("") || grpcstatus.IsClientError("404") {
		t.Error("text that is not a code is an error")
	}
}
