package fakestest

import (
	"errors"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithy "github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

type item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(s string) types.AttributeValue { return &types.AttributeValueMemberN{Value: s} }

// diffItems compares attributes by their values.
func diffItems(want, got any) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(
		types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
		types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{}, types.AttributeValueMemberM{},
		types.AttributeValueMemberL{}, types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{},
		types.AttributeValueMemberBS{},
	))
}

// noError fails the test now.
func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantCode checks that err has all the layers of the real client's errors around an API error with
// the given code.
func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	var op *smithy.OperationError
	var response *awshttp.ResponseError
	var api smithy.APIError
	switch {
	case !errors.As(err, &op):
		t.Errorf("got error %v, want a *smithy.OperationError", err)
	case !errors.As(err, &response):
		t.Errorf("got error %v, want an *http.ResponseError", err)
	case response.HTTPStatusCode() != 400:
		t.Errorf("got status %d, want 400", response.HTTPStatusCode())
	case !errors.As(err, &api):
		t.Errorf("got error %v, want a smithy.APIError", err)
	case api.ErrorCode() != code:
		t.Errorf("got code %s (%v), want %s", api.ErrorCode(), err, code)
	}
}

// wantType checks that err wraps an E.
func wantType[E error](t testing.TB, err error) (e E) {
	t.Helper()
	if !errors.As(err, &e) {
		t.Errorf("got error %v, want a %T", err, e)
	}
	return e
}
