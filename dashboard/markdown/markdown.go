// Package markdown renders what users write as HTML that is safe to show: no scripts, styles, ids, images or addresses
// other than http, https and mailto.
package markdown

import (
	"bytes"
	"html/template"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/callboard-dev/callboard/dashboard/highlight"
)

// The bounds of one text.
const (
	// MaxText is how many bytes of a text are rendered; the rest is left out, and a sentence says so.
	MaxText = 64 << 10
	// maxMarkers is how many marks that nest (quotes, lists, brackets, emphasis) one line may have: the parser's time
	// grows with their square. A text with more in a line is shown as it is written.
	maxMarkers = 400
)

// lowest is what headings are moved down by: those of the page stand above them.
const lowest = 2

var converter = goldmark.New(
	goldmark.WithExtensions(
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
		extension.Strikethrough, extension.Linkify),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(quiet{}, 500))),
	goldmark.WithRendererOptions(html.WithUnsafe(), renderer.WithNodeRenderers(util.Prioritized(fences{}, 100))), // the policy judges HTML, that of the user and that of the converter
)

// policy lists all that may stand in the output.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "ul", "ol", "li", "em", "strong",
		"b", "i", "u", "s", "del", "ins", "sub", "sup", "kbd", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,6}$`)).OnElements("ol")
	p.AllowAttrs("class").Matching(highlight.Classes).OnElements("span")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(false) // it would lead to a page of ours that the writer chose
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}()

// HTML renders GitHub-flavoured Markdown, with the HTML in it as far as that is harmless. Images become links, headings
// begin at h3.
func HTML(source string) template.HTML {
	source, cut := Cut(source, MaxText)
	var out string
	switch {
	case strings.TrimSpace(source) == "":
		return ""
	case plain(source):
		out = "<p>" + template.HTMLEscapeString(source) + "</p>"
	case crowded(source):
		out = "<pre>" + template.HTMLEscapeString(source) + "</pre>"
	default:
		var page bytes.Buffer
		if converter.Convert([]byte(source), &page) != nil {
			return template.HTML("<pre>" + template.HTMLEscapeString(source) + "</pre>") //nolint:gosec // escaped
		}
		out = policy.SanitizeReader(&page).String()
	}
	if cut {
		out += "<p>The rest of this text is left out, because it is very long.</p>"
	}
	return template.HTML(out) //nolint:gosec // escaped, or judged by the policy
}

// Line returns a text as one line of at most n bytes, without markup that is only for looks.
func Line(source string, n int) string {
	source, _ = Cut(source, 8*n)
	if first, _, ok := strings.Cut(strings.TrimSpace(source), "\n\n"); ok {
		source = first
	}
	source = strings.Join(strings.Fields(marks.Replace(source)), " ")
	short, cut := Cut(source, n)
	if cut {
		short += "…"
	}
	return short
}

var marks = strings.NewReplacer("**", "", "__", "", "`", "")

// Cut returns at most n bytes of a text, without half a character at the end, and tells whether something is left out.
func Cut(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n], true
}

// plain tells a sentence without any markup, as most texts are.
func plain(s string) bool {
	first := s[0] | 0x20
	return first >= 'a' && first <= 'z' && !strings.ContainsAny(s, "\\`*_[]<>&~|@\n\r\x00") &&
		!strings.Contains(s, "://") && !strings.Contains(strings.ToLower(s), "www.")
}

// crowded tells a text that nests so much in a line, or over its lines, that the parser would take long.
func crowded(s string) bool {
	total := 0
	for line := range strings.SplitSeq(s, "\n") {
		inLine, head, indent := 0, true, 0
		for i := range len(line) {
			switch line[i] {
			case ' ', '\t':
				if head {
					indent++
				}
				continue
			case '>', '-', '+', '[', ']', '*', '_', '~', '`', '<', '!', '(':
				inLine++
			default:
				head = false
			}
		}
		if inLine > maxMarkers || indent > maxMarkers {
			return true
		}
		total += inLine
	}
	return total > 20*maxMarkers
}

// quiet takes out of a text what would ask for another file, and moves headings down, so that none skips a level.
type quiet struct{}

func (quiet) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	var images []*ast.Image
	var above []int // the levels that the user chose for the headings around
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			for len(above) > 0 && above[len(above)-1] >= n.Level {
				above = above[:len(above)-1]
			}
			above = append(above, n.Level)
			n.Level = min(len(above)+lowest, 6)
		case *ast.Image:
			images = append(images, n)
		}
		return ast.WalkContinue, nil
	})
	for _, image := range images {
		replace(image)
	}
}

// replace puts a link in the place of an image; inside of another link, only its text.
func replace(image *ast.Image) {
	var n ast.Node = ast.NewString([]byte("image"))
	if image.HasChildren() {
		n = ast.NewTextBlock()
	}
	if !inLink(image) {
		link := ast.NewLink()
		link.Destination = image.Destination
		link.AppendChild(link, ast.NewString([]byte("Image: ")))
		n = link
	}
	for c := image.FirstChild(); c != nil; {
		next := c.NextSibling()
		n.AppendChild(n, c)
		c = next
	}
	image.Parent().ReplaceChild(image.Parent(), image, n)
}

func inLink(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindLink {
			return true
		}
	}
	return false
}

// fences writes fenced code with its parts marked.
type fences struct{}

func (fences) RegisterFuncs(to renderer.NodeRendererFuncRegisterer) {
	to.Register(ast.KindFencedCodeBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		code, ok := n.(*ast.FencedCodeBlock)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		marked := highlight.HTML(highlight.Named(string(code.Language(source))), string(code.Lines().Value(source)))
		_, err := w.WriteString("<pre><code>" + string(marked) + "</code></pre>\n")
		return ast.WalkContinue, err
	})
}
