package reference

import (
	"net/url"
	"slices"
	"strings"
)

// head is what the overview says besides the list.
func (o *openapi) head(p *page, v *Overview) {
	info := p.r.get(p.r.root, "info")
	v.Description = p.text(p.r.text(info, "description"))
	v.Facts = p.infoFacts(info)
	if docs := p.r.get(p.r.root, "externalDocs"); docs != 0 {
		v.Facts = address(v.Facts, "See", p.r.text(docs, "description"), p.r.text(docs, "url"))
	}
	if s, ok := p.section("Servers"); ok {
		o.servers(p, &s)
		add(&v.Sections, s)
	}
	if s, ok := p.section("Authentication"); ok {
		schemes := p.r.get(p.r.root, "components", "securitySchemes")
		if o.two {
			schemes = p.r.get(p.r.root, "securityDefinitions")
		}
		for name, n := range p.r.members(schemes) {
			p.scheme(&s, name, n)
		}
		s.Facts = append(s.Facts, o.security(p, 0)...)
		add(&v.Sections, s)
	}
}

// infoFacts are who made the API, and on what terms.
func (p *page) infoFacts(info node) []Fact {
	var out []Fact
	contact := p.r.get(info, "contact")
	out = address(out, "Contact", p.r.text(contact, "name"), p.r.text(contact, "url"))
	if mail := p.r.text(contact, "email"); mail != "" {
		out = address(out, "Mail", mail, "mailto:"+mail)
	}
	licence := p.r.get(info, "license")
	out = address(out, "Licence", p.r.text(licence, "name")+p.r.text(licence, "identifier"), p.r.text(licence, "url"))
	return address(out, "Terms", "", p.r.text(info, "termsOfService"))
}

// servers shows the addresses of the API with their variables.
func (o *openapi) servers(p *page, s *Section) {
	if o.two {
		for _, to := range o.hosts(p) {
			s.Fields = append(s.Fields, Field{Name: shorten(to), Type: []Span{}})
		}
		return
	}
	for n := range p.r.elements(p.r.get(p.r.root, "servers")) {
		if p.fields--; p.fields <= 0 {
			return
		}
		f := Field{Name: shorten(p.r.text(n, "url")), Type: []Span{}, Description: p.text(p.r.text(n, "description"))}
		p.variables(&f, p.r.get(n, "variables"))
		s.Fields = append(s.Fields, f)
	}
}

// variables are the parts of a server's address that the caller chooses.
func (p *page) variables(f *Field, variables node) {
	var fields []Field
	for name, n := range p.r.members(variables) {
		if n = p.r.to(n); p.fields <= 0 {
			break
		}
		p.fields--
		v := Field{Name: shorten(name), Type: []Span{}, Description: p.text(p.r.text(n, "description"))}
		v.Facts = code(v.Facts, "Default", p.r.text(n, "default"))
		v.Facts = codes(v.Facts, "One of", p.values(p.r.get(n, "enum")))
		v.Facts = codes(v.Facts, "Examples", p.values(p.r.get(n, "examples")))
		fields = append(fields, v)
	}
	if len(fields) > 0 {
		f.Parts = append(f.Parts, Part{"Variables", fields})
	}
}

// hosts are the addresses of version 2.0.
func (o *openapi) hosts(p *page) []string {
	root := p.r.root
	host, base := p.r.text(root, "host"), p.r.text(root, "basePath")
	schemes := p.r.texts(p.r.get(root, "schemes"))
	switch {
	case host == "" && base == "":
		return nil
	case host == "":
		return []string{base}
	case len(schemes) == 0:
		schemes = []string{"https"}
	}
	var out []string
	for _, scheme := range schemes[:min(len(schemes), maxValues)] {
		out = append(out, scheme+"://"+host+strings.TrimSuffix(base, "/"))
	}
	return out
}

