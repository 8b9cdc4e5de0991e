package treetest

import (
	"fmt"
	"os"
)

// updateVariable is an environment variable, as a flag of a library could be one that the test has
// as well.
const updateVariable = "TREETEST_UPDATE"

// updating reports whether expectations that don't match are to be written anew.
func updating() (bool, error) {
	switch value := os.Getenv(updateVariable); value {
	case "", "0":
		return false, nil
	case "1":
		return true, nil
	default:
		return false, fmt.Errorf("%s=%.40q: want 1, or 0 or nothing", updateVariable, value)
	}
}
