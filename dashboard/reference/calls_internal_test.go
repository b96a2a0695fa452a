package reference

import (
	"regexp"
	"strings"
	"testing"
)

// FuzzFits holds that a template fits what a regular expression made of it fits.
func FuzzFits(f *testing.F) {
	for _, seed := range [][2]string{
		{"7", "{id}"}, {"7.json", "{id}.json"}, {"a..b", "{from}..{to}"}, {"xyxyx", "{a}y{b}"}, {"xx", "{a}{b}"}, {"", "{a}"}, {"{a", "{a"},
		{"aXbXc", "{x}X{y}X{z}"}, {"aaab", "{x}a{y}b"}, {"}", "}"}, {"x", "{}"}, {"ab", "a{b}{c"}, {"%20", " "},
	} {
		f.Add(seed[0], seed[1])
	}
	template := regexp.MustCompile(`\{[^}]*\}`)
	f.Fuzz(func(t *testing.T, part, of string) {
		if strings.ContainsAny(part+of, "/\n") || strings.Contains(template.ReplaceAllString(of, ""), "{") || len(part)+len(of) > 200 {
			return
		}
		var b strings.Builder
		last := 0
		for _, at := range template.FindAllStringIndex(of, -1) {
			b.WriteString(regexp.QuoteMeta(escaped(of[last:at[0]])) + "(?s:.)+")
			last = at[1]
		}
		b.WriteString(regexp.QuoteMeta(escaped(of[last:])))
		// Bytes count, as in an address: there all are ASCII.
		for _, r := range part + of {
			if r > 0x7e || r < ' ' {
				return
			}
		}
		want := regexp.MustCompile("^"+b.String()+"$").MatchString(part) || part == of && last == 0
		if got := fits(part, of); got != want {
			t.Fatalf("fits(%q, %q) = %v, want %v", part, of, got, want)
		}
	})
}
