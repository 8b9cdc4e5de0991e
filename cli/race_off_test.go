//go:build !race

package cli_test

// withRaceDetector is set if the race detector is in the tests, and so in the program under test.
const withRaceDetector = false
