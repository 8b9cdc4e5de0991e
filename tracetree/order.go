package tracetree

// matchesInOrder compares siblings one after the other, as a regular expression compares characters. After each item it
// knows at which places among the siblings the comparison can stand.
func (m *matcher) matchesInOrder(b *block, runs []run) bool {
	var siblings []int32
	for _, r := range runs {
		for range r.count {
			siblings = append(siblings, r.class)
		}
	}
	n := len(siblings)
	places := make([]bool, n+1)
	places[0] = true
	matching := make([]int, n+1) // how many siblings from a place on match the item
	for _, it := range b.items {
		next := make([]bool, n+1)
		if it.class == none {
			reached := false
			for j := range next {
				reached = reached || places[j]
				next[j] = reached
			}
			places = next
			continue
		}
		for j := n - 1; j >= 0; j-- {
			matching[j] = 0
			if m.matchesClass(it.class, siblings[j]) {
				matching[j] = matching[j+1] + 1
			}
		}
		// Each place reaches a range of places; where ranges begin and end is counted, to go over them once.
		changes := make([]int, n+2)
		for j, reached := range places {
			low, high := j+int(it.min), j+min(int(it.max), matching[j])
			if reached && low <= high {
				changes[low]++
				changes[high+1]--
			}
		}
		open := 0
		for j := range next {
			open += changes[j]
			next[j] = open > 0
		}
		places = next
	}
	return places[n]
}
