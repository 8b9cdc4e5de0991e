package fakes

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tracelab/internal/law"
)

// numbers draws text of numbers that are within the bounds even after an addition.
func numbers() *rapid.Generator[string] {
	return rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{0,8})?([eE][+-]?[0-9])?`)
}

func rational(t *rapid.T, s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("big.Rat can't read %q", s)
	}
	return r
}

func mustParse(t *rapid.T, s string) number {
	n, err := parseNumber(s)
	if err != nil {
		t.Fatalf("parse %q: %v", s, err)
	}
	return n
}

func TestNumberKeepsItsValueAndOneForm(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		s := numbers().Draw(t, "number")
		form := mustParse(t, s).String()
		if rational(t, form).Cmp(rational(t, s)) != 0 {
			t.Fatalf("%q became %q", s, form)
		}
		if again := mustParse(t, form).String(); again != form {
			t.Fatalf("%q became %q when read again", form, again)
		}
		if got, err := canonicalNumber(s); err != nil || got != form {
			t.Fatalf("canonicalNumber(%q) is %q, %v, want %q", s, got, err, form)
		}
	})
}

func TestNumberComparesAndAddsAsRationals(t *testing.T) {
	law.Check(t, func(t *rapid.T) {
		a, b := numbers().Draw(t, "a"), numbers().Draw(t, "b")
		x, y := mustParse(t, a), mustParse(t, b)
		if got, want := x.compare(y), rational(t, a).Cmp(rational(t, b)); got != want {
			t.Fatalf("compare(%s, %s) is %d, want %d", a, b, got, want)
		}
		sum, err := x.add(y)
		if err != nil {
			t.Fatal(err)
		}
		if want := new(big.Rat).Add(rational(t, a), rational(t, b)); rational(t, sum.String()).Cmp(want) != 0 {
			t.Fatalf("%s + %s is %s, want %s", a, b, sum, want)
		}
		zero, err := x.add(x.negate())
		if err != nil || zero.String() != "0" {
			t.Fatalf("%s - %s is %s, %v, want 0", a, a, zero, err)
		}
	})
}

func TestNumberRefusesWhatIsOutOfBounds(t *testing.T) {
	tests := []struct {
		a, b, reason string
	}{
		{"9e125", "9e125", "the sum is too large"},
		{"1e38", "1e-1", "the sum has more than 38 digits"},
	}
	for _, tt := range tests {
		x, errX := parseNumber(tt.a)
		y, errY := parseNumber(tt.b)
		if errX != nil || errY != nil {
			t.Fatal(errX, errY)
		}
		if sum, err := x.add(y); err == nil {
			t.Errorf("%s: %s + %s is %s, want an error", tt.reason, tt.a, tt.b, sum)
		}
	}
	if _, err := parseNumber(strings.Repeat("0", maxNumberLength+1)); err == nil {
		t.Error("a text of any length was read")
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-12.50", "1e125", "1e-130", "+.5", "5.", "1e99999999999", "--1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseNumber(s)
		if err != nil {
			return
		}
		again, err := parseNumber(n.String())
		if err != nil || again != n {
			t.Errorf("%q was read as %s, and that as %s, %v", s, n, again, err)
		}
	})
}
