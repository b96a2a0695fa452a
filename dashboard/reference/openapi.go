package reference

import (
	"slices"
	"strings"
)

// openapi shows OpenAPI 2.0 to 3.2.
type openapi struct {
	*tree
	doc *Document
	two bool // version 2.0, which was Swagger
}

// openOpenAPI reads what there is; the rest is read when a page is made.
func openOpenAPI(source string) (*Document, error) {
	t, err := readTree(source)
	if err != nil {
		return nil, err
	}
	r := t.reader(16*len(source) + 1<<20)
	field, version, err := versionOf(r, "openapi", "swagger")
	if err != nil {
		return nil, err
	}
	d := &Document{Format: "OpenAPI " + shorten(version), weight: t.cost()}
	if !t.yaml {
		d.weight -= len(source)
	}
	o := &openapi{tree: t, doc: d, two: field == "swagger"}
	d.Title, d.Version = shorten(r.text(r.root, "info", "title")), shorten(r.text(r.root, "info", "version"))
	d.head = func(p *page, v *Overview) { p.r = t.reader(pageSteps); o.head(p, v) }
	d.calls = o
	c := newContents(d)
	for tag := range r.elements(r.get(r.root, "tags")) {
		if name := r.text(tag, "name"); name != "" {
			c.group(name, r.text(tag, "description"))
		}
	}
	o.paths(r, c, r.get(r.root, "paths"), "")
	o.paths(r, c, r.get(r.root, "webhooks"), "webhook")
	where, pointer := r.get(r.root, "components", "schemas"), "#/components/schemas/"
	if o.two {
		where, pointer = r.get(r.root, "definitions"), "#/definitions/"
	}
	o.schemas(r, c, where, pointer)
	c.done()
	return d, nil
}

// methods are the members of a path that are operations.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

// paths adds the operations of paths or webhooks.
func (o *openapi) paths(r *reader, c *contents, paths node, event string) {
	for path, item := range r.members(paths) {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		own := item
		if to := r.to(item); to != 0 {
			item = to
		}
		for _, from := range slices.Compact([]node{own, item}) {
			o.path(r, c, from, path, event)
		}
	}
}

func (o *openapi) path(r *reader, c *contents, item node, path, event string) {
	for method, op := range r.members(item) {
		switch {
		case method == "additionalOperations":
			for method, op := range r.members(op) {
				o.operation(r, c, operation{method: method, path: path, event: event, node: op, item: item})
			}
		case slices.Contains(methods, method):
			o.operation(r, c, operation{method: strings.ToUpper(method), path: path, event: event, node: op, item: item})
		}
	}
}

// operation is one of a path or of a webhook.
type operation struct {
	method, path, event string
	node, item          node
}

func (o *openapi) operation(r *reader, c *contents, op operation) {
	if !r.isObject(op.node) || c.full() {
		return
	}
	group := "Operations"
	if op.event != "" {
		group = "Webhooks"
	}
	for _, tag := range r.texts(r.get(op.node, "tags")) {
		group = tag
		break
	}
	summary := r.text(op.node, "summary")
	borrowed := summary == ""
	if borrowed {
		summary = r.text(op.node, "description")
	}
	anchor := r.text(op.node, "operationId")
	if anchor == "" {
		anchor = strings.ToLower(op.method) + " " + op.event + " " + op.path
	}
	verb := op.method
	if op.event != "" {
		verb = op.event
	}
	c.add(c.group(group, ""), entry{verb: shorten(verb), name: op.path, summary: summary, deprecated: r.truth(op.node, "deprecated"), borrowed: borrowed,
		show: func(p *page, v *Item) { p.r = o.reader(pageSteps); o.show(p, v, op) }}, anchor)
}

// schemas adds the named schemas.
func (o *openapi) schemas(r *reader, c *contents, schemas node, pointer string) {
	g := c.group("Schemas", "")
	for name, n := range r.members(schemas) {
		addSchema(r, c, g, name, n, pointer)
	}
}

