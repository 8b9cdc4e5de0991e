package rows

import "tracelab/tracetree"

// Overview is a picture of all visible rows: a grid of cells, from left to right by time and from
// top to bottom by row.
type Overview struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	// Cells are the cells by row, in base64: 0 where no span ran, 255 where one failed, else the
	// service plus 1, of which those from 254 on are 254.
	Cells []byte `json:"cells"`
}

// The bounds of an overview.
const (
	MaxWidth  = 2048
	MaxHeight = 256
)

const (
	emptyCell  = 0
	failedCell = 255
)

// Overview returns a picture of the rows. It has fewer rows of cells than height if there are fewer
// rows. A cell shows a failure if there is one, else the first span. It takes O(rows + cells) time.
func (v *Visible) Overview(width, height int) Overview {
	width = min(max(width, 1), MaxWidth)
	height = min(max(height, 1), MaxHeight, max(v.Len(), 1))
	o := Overview{Width: width, Height: height, Cells: make([]byte, width*height)}
	// Cells of the present row that are painted are skipped: each cell is painted at most twice,
	// however many spans there are.
	free, unfailed := newSkips(width), newSkips(width)
	band := -1
	for row := range v.Len() {
		if at := row * height / v.Len(); at != band {
			band = at
			free.reset()
			unfailed.reset()
		}
		place := v.tree.lines.Place(v.line(row))
		span := place.Node.Span()
		from, to, known := v.tree.scales[place.Tree].Bar(span)
		if !known {
			continue
		}
		cells := o.Cells[band*width : (band+1)*width]
		first := min(int(from*float64(width)), width-1)
		last := max(first+1, min(int(to*float64(width)+0.5), width))
		if span.Status == tracetree.StatusError {
			unfailed.each(first, last, func(x int) { cells[x] = failedCell })
			free.each(first, last, func(int) {})
			continue
		}
		color := byte(min(v.tree.service[span.Origin]+1, failedCell-1))
		free.each(first, last, func(x int) {
			if cells[x] == emptyCell {
				cells[x] = color
			}
		})
	}
	return o
}

// skips has for each cell the next one that was not visited, itself included.
type skips []int32

func newSkips(n int) skips { return make(skips, n+1) }

func (s skips) reset() {
	for i := range s {
		s[i] = int32(i)
	}
}

// next finds the next cell from x on, and shortens the way to it.
func (s skips) next(x int) int {
	end := x
	for int(s[end]) != end {
		end = int(s[end])
	}
	for int(s[x]) != end && x != end {
		x, s[x] = int(s[x]), int32(end)
	}
	return end
}

// each visits the cells from first to before last that were not visited.
func (s skips) each(first, last int, visit func(int)) {
	for x := s.next(first); x < last; x = s.next(x) {
		visit(x)
		s[x] = int32(x + 1)
	}
}
