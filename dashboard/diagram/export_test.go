package diagram

// TextWidth is how much room a text takes, for tests.
func TextWidth(text string, bold bool) float64 {
	if bold {
		return strong.width(text)
	}
	return small.width(text)
}