// addSchema adds an entry for a named schema.
func addSchema(r *reader, c *contents, g int, name string, n node, pointer string) {
	summary := r.text(n, "title")
	borrowed := summary == ""
	if borrowed {
		summary = r.text(n, "description")
	}
	t := r.tree
	before := len(c.entries[g])
	c.add(g, entry{verb: "schema", name: name, summary: summary, deprecated: r.truth(n, "deprecated"), borrowed: borrowed,
		show: func(p *page, v *Item) {
			p.r = t.reader(pageSteps)
			p.showSchema(v, n, pointer+pointerEscape.Replace(name))
		}}, "schema "+name)
	if len(c.entries[g]) > before {
		c.target(g, pointer+pointerEscape.Replace(name))
	}
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// showSchema is the page of a named schema.
func (p *page) showSchema(v *Item, n node, ref string) {
	v.Line = p.r.line(n)
	f := p.field("", n, place{refs: []string{ref}})
	v.Description = f.Description
	f.Description = ""
	if s, ok := p.section("Schema"); ok {
		s.Fields = []Field{f}
		add(&v.Sections, s)
	}
	if s, ok := p.section("Example"); ok {
		s.Examples = p.exampleOf(n)
		add(&v.Sections, s)
	}
}

// exampleOf is an example of a schema, which is made if none is given.
func (p *page) exampleOf(n node) []Example {
	if e, ok := p.example(Example{Text: p.make(n), Generated: true}); ok && e.Text != "null" {
		return []Example{e}
	}
	return nil
}

// show is the page of an operation.
func (o *openapi) show(p *page, v *Item, op operation) {
	v.Line = p.r.line(op.node)
	v.Description = p.text(p.r.text(op.node, "description"))
	v.Facts = code(v.Facts, "Operation", p.r.text(op.node, "operationId"))
	v.Facts = codes(v.Facts, "Tags", p.r.texts(p.r.get(op.node, "tags")))
	if docs := p.r.get(op.node, "externalDocs"); docs != 0 {
		v.Facts = address(v.Facts, "See", p.r.text(docs, "description"), p.r.text(docs, "url"))
	}
	v.Facts = append(v.Facts, o.security(p, op.node)...)
	parameters := o.parameters(p, op)
	if op.event == "" {
		if s, ok := p.section("Call it"); ok {
			if e, ok := p.example(Example{Title: "curl", Text: o.curl(p, op, parameters), Generated: true}); ok {
				s.Examples = []Example{e}
			}
			add(&v.Sections, s)
		}
	}
	o.showParameters(p, v, parameters)
	o.showBody(p, &v.Sections, op, parameters)
	o.showResponses(p, v, op)
	o.showCallbacks(p, v, p.r.get(op.node, "callbacks"))
}

// parameters are those of the path and of the operation, which come first.
func (o *openapi) parameters(p *page, op operation) []node {
	var out []node
	seen := map[string]bool{}
	for _, from := range []node{op.node, op.item} {
		for n := range p.r.elements(p.r.get(from, "parameters")) {
			to := p.r.to(n)
			if to == 0 {
				out = append(out, n) // it is shown as lost
				continue
			}
			key := p.r.text(to, "in") + " " + p.r.text(to, "name")
			if !seen[key] && len(out) < pageFields {
				seen[key] = true
				out = append(out, to)
			}
		}
	}
	return out
}

func (o *openapi) showParameters(p *page, v *Item, parameters []node) {
	s, ok := p.section("Parameters")
	if !ok {
		return
	}
	for _, n := range parameters {
		if in := p.r.text(n, "in"); in != "body" && in != "formData" && p.fields > 0 {
			s.Fields = append(s.Fields, o.parameter(p, n, p.r.text(n, "name")))
		}
	}
	add(&v.Sections, s)
}

// parameter shows a parameter, or a header. Its schema stands below it, or in version 2.0 is itself.
func (o *openapi) parameter(p *page, n node, name string) Field {
	if to, ref := p.r.follow(n); to == 0 {
		p.fields--
		return Field{Name: shorten(refName(ref)), Type: []Span{{Text: "?"}}, More: "The reference " + shorten(ref) + " leads to nothing in this definition."}
	} else if to != n {
		n = to
	}
	from := p.r.get(n, "schema")
	if from == 0 {
		from = o.firstMedia(p, p.r.get(n, "content"))
	}
	if from == 0 {
		from = n
	}
	f := p.field(name, from, place{depth: 1})
	if d := p.r.text(n, "description"); d != "" && from != n {
		f.Description = p.text(d)
	}
	var flags []string
	if in := p.r.text(n, "in"); in != "" {
		flags = append(flags, "in "+shorten(in))
	}
	if p.r.truth(n, "required") {
		flags = append(flags, "required")
	}
	if from != n && p.r.truth(n, "deprecated") {
		flags = append(flags, "deprecated")
	}
	f.Flags = append(flags, f.Flags...)
	if from != n {
		for _, key := range []string{"example", "style", "explode"} {
			if c := p.r.get(n, key); c != 0 {
				f.Facts = code(f.Facts, strings.ToUpper(key[:1])+key[1:], p.value(c))
			}
		}
		for name, c := range p.r.members(p.r.get(n, "examples")) {
			f.Facts = code(f.Facts, "Example "+shorten(name), p.value(p.r.get(p.r.to(c), "value")))
		}
	}
	return f
}

func (o *openapi) firstMedia(p *page, content node) node {
	for _, media := range p.r.members(content) {
		return p.r.get(media, "schema")
	}
	return 0
}
