package tracetree

import "slices"

// Option changes how a forest is printed and compared. The same options mean the same in both.
type Option uint8

// The options. Compact is the default and gives way to Full.
const (
	Compact    Option = iota // CLIENT spans are folded into the SERVER spans that they call
	Full                     // every span has a line of its own
	Attributes               // print every attribute in braces; comparing ignores it
	Any                      // compare: trees that the pattern doesn't have are fine; printing ignores it
)

func has(opts []Option, o Option) bool { return slices.Contains(opts, o) }
