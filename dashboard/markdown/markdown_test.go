package markdown_test

import (
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/dashboard/markdown"
)

func TestHTML(t *testing.T) {
	const link = ` rel="nofollow noreferrer"`
	cases := map[string]struct{ in, want string }{
		"nothing":                         {" \n", ""},
		"a sentence":                      {"Pays an order.", "<p>Pays an order.</p>"},
		"marks":                           {"**Pays** `an` _order_ ~~now~~", "<p><strong>Pays</strong> <code>an</code> <em>order</em> <del>now</del></p>\n"},
		"a link":                          {"[docs](https://example.com/a)", `<p><a href="https://example.com/a"` + link + ">docs</a></p>\n"},
		"a bare address":                  {"see https://example.com/a", `<p>see <a href="https://example.com/a"` + link + ">https://example.com/a</a></p>\n"},
		"a script as address":             {"[x](javascript:alert(1))", "<p>x</p>\n"},
		"a page of ours as address":       {"[x](/logout)", "<p>x</p>\n"},
		"an address without scheme":       {"[x](//evil.example)", "<p>x</p>\n"},
		"a data address":                  {"[x](data:text/html,hi)", "<p>x</p>\n"},
		"an image":                        {"![cat](https://example.com/cat.png)", `<p><a href="https://example.com/cat.png"` + link + ">Image: cat</a></p>\n"},
		"an image in a link":              {"[![b](https://e.example/b.svg)](https://e.example)", `<p><a href="https://e.example"` + link + ">b</a></p>\n"},
		"an image of data":                {"![x](data:image/png;base64,AA)", "<p>Image: x</p>\n"},
		"an HTML image":                   {`a <img src=x onerror=alert(1)> b`, "<p>a  b</p>\n"},
		"a script":                        {"a <script>alert(1)</script> b", "<p>a  b</p>\n"},
		"HTML that is harmless":           {"a<br>b <b onclick=x style=y id=z class=c>c</b>", "<p>a<br>b <b>c</b></p>\n"},
		"a heading stands below the page": {"# A\n\n##### B", "<h3>A</h3>\n<h4>B</h4>\n"},
		"an HTML heading of the page":     {"<h1>A</h1>", "A"},
		"a table":                         {"|a|\n|:-:|\n|b|", "<table>\n<thead>\n<tr>\n<th align=\"center\">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td align=\"center\">b</td>\n</tr>\n</tbody>\n</table>\n"},
		"YAML in a fence":                 {"```yaml\na: <b> # c\n```", `<pre><code><span class="hl-key">a</span>: &lt;b&gt;<span class="hl-comment"> # c</span>` + "\n</code></pre>\n"},
		"classes of HTML":                 {`a <span class="hl-key">b</span> <span class="badge hl-key">c</span>`, `<p>a <span class="hl-key">b</span> <span>c</span></p>` + "\n"},
		"a class in a fence":              {"```\"><script>\nx\n```", "<pre><code>x\n</code></pre>\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := string(markdown.HTML(tc.in)); got != tc.want {
				t.Errorf("HTML(%q) = %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}

func TestHTMLIsBounded(t *testing.T) {
	for _, part := range []string{">", "> ", "- ", "[", "![", "*a ", "_*", "`", "<b>", "[a](", "|", "a|b\n-|-\n", "1. ", "&", "<!--", "\t",
		">\n", "- a\n  ", "\\", "~", "[a]: b\n", "**a**", "http://", "a@b.c ", "<a href=", "  \n", "[a][", "<?", "<![CDATA["} {
		text := strings.Repeat(part, 2*markdown.MaxText/len(part))
		start := time.Now()
		got := markdown.HTML(text)
		if took := time.Since(start); took > 20*time.Second { // it is linear, or takes minutes
			t.Errorf("%q again and again took %v, want less than 20s", part, took)
		}
		if len(got) > 40*markdown.MaxText {
			t.Errorf("%q again and again became %d bytes", part, len(got))
		}
	}
	nested := ""
	for i := range 300 {
		nested += strings.Repeat(" ", 2*i) + "- a\n"
	}
	start := time.Now()
	markdown.HTML(nested)
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("a list of 300 levels took %v, want less than 20s", took)
	}
}

func TestLine(t *testing.T) {
	cases := map[string]struct {
		in   string
		n    int
		want string
	}{
		"short":            {"Pays **an** order", 20, "Pays an order"},
		"only the first":   {"One.\nTwo.\n\nThree.", 20, "One. Two."},
		"cut in a letter":  {"aaaé", 4, "aaa…"},
		"cut in a word":    {"abcdef", 3, "abc…"},
		"nothing":          {"\n", 3, ""},
		"markup is a text": {"<b>", 9, "<b>"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := markdown.Line(tc.in, tc.n); got != tc.want {
				t.Errorf("Line(%q, %d) = %q, want %q", tc.in, tc.n, got, tc.want)
			}
		})
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("a <img src=x onerror=alert(1)> [x](javascript:alert(1))")
	f.Add("> - [![a](b)](c)\n\n|a|\n|-|\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := strings.ToLower(string(markdown.HTML(text)))
		for _, bad := range []string{"<script", "<img", "<style", "<iframe", "<svg", "href=\"javascript", "href=\"data", "href=\"/"} {
			if strings.Contains(got, bad) {
				t.Errorf("HTML(%q) = %q, contains %s", text, got, bad)
			}
		}
	})
}
