package diagram

import (
	"strings"
	"unicode"
)

// maxText bounds every text that is written: names are shorter, titles too.
const maxText = 512

// clean is a text of others on one line, without what moves other text about: control and direction characters.
func clean(text string) string {
	if len(text) <= maxText && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return strings.TrimSpace(text) // as nearly all are
	}
	var b strings.Builder
	n := 0
	for _, r := range text {
		switch {
		case unicode.IsSpace(r), r == 0x85, r == 0x2028, r == 0x2029:
			r = ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r >= 0xfff0, r == unicode.ReplacementChar:
			if r < 0x1f000 || r > 0x3fffd { // what lies between are letters and signs
				r = '\uFFFD'
			}
		}
		b.WriteRune(r)
		if n++; n == maxText {
			break
		}
	}
	return strings.TrimSpace(b.String())
}

// safeURL is an address within the origin, written in ASCII, or nothing.
func safeURL(address string) string {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") ||
		strings.ContainsFunc(address, func(r rune) bool { return r == '\\' || r <= ' ' || r > '~' }) {
		return ""
	}
	return address
}

// font is how text is set.
type font struct {
	size   float64
	widths *[95]uint16 // of the characters from space on, in thousandths of the size
}

// The widths are those of DejaVu Sans, the widest of the fonts that browsers and systems take for system-ui and sans-serif.
var (
	strong = font{13, &[95]uint16{
		349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696, 696, 696,
		696, 696, 696, 400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373, 373, 775, 638, 996,
		837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771, 725, 726, 458, 366, 458, 838, 500, 500, 675, 716, 593, 716,
		679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596, 479, 712, 652, 924, 646, 652, 583, 712,
		366, 712, 838,
	}}
	small = font{11, &[95]uint16{
		318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637, 637, 637,
		637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775, 752, 295, 295, 656, 558, 863,
		749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686, 611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635,
		616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637,
		337, 637, 838,
	}}
)

// The widths of characters beyond ASCII, as most fonts have them. A text with such a one is set to the length that this
// comes to, so that it fits whatever the font is.
const (
	otherLetter = 720  // of European alphabets
	otherSign   = 800  // of other alphabets
	otherWide   = 1060 // of East Asia, and pictures
)

func (f font) rune(r rune) float64 {
	switch {
	case r >= ' ' && r <= '~':
		return f.size * float64(f.widths[r-' ']) / 1000
	case unicode.Is(unicode.Mn, r):
		return 0
	case r < 0x530, r == '·':
		return f.size * otherLetter / 1000
	case r == '…', r == '✕', r >= 0x1100 && r <= 0x115f, r >= 0x2600:
		return f.size * otherWide / 1000
	}
	return f.size * otherSign / 1000
}

// width is how much room a text takes at most.
func (f font) width(text string) float64 {
	var w float64
	for _, r := range text {
		w += f.rune(r)
	}
	return w
}

// fit is as much of a text as has room, with an ellipsis if that is not all.
func (f font) fit(text string, room float64) string {
	if f.width(text) <= room {
		return text
	}
	room -= f.rune('…')
	var w float64
	for i, r := range text {
		if w += f.rune(r); w > room {
			return strings.TrimRight(text[:i], " -./") + "…"
		}
	}
	return text
}

// plain says whether the widths are known for sure.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r != '…' && r != '·' && (r < ' ' || r > '~') })
}
