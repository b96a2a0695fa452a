package definition

import (
	"strings"
	"unicode"
)

// The bounds of what Facts holds.
const (
	// MaxEntries is how many entries a list of Facts has at most; those that come first in the text.
	MaxEntries = 100
	// MaxCharacters is how many characters a text of Facts has at most. One that is cut ends in "…".
	MaxCharacters = 200
)

// Facts is what the definition of an API says. Texts are one line of printable characters, MaxCharacters at most. Lists are
// never nil, and hold MaxEntries entries at most; Operations counts all.
type Facts struct {
	// Format is openapi, asyncapi, graphql or grpc; empty of any other type of API.
	Format string `json:"format"`
	// FormatVersion is the version of the format: 3.1.0, or proto3, or the edition. GraphQL has none.
	FormatVersion string `json:"formatVersion"`
	// Title is the title of the API. GraphQL and protobuf have none.
	Title string `json:"title"`
	// Version is the version of the API; of protobuf the end of the package if it is a version, as in shop.v1. GraphQL has
	// none.
	Version string `json:"version"`
	// Operations is how many operations there are.
	Operations int64 `json:"operations"`
	// Undocumented names the operations without a description or summary, in the order of the text.
	Undocumented []string `json:"undocumented"`
	// Deprecated names the deprecated operations, in the order of the text.
	Deprecated []string `json:"deprecated"`
	// Servers is the addresses of the servers, in the order of the text.
	Servers []string `json:"servers"`
	// Auth is the types of the security schemes, such as oauth2, sorted, each once.
	Auth []string `json:"auth"`
}

func newFacts(format string) Facts {
	return Facts{Format: format, Undocumented: []string{}, Deprecated: []string{}, Servers: []string{}, Auth: []string{}}
}

// operation is what counts of one.
type operation struct {
	documented, deprecated bool
}

// add counts an operation. Its name is put together only where it is listed.
func (f *Facts) add(op operation, name ...string) {
	f.Operations++
	if !op.documented {
		f.Undocumented = list(f.Undocumented, name...)
	}
	if op.deprecated {
		f.Deprecated = list(f.Deprecated, name...)
	}
}

// list appends a text to a list that has room.
func list(to []string, parts ...string) []string {
	if len(to) >= MaxEntries {
		return to
	}
	if entry := line(parts...); entry != "" {
		to = append(to, entry)
	}
	return to
}

// line joins the parts to one line of printable characters and cuts it. It looks no further than it must.
func line(parts ...string) string {
	var b strings.Builder
	length, gap := 0, false
	for _, part := range parts {
		for _, r := range part {
			if unicode.IsSpace(r) || unicode.IsControl(r) {
				gap = length > 0
				continue
			}
			if !unicode.IsPrint(r) {
				continue
			}
			if need := length + 1; need > MaxCharacters || gap && need+1 > MaxCharacters {
				return cut(b.String())
			}
			if gap {
				b.WriteByte(' ')
				length++
				gap = false
			}
			b.WriteRune(r)
			length++
		}
	}
	return b.String()
}

// cut makes room for the sign that something is missing.
func cut(s string) string {
	runes := []rune(s)
	if len(runes) >= MaxCharacters {
		runes = runes[:MaxCharacters-1]
	}
	return strings.TrimRight(string(runes), " ") + "…"
}