// scheme shows a way to authenticate.
func (p *page) scheme(to *Section, name string, n node) {
	n = p.r.to(n)
	if p.fields--; n == 0 || p.fields <= 0 {
		return
	}
	f := Field{Name: shorten(name), Type: []Span{{Text: shorten(p.r.text(n, "type"))}}, Description: p.text(p.r.text(n, "description"))}
	for _, b := range []struct{ key, name string }{
		{"scheme", "Scheme"}, {"bearerFormat", "Format"}, {"in", "In"}, {"name", "Name"}, {"flow", "Flow"},
	} {
		f.Facts = code(f.Facts, b.name, p.r.text(n, b.key))
	}
	f.Facts = address(f.Facts, "OpenID Connect", "", p.r.text(n, "openIdConnectUrl"))
	flows := p.r.get(n, "flows")
	if p.r.has(n, "scopes") && flows == 0 {
		f = p.flow(f, n) // version 2.0
	}
	var fields []Field
	for kind, flow := range p.r.members(flows) {
		if p.fields > 0 {
			fields = append(fields, p.flow(Field{Name: shorten(kind), Type: []Span{}}, flow))
		}
	}
	if len(fields) > 0 {
		f.Parts = append(f.Parts, Part{"Flows", fields})
	}
	to.Fields = append(to.Fields, f)
}

// flow adds the addresses and scopes of a flow of OAuth 2.
func (p *page) flow(f Field, n node) Field {
	p.fields--
	for _, b := range []struct{ key, name string }{
		{"authorizationUrl", "Authorization"}, {"tokenUrl", "Token"}, {"refreshUrl", "Refresh"},
	} {
		f.Facts = address(f.Facts, b.name, "", p.r.text(n, b.key))
	}
	var scopes []Field
	for _, key := range []string{"scopes", "availableScopes"} {
		for scope, what := range p.r.members(p.r.get(n, key)) {
			if p.fields--; p.fields <= 0 {
				return f
			}
			scopes = append(scopes, Field{Name: shorten(scope), Type: []Span{}, Description: p.text(p.r.scalar(what))})
		}
	}
	if len(scopes) > 0 {
		f.Parts, f.Folded = append(f.Parts, Part{"Scopes", scopes}), len(scopes) > 4
	}
	return f
}

// requirements are the ways to authenticate of which an operation wants one: its own, or those of the document.
func (o *openapi) requirements(p *page, op node) node {
	if own := p.r.get(op, "security"); own != 0 {
		return own
	}
	return p.r.get(p.r.root, "security")
}

func (o *openapi) security(p *page, op node) []Fact {
	f := Fact{Name: "Authentication"}
	n := o.requirements(p, op)
	for one := range p.r.elements(n) {
		var all []string
		for name, scopes := range p.r.members(one) {
			if s := p.r.texts(scopes); len(s) > 0 {
				name += " (" + strings.Join(s, ", ") + ")"
			}
			all = append(all, name)
		}
		if len(all) == 0 {
			all = []string{"none"}
		}
		if len(f.Values) < maxValues {
			f.Values = append(f.Values, Span{Text: shorten(strings.Join(all, " and "))})
		}
	}
	switch {
	case len(f.Values) > 0:
		return []Fact{f}
	case n != 0 && op != 0:
		f.Values = []Span{{Text: "none"}}
		return []Fact{f}
	}
	return nil
}

// curl writes the command that calls an operation.
func (o *openapi) curl(p *page, op operation, parameters []node) string {
	c := curl{to: o.base(p, op) + op.path}
	for _, n := range parameters {
		name := p.r.text(n, "name")
		if p.r.text(n, "in") == "path" || !p.r.truth(n, "required") {
			continue
		}
		switch value := o.sampleOf(p, n); p.r.text(n, "in") {
		case "query":
			c.query = append(c.query, url.QueryEscape(name)+"="+url.QueryEscape(value))
		case "header":
			c.header(name + ": " + value)
		case "cookie":
			c.header("Cookie: " + name + "=" + value)
		case "formData":
			c.args = append(c.args, "-F "+quote(name+"="+value))
		}
	}
	o.authenticate(p, &c, op)
	o.payload(p, &c, op, parameters)
	return c.String(op.method)
}

