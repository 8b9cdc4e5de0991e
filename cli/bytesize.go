package cli

import (
	"fmt"
	"strconv"
	"strings"
)

// byteSize is a number of bytes, which people write as 256MiB.
type byteSize int64

// byteUnits are the units of a byteSize, the longest names first.
var byteUnits = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1},
}

// UnmarshalText reads a size with its unit.
func (s *byteSize) UnmarshalText(text []byte) error {
	for _, unit := range byteUnits {
		number, found := strings.CutSuffix(string(text), unit.name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n <= 0 || n > (1<<50)/unit.bytes {
			break
		}
		*s = byteSize(n * unit.bytes)
		return nil
	}
	return fmt.Errorf("found %q, want a size such as 256MiB or 2GiB", text)
}
