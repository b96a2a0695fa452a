package reference

import (
	"strings"
)

// asyncapi shows AsyncAPI 2 and 3.
type asyncapi struct {
	*tree
	two bool
}

// openAsyncAPI reads what there is; the rest is read when a page is made.
func openAsyncAPI(source string) (*Document, error) {
	t, err := readTree(source)
	if err != nil {
		return nil, err
	}
	r := t.reader(16*len(source) + 1<<20)
	_, version, err := versionOf(r, "asyncapi")
	if err != nil {
		return nil, err
	}
	d := &Document{Format: "AsyncAPI " + shorten(version), weight: t.cost()}
	if !t.yaml {
		d.weight -= len(source)
	}
	d.Title, d.Version = shorten(r.text(r.root, "info", "title")), shorten(r.text(r.root, "info", "version"))
	a := &asyncapi{tree: t, two: strings.HasPrefix(version, "2.") || strings.HasPrefix(version, "1.")}
	d.head = func(p *page, v *Overview) { p.r = t.reader(pageSteps); a.head(p, v) }
	c := newContents(d)
	if a.two {
		a.channels2(r, c)
	} else {
		a.operations(r, c)
		a.channels(r, c)
	}
	a.messages(r, c)
	g := c.group("Schemas", "")
	for name, n := range r.members(r.get(r.root, "components", "schemas")) {
		addSchema(r, c, g, name, n, "#/components/schemas/")
	}
	c.done()
	return d, nil
}

// action is a message that is sent or received.
type action struct {
	verb, name    string
	node, channel node
}

// channels2 adds the operations of version 2: what a channel has under publish and subscribe.
func (a *asyncapi) channels2(r *reader, c *contents) {
	g := c.group("Channels", "")
	for name, n := range r.members(r.get(r.root, "channels")) {
		to := r.to(n)
		if to == 0 || strings.HasPrefix(name, "x-") {
			continue
		}
		for _, verb := range []string{"publish", "subscribe"} {
			if op := r.get(to, verb); op != 0 {
				a.add(r, c, g, action{verb, name, op, to})
			}
		}
		if r.get(to, "publish") == 0 && r.get(to, "subscribe") == 0 {
			a.add(r, c, g, action{"channel", name, 0, to})
		}
	}
}

// operations adds those of version 3, which stand at the top.
func (a *asyncapi) operations(r *reader, c *contents) {
	g := c.group("Operations", "")
	for name, n := range r.members(r.get(r.root, "operations")) {
		to := r.to(n)
		if to == 0 || strings.HasPrefix(name, "x-") {
			continue
		}
		a.add(r, c, g, action{shorten(r.text(to, "action")), name, to, r.to(r.get(to, "channel"))})
	}
}

// channels adds those of version 3.
func (a *asyncapi) channels(r *reader, c *contents) {
	g := c.group("Channels", "")
	for name, n := range r.members(r.get(r.root, "channels")) {
		if to := r.to(n); to != 0 && !strings.HasPrefix(name, "x-") {
			a.add(r, c, g, action{"channel", name, 0, to})
			c.target(g, "#/channels/"+pointerEscape.Replace(name))
		}
	}
}

func (a *asyncapi) add(r *reader, c *contents, g int, act action) {
	at := act.node
	if at == 0 {
		at = act.channel
	}
	summary := r.text(at, "summary")
	if summary == "" {
		summary = r.text(at, "title")
	}
	borrowed := summary == ""
	if borrowed {
		summary = r.text(at, "description")
	}
	anchor := r.text(at, "operationId")
	switch {
	case anchor != "":
	case !a.two && act.node != 0:
		anchor = act.name
	default:
		anchor = act.verb + " " + act.name
	}
	c.add(g, entry{verb: act.verb, name: act.name, summary: summary, deprecated: r.truth(at, "deprecated"), borrowed: borrowed, at: at,
		show: func(p *page, v *Item) { p.r = a.reader(pageSteps); a.show(p, v, act) }}, anchor)
}

