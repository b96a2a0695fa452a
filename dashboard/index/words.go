package index

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of texts that are looked through or looked for.
const (
	maxWord     = 48   // bytes of a word; longer ones are cut, in texts and in what is typed alike
	maxParts    = 8    // parts of one word by which it is found, as in getOrderById
	maxText     = 8192 // bytes of a text that are looked at
	maxQuery    = 256  // bytes of what is typed that are looked at
	maxSearched = 12   // words of what is typed that count
)

// words calls visit with each word of a text, folded: runs of letters and digits, with + and # at the end as in c++ and c#. A
// word in which parts are told by capitals is visited whole, and again from each part on: getOrder, and Order.
func words(text string, visit func(word string)) {
	text = text[:min(len(text), maxText)]
	for len(text) > 0 {
		var word string
		word, text = firstWord(text)
		if word != "" {
			visit(fold(word))
			parts(word, visit)
		}
	}
}

// firstWord parts a text after its first word.
func firstWord(text string) (word, rest string) {
	start := strings.IndexFunc(text, isWord)
	if start < 0 {
		return "", ""
	}
	text = text[start:]
	end := strings.IndexFunc(text, isNoWord)
	if end < 0 {
		end = len(text)
	}
	end += signs(text[end:])
	return text[:end], text[end:]
}

func isWord(r rune) bool   { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
func isNoWord(r rune) bool { return !isWord(r) }

// signs is how many signs that a word may end in a text begins with, if no other word follows them.
func signs(text string) int {
	n := 0
	for n < len(text) && n < 3 && (text[n] == '+' || text[n] == '#') {
		n++
	}
	if r, _ := utf8.DecodeRuneInString(text[n:]); isWord(r) {
		return 0
	}
	return n
}

// parts visits a word from each of its parts on but the first.
func parts(word string, visit func(string)) {
	n, wasUpper := 0, false
	for i, r := range word {
		upper := unicode.IsUpper(r)
		if i > 0 && upper && (!wasUpper || follows(word[i+utf8.RuneLen(r):])) {
			visit(fold(word[i:]))
			if n++; n >= maxParts {
				return
			}
		}
		wasUpper = upper
	}
}

// follows says that a text begins with a small letter: the capital before it begins a part, as S does in HTTPServer.
func follows(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return unicode.IsLower(r)
}

// fold is a word in the form in which words are compared.
func fold(word string) string {
	word = strings.ToLower(word)
	if len(word) <= maxWord {
		return word
	}
	cut := maxWord
	for cut > 0 && !utf8.RuneStart(word[cut]) {
		cut--
	}
	return word[:cut]
}

// typed are the words of what somebody types, in order.
func typed(text string) []string {
	var out []string
	text = strings.ToValidUTF8(text[:min(len(text), maxQuery)], " ")
	for len(text) > 0 && len(out) < maxSearched {
		var word string
		word, text = firstWord(text)
		if word != "" {
			out = append(out, fold(word))
		}
	}
	return out
}

// distinct are the words that say something: one that begins another does not.
func distinct(words []string) []string {
	var out []string
	for i, w := range words {
		said := false
		for j, other := range words {
			said = said || i != j && strings.HasPrefix(other, w) && (other != w || j < i)
		}
		if !said {
			out = append(out, w)
		}
	}
	return out
}
