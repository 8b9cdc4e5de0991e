package codec

// Known returns the names of the formats that are read, and the hints of the JSON formats as an
// error message lists them.
func Known() (names []Format, list string) {
	for _, f := range formats() {
		if f.instead == "" {
			names = append(names, f.name)
		}
	}
	return names, hints()
}