// messages adds the named messages.
func (a *asyncapi) messages(r *reader, c *contents) {
	g := c.group("Messages", "")
	for name, n := range r.members(r.get(r.root, "components", "messages")) {
		summary := r.text(n, "summary")
		if summary == "" {
			summary = r.text(n, "title")
		}
		c.add(g, entry{verb: "message", name: name, summary: summary, deprecated: r.truth(n, "deprecated"), at: n, show: func(p *page, v *Item) {
			p.r = a.reader(pageSteps)
			v.Line = p.r.line(n)
			v.Facts = append(v.Facts, p.usedBy("#/components/messages/"+pointerEscape.Replace(name))...)
			if s, ok := p.section("Message"); ok {
				a.message(p, &s, n)
				add(&v.Sections, s)
			}
		}}, "message "+name)
		c.target(g, "#/components/messages/"+pointerEscape.Replace(name))
	}
}

// head is what the overview says besides the list.
func (a *asyncapi) head(p *page, v *Overview) {
	info := p.r.get(p.r.root, "info")
	v.Description = p.text(p.r.text(info, "description"))
	v.Facts = p.infoFacts(info)
	v.Facts = code(v.Facts, "Identifier", p.r.text(p.r.root, "id"))
	v.Facts = code(v.Facts, "Content", p.r.text(p.r.root, "defaultContentType"))
	for _, at := range []node{p.r.root, info} {
		if docs := p.r.to(p.r.get(at, "externalDocs")); docs != 0 {
			v.Facts = address(v.Facts, "See", p.r.text(docs, "description"), p.r.text(docs, "url"))
		}
	}
	if s, ok := p.section("Servers"); ok {
		for name, n := range p.r.members(p.r.get(p.r.root, "servers")) {
			a.server(p, &s, name, n)
		}
		add(&v.Sections, s)
	}
	if s, ok := p.section("Authentication"); ok {
		for name, n := range p.r.members(p.r.get(p.r.root, "components", "securitySchemes")) {
			p.scheme(&s, name, n)
		}
		add(&v.Sections, s)
	}
}

// server shows a broker.
func (a *asyncapi) server(p *page, to *Section, name string, n node) {
	n = p.r.to(n)
	if p.fields--; n == 0 || p.fields <= 0 {
		return
	}
	f := Field{Name: shorten(name), Type: []Span{{Text: shorten(p.r.text(n, "protocol"))}},
		Description: p.text(p.r.text(n, "summary") + "\n\n" + p.r.text(n, "description"))}
	f.Facts = code(f.Facts, "Address", p.r.text(n, "url")+p.r.text(n, "host")+p.r.text(n, "pathname"))
	f.Facts = code(f.Facts, "Protocol version", p.r.text(n, "protocolVersion"))
	f.Facts = append(f.Facts, a.security(p, n)...)
	p.variables(&f, p.r.get(n, "variables"))
	for _, s := range a.bindings(p, n) {
		f.Parts = append(f.Parts, Part{s.Title, s.Fields})
	}
	to.Fields = append(to.Fields, f)
}

// security are the ways to authenticate: names in version 2, the schemes themselves in version 3.
func (a *asyncapi) security(p *page, n node) []Fact {
	f := Fact{Name: "Authentication"}
	for one := range p.r.elements(p.r.get(n, "security")) {
		if len(f.Values) == maxValues {
			break
		}
		to, ref := p.r.follow(one)
		switch {
		case ref != "":
			f.Values = append(f.Values, Span{Text: shorten(refName(ref))})
		case p.r.has(to, "type"):
			f.Values = append(f.Values, Span{Text: shorten(p.r.text(to, "type"))})
		default:
			for name := range p.r.members(to) {
				f.Values = append(f.Values, Span{Text: shorten(name)})
			}
		}
	}
	if len(f.Values) == 0 {
		return nil
	}
	return []Fact{f}
}
