package sampling

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// ParseShare reads a share, from 0 to 1, as policies have it: "5%", "0.5 %" or
// "0.05".
func ParseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		n /= 100
	}
	switch {
	case err != nil || math.IsNaN(n):
		return 0, fmt.Errorf(`%q is no share: it takes a percentage, as "5%%", or a number from 0 to 1`, text)
	case n < 0 || n > 1 && percent:
		return 0, fmt.Errorf("%s is no share: it takes 0%% to 100%%", text)
	case n > 1:
		return 0, fmt.Errorf(`%s is more than all: it takes a number from 0 to 1, or a percentage, as "%s%%"`, text, text)
	}
	return n, nil
}

func (d *document) share(node ast.Node) (float64, error) {
	text, err := d.scalar(node, `a share, as "5%" or 0.05`)
	if err != nil {
		return 0, err
	}
	share, err := ParseShare(text)
	if err != nil {
		return 0, d.errorAt(node, "%s", err)
	}
	return share, nil
}

func (d *document) boolean(node ast.Node) (bool, error) {
	text, err := d.scalar(node, "true or false")
	if err == nil && text != "true" && text != "false" {
		err = d.errorAt(node, "%q is neither true nor false", text)
	}
	return text == "true", err
}

func (d *document) duration(node ast.Node) (time.Duration, error) {
	const what = `a time with its unit, as "250ms" or "2s"`
	text, err := d.scalar(node, what)
	if err != nil {
		return 0, err
	}
	lasts, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, d.errorAt(node, "%q is not %s", text, what)
	case lasts < time.Millisecond || lasts > longest:
		return 0, d.errorAt(node, "%s is too short or too long: it takes 1ms to %s", text, longest)
	}
	return lasts, nil
}

// size reads "64MiB", "512 KiB" or a number of bytes.
func (d *document) size(node ast.Node) (int, error) {
	const what, least, most = `a size, as "64MiB" or "512KiB"`, 1 << 10, 1 << 30
	text, err := d.scalar(node, what)
	if err != nil {
		return 0, err
	}
	number, unit := text, 1
	for suffix, bytes := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "kB": 1e3, "MB": 1e6, "GB": 1e9} {
		if before, found := strings.CutSuffix(text, suffix); found {
			number, unit = before, bytes
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(n) {
		return 0, d.errorAt(node, "%q is not %s", text, what)
	}
	if size := n * float64(unit); size >= least && size <= most {
		return int(size), nil
	}
	return 0, d.errorAt(node, "%s is too small or too large: it takes 1KiB to 1GiB", text)
}
