package tracetree

// Line is one line of the notation, with what a drawing of the trace needs beyond its text.
type Line struct {
	Text   string // indentation, label and annotations, as Format prints them, without the line's end
	Depth  int    // levels of indentation
	Tree   int    // the index of the tree among those that are shown, from 0
	Node   Node   // the span
	Folded Node   // the CLIENT span folded into this line, or the zero Node
	Marks  Marks  // the node's, and those handed on by the folded span

	// Share is this span's position among the spans of the capture that it links to: "1 of 3" for a consumer of a
	// batch that is shown below the first of three producers. It is zero when the span links to fewer than two.
	Share Share
	// Elsewhere lists the spans that link to this one, or to the span folded into it, and are shown elsewhere.
	Elsewhere []Reference
}

// Share is a position among several: K of N, from 1. The zero Share is none.
type Share struct{ K, N int }

// Reference is a span that is shown at another place than the one that it links to from there.
type Reference struct {
	Node  Node
	Share Share // which of the node's links it is; N is 1 when there is only one
}