// base is the first address of the API.
func (o *openapi) base(p *page, op operation) string {
	to := ""
	if o.two {
		if hosts := o.hosts(p); len(hosts) > 0 {
			to = hosts[0]
		}
	}
	for _, at := range []node{op.node, op.item, p.r.root} {
		for n := range p.r.elements(p.r.get(at, "servers")) {
			to = p.r.text(n, "url")
			for name, v := range p.r.members(p.r.get(n, "variables")) {
				to = strings.ReplaceAll(to, "{"+name+"}", shorten(p.r.text(v, "default")))
			}
			break
		}
		if to != "" {
			break
		}
	}
	if !strings.Contains(to, "://") {
		to = "https://HOST" + to
	}
	return strings.TrimSuffix(shorten(to), "/")
}

// sampleOf is a value for a parameter.
func (o *openapi) sampleOf(p *page, n node) string {
	if e := p.r.get(n, "example"); e != 0 {
		return p.value(e)
	}
	from := p.r.get(n, "schema")
	if from == 0 {
		from = n
	}
	return strings.Trim(shorten(p.make(from)), `"`)
}

// authenticate adds what the first way to authenticate wants.
func (o *openapi) authenticate(p *page, c *curl, op operation) {
	schemes := p.r.get(p.r.root, "components", "securitySchemes")
	if o.two {
		schemes = p.r.get(p.r.root, "securityDefinitions")
	}
	for one := range p.r.elements(o.requirements(p, op.node)) {
		for name := range p.r.members(one) {
			n := p.r.to(p.r.get(schemes, name))
			switch kind := p.r.text(n, "type"); {
			case kind == "basic" || kind == "http" && strings.EqualFold(p.r.text(n, "scheme"), "basic"):
				c.args = append(c.args, `-u "$USER:$PASSWORD"`)
			case kind == "http" || kind == "oauth2" || kind == "openIdConnect":
				c.args = append(c.args, `-H "Authorization: Bearer $TOKEN"`)
			case kind == "apiKey" && p.r.text(n, "in") == "query":
				c.query = append(c.query, url.QueryEscape(p.r.text(n, "name"))+"=KEY")
			case kind == "apiKey" && p.r.text(n, "in") == "header":
				c.args = append(c.args, "-H "+quote(p.r.text(n, "name")+": ")+`"$KEY"`)
			}
		}
		return
	}
}

// payload adds the body.
func (o *openapi) payload(p *page, c *curl, op operation, parameters []node) {
	if o.two {
		for _, n := range parameters {
			if p.r.text(n, "in") == "body" {
				c.header("Content-Type: application/json")
				c.data(p.make(p.r.get(n, "schema")))
			}
		}
		return
	}
	body := p.r.to(p.r.get(op.node, "requestBody"))
	for name, media := range p.r.members(p.r.get(body, "content")) {
		c.header("Content-Type: " + name)
		if examples := o.examples(p, media, p.r.get(media, "schema"), strings.Contains(name, "json")); len(examples) > 0 {
			c.data(examples[0].Text)
		} else {
			c.data("@FILE")
		}
		return
	}
}

// curl is a command in the making.
type curl struct {
	to    string
	query []string
	args  []string
}

func (c *curl) header(s string) { c.args = append(c.args, "-H "+quote(s)) }

func (c *curl) data(s string) {
	if s != "" && len(s) < maxExample/8 {
		c.args = append(c.args, "--data-binary "+quote(s))
	}
}

// String is the command, one argument a line.
func (c *curl) String(method string) string {
	to := c.to
	if len(c.query) > 0 {
		to += "?" + strings.Join(c.query, "&")
	}
	lines := slices.Concat([]string{"curl -g -X " + word(method) + " " + quote(to)}, c.args)
	return strings.Join(lines, " \\\n  ")
}

// word keeps a method to letters: it is not quoted.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' {
			return r
		}
		return -1
	}, s)
}

// quote makes one argument for a shell of a text.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
