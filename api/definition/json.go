package definition

import (
	"encoding/json"
	"iter"
	"strings"
)

// jsonValue is a part of a JSON text that encoding/json has found valid. It begins with the value; what follows may be
// anything. No tree is built: 13 MB of JSON would become hundreds.
type jsonValue struct {
	raw    string
	budget *budget
}

func (v jsonValue) object() bool { return v.raw[0] == '{' }

func (v jsonValue) text() string {
	switch raw := v.raw[:valueEnd(v.raw, 0)]; raw[0] {
	case '{', '[', 'n':
		return ""
	case '"':
		return unquote(raw)
	default:
		return raw
	}
}

func (v jsonValue) members() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		if v.raw[0] != '{' {
			return
		}
		for i := spaces(v.raw, 1); v.raw[i] != '}'; {
			keyEnd := valueEnd(v.raw, i)
			start := spaces(v.raw, spaces(v.raw, keyEnd)+1) // past the colon
			end := valueEnd(v.raw, start)
			if !v.budget.spend(end-i) || !yield(unquote(v.raw[i:keyEnd]), jsonValue{v.raw[start:end], v.budget}) {
				return
			}
			i = next(v.raw, end)
		}
	}
}

func (v jsonValue) elements() iter.Seq[value] {
	return func(yield func(value) bool) {
		if v.raw[0] != '[' {
			return
		}
		for i := spaces(v.raw, 1); v.raw[i] != ']'; {
			end := valueEnd(v.raw, i)
			if !v.budget.spend(end-i) || !yield(jsonValue{v.raw[i:end], v.budget}) {
				return
			}
			i = next(v.raw, end)
		}
	}
}

// next returns where the next member or element begins, or the bracket that closes.
func next(s string, i int) int {
	if i = spaces(s, i); s[i] == ',' {
		i = spaces(s, i+1)
	}
	return i
}

// spaces returns where the spaces that begin at i end.
func spaces(s string, i int) int {
	for i < len(s) && strings.IndexByte(" \t\r\n", s[i]) >= 0 {
		i++
	}
	return i
}

// valueEnd returns where the value that begins at i ends.
func valueEnd(s string, i int) int {
	for depth := 0; i < len(s); {
		switch s[i] {
		case '"':
			i = stringEnd(s, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		default:
			if depth == 0 {
				return wordEnd(s, i)
			}
			i++
		}
		if depth == 0 {
			return i
		}
	}
	return len(s)
}

// stringEnd returns where the string that begins at i ends.
func stringEnd(s string, i int) int {
	for i++; i < len(s) && s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// wordEnd returns where a number, true, false or null ends.
func wordEnd(s string, i int) int {
	if n := strings.IndexAny(s[i:], ",]} \t\r\n"); n >= 0 {
		return i + n
	}
	return len(s)
}

// unquote returns what a string says.
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s[1 : len(s)-1]
	}
	var out string
	if json.Unmarshal([]byte(s), &out) != nil {
		return ""
	}
	return out
}
