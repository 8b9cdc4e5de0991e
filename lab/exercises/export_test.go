package exercises

import "context"

// GradePolicy grades an answer to ex3 by this many requests, instead of those that the exercise
// names.
func GradePolicy(ctx context.Context, requests int, answer string) (Grade, error) {
	return policyTask{requests: requests}.grade(ctx, answer)
}
