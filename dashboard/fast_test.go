package dashboard

import (
	"html/template"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/dashboard/diagram"
)

// slow are the templates that fast.go stands for.
var slow = template.Must(template.New("").Funcs(template.FuncMap{"thousands": thousands}).Parse(`
{{define "ref"}}<span class="ref">{{if .URL}}<a href="{{.URL}}" title="{{.Ref}}">{{.Text}}</a>{{else}}<span title="{{.Ref}}">{{.Text}}</span>{{end}}</span>{{end}}
{{define "badge"}}{{if .Text}}<span class="badge {{.Tone}}"{{if .Title}} title="{{.Title}}"{{end}}>{{.Text}}</span>{{end}}{{end}}
{{define "cell"}}{{if .Head}}<th scope="row">{{else}}<td{{if .Num}} class="num"{{end}} data-label="{{.Label}}">{{end}}{{if .URL}}<a href="{{.URL}}"{{if .Hint}} title="{{.Hint}}"{{end}}>{{.Text}}</a>{{else}}{{.Text}}{{end}}{{range .Badges}}{{template "badge" .}} {{end}}{{if .Sub}}<small class="sub">{{.Sub}}</small>{{end}}{{if .Head}}</th>{{else}}</td>{{end}}{{end}}
{{define "value"}}<li><a href="{{.URL}}" rel="nofollow"{{if .Active}} aria-current="true"{{end}}><span>{{.Text}}</span><span class="num">{{thousands .Count}}</span></a></li>{{end}}
{{define "cells"}}{{range .}}{{template "cell" .}}{{end}}{{end}}
{{define "values"}}{{range .}}{{template "value" .}}
{{end}}{{end}}
{{define "score-cells"}}{{range .}}<td class="{{.Tone}}"{{if .Hint}} title="{{.Hint}}"{{end}}>{{.Text}}</td>{{end}}{{end}}
{{define "impact"}}<li>{{template "ref" .}} <small>{{.Ref}}</small>{{with .Through}} <small>through</small> {{template "ref" .}}{{end}}</li>{{end}}
{{define "picture-row"}}<tr><td data-label="From">{{if .FromURL}}<a href="{{.FromURL}}">{{.From}}</a>{{else}}{{.From}}{{end}}</td><td data-label="Relation">{{.Relation}}</td><td data-label="To">{{if .ToURL}}<a href="{{.ToURL}}">{{.To}}</a>{{else}}{{.To}}{{end}}</td><td data-label="Access">{{.Access}}</td></tr>{{end}}`))

// evil are pieces of texts that want to be something else.
var evil = []string{
	"", "a", "shop/cart", "<script>alert(1)</script>", `"`, `'`, "`", "&", "&lt;", "+", "\x00", "\xff", "\u2028", "é", "日本", "</td>", "{{.}}", "=",
	"onload=x", " ", "\n", "\t", "%", "%00", "javascript:alert(1)", "//evil.example", `\`, "--><!--", "]]>", "\u202e", "\ufffd",
}

// TestFastWritesWhatTemplatesWould compares with html/template, which knows where it writes what.
func TestFastWritesWhatTemplatesWould(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 17))
	text := func() string {
		var out string
		for range random.IntN(4) {
			out += evil[random.IntN(len(evil))]
		}
		return out
	}
	address := func() string {
		switch random.IntN(4) {
		case 0:
			return ""
		case 1:
			return state{path: "/apis", page: 1}.toggle("owner", text()).url()
		}
		return "/apis/" + url.PathEscape(text()) + "/x" + url.PathEscape(text())
	}
	badge := func() Badge { return Badge{Text: text(), Tone: text(), Title: text()} }
	same := func(name string, of any, got template.HTML) {
		t.Helper()
		var want strings.Builder
		if err := slow.ExecuteTemplate(&want, name, of); err != nil {
			t.Fatal(err)
		}
		if string(got) != want.String() {
			t.Fatalf("%s of %q:\n got %q\nwant %q", name, of, got, want.String())
		}
	}
	for range 20_000 {
		l, r := link{URL: address(), Ref: text(), Text: text()}, RefLink{URL: address(), Ref: text(), Text: text()}
		same("ref", l, refHTML(l))
		same("ref", item{link: l}, refHTML(item{link: l}))
		same("ref", r, refHTML(r))
		b := badge()
		same("badge", b, badgeHTML(b))
		c := cell{Label: text(), Text: text(), URL: address(), Hint: text(), Sub: text(), Num: random.IntN(2) == 0, Head: random.IntN(2) == 0}
		for range random.IntN(3) {
			c.Badges = append(c.Badges, badge())
		}
		same("cells", []cell{c, c}, cellsHTML([]cell{c, c}))
		v := facetValue{Text: text(), URL: "/apis" + address(), Count: random.IntN(1 << 20), Active: random.IntN(2) == 0}
		same("values", []facetValue{v, v}, valuesHTML([]facetValue{v, v}))
		sc := scoreCell{Tone: text(), Text: text()}
		if random.IntN(2) == 0 {
			sc.Hint = text()
		}
		same("score-cells", []scoreCell{sc, sc}, scoreCellsHTML([]scoreCell{sc, sc}))
		i := impactItem{item: item{link: l}}
		if random.IntN(2) == 0 {
			i.Through = &link{URL: address(), Ref: text(), Text: text()}
		}
		same("impact", i, impactHTML(i))
		row := diagram.Row{From: text(), FromURL: address(), Relation: text(), To: text(), ToURL: address(), Access: text()}
		same("picture-row", row, pictureRowHTML(row))
	}
}

// TestFastLeadsNowhereElse is about addresses that no page makes.
func TestFastLeadsNowhereElse(t *testing.T) {
	for _, address := range []string{
		"javascript:alert(1)", "//evil.example", "https://evil.example", `/\evil.example`, "/a b", `/"onclick="x`, "/\u202e", "/é", "data:text/html,x", " /x", "/'",
	} {
		for _, got := range []template.HTML{
			refHTML(link{URL: address}), refHTML(RefLink{URL: address}), cellsHTML([]cell{{URL: address}}),
			impactHTML(impactItem{item: item{link: link{URL: address}}, Through: &link{URL: address}}),
			pictureRowHTML(diagram.Row{FromURL: address, ToURL: address}),
		} {
			if strings.Contains(string(got), "href") {
				t.Errorf("%q is a link: %s", address, got)
			}
		}
		if got := string(valuesHTML([]facetValue{{URL: address}})); !strings.Contains(got, `href="#"`) {
			t.Errorf("%q is a link: %s", address, got)
		}
	}
}
