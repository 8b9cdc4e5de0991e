package sampling

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseShare reads a share from 0 to 1 as policies have it: "5%", "0.5 %" or "0.05".
func ParseShare(text string) (float64, error) {
	const want = "want a percentage such as 5%, or a number from 0 to 1"
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		n /= 100
	}
	switch {
	case err != nil || math.IsNaN(n):
		return 0, fmt.Errorf("%q is not a share: %s", text, want)
	case n > 1 && !percent:
		return 0, fmt.Errorf("%s is more than 1: %s (did you mean %s%%?)", text, want, text)
	case n < 0 || n > 1:
		return 0, fmt.Errorf("%s is out of range: want 0%% to 100%%", text)
	}
	return n, nil
}

// parseSize reads "64MiB", "512 KiB" or a number of bytes.
func parseSize(text string) (int, error) {
	const least, most = 1 << 10, 1 << 30
	number, unit := text, 1
	for suffix, bytes := range map[string]int{
		"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1e3, "MB": 1e6,
		"GB": 1e9,
	} {
		if before, found := strings.CutSuffix(text, suffix); found {
			number, unit = before, bytes
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(n) {
		return 0, fmt.Errorf("%q is not a size: want one such as 64MiB or 512KiB", text)
	}
	if size := n * float64(unit); size >= least && size <= most {
		return int(size), nil
	}
	return 0, fmt.Errorf("%s is out of range: want 1KiB to 1GiB", text)
}
