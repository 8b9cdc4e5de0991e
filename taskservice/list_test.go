package taskservice_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"tracelab/taskservice"
	"tracelab/taskservice/task"
	"tracelab/taskservice/taskpb"
)

func TestPagesHaveEveryTaskOnce(t *testing.T) {
	for _, size := range []int32{0, 1, 7, 100} {
		t.Run(fmt.Sprint("page size ", size), func(t *testing.T) {
			s := newSystem(t, taskservice.Config{})
			want := map[string]int{}
			for i := range 45 {
				want[s.create(t, fmt.Sprint("task ", i))] = 1
			}
			got, token := map[string]int{}, ""
			for pages := 0; ; pages++ {
				if pages > 50 {
					t.Fatal("the pages never end")
				}
				out, err := s.ListTasks(t.Context(), &taskpb.ListTasksRequest{PageSize: size, PageToken: token})
				if err != nil {
					t.Fatal(err)
				}
				most := int(size)
				if size == 0 {
					most = task.DefaultPageSize
				}
				if len(out.GetTasks()) > most {
					t.Errorf("a page has %d tasks, want %d at most", len(out.GetTasks()), most)
				}
				for _, task := range out.GetTasks() {
					got[task.GetId()]++
				}
				if token = out.GetNextPageToken(); token == "" {
					break
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf(
					"the pages have %d tasks (%v times), want each of %d once",
					len(got),
					slices.Sorted(maps.Values(got)),
					len(want),
				)
			}
		})
	}
}

func TestPageTokens(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	tests := []struct {
		name, token string
		want        codes.Code
		reason      string
	}{
		{"none", "", codes.OK, "the first page"},
		{"of a task that is gone", encode([]byte("gone")), codes.OK, "the list goes on behind where it was"},
		{"not base64", "?", codes.InvalidArgument, ""},
		{"padded", "YQ==", codes.InvalidArgument, "tokens are given out without padding"},
		{"other alphabet", "+/+/", codes.InvalidArgument, "tokens are for URLs"},
		{"not UTF-8 inside", encode([]byte{0xff}), codes.InvalidArgument, "no task has such an id"},
		{"too long inside", encode([]byte(strings.Repeat("x", 2049))), codes.InvalidArgument, "no task has such an id"},
		{"not UTF-8", "\xff", codes.InvalidArgument, ""},
	}
	s := newSystem(t, taskservice.Config{})
	s.create(t, "Buy milk")
	for _, test := range tests {
		_, err := s.ListTasks(t.Context(), &taskpb.ListTasksRequest{PageToken: test.token})
		if status.Code(err) != test.want {
			t.Errorf("%s: error is %v, want %s: %s", test.name, err, test.want, test.reason)
		}
	}
}

func TestPageSizeOutOfBoundsIsRefused(t *testing.T) {
	s := newSystem(t, taskservice.Config{})
	for size, want := range map[int32]codes.Code{
		-1: codes.InvalidArgument, 0: codes.OK, 100: codes.OK, 101: codes.InvalidArgument,
	} {
		_, err := s.ListTasks(t.Context(), &taskpb.ListTasksRequest{PageSize: size})
		wantCode(t, err, want)
	}
}

func TestEmptyTableIsOneEmptyPage(t *testing.T) {
	out, err := newSystem(t, taskservice.Config{}).ListTasks(t.Context(), &taskpb.ListTasksRequest{})
	if err != nil || len(out.GetTasks()) != 0 || out.GetNextPageToken() != "" {
		t.Errorf("page is %v, error %v", out, err)
	}
}
