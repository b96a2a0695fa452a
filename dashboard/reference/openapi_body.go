package reference

import "strings"

// showBody shows what is sent: the body of version 3, or the parameters in the body or the form of version 2.0.
func (o *openapi) showBody(p *page, to *[]Section, op operation, parameters []node) {
	s, ok := p.section("Request body")
	if !ok {
		return
	}
	if o.two {
		o.formBody(p, &s, op, parameters)
		add(to, s)
		return
	}
	body, ref := p.r.follow(p.r.get(op.node, "requestBody"))
	if body == 0 {
		if ref != "" {
			s.Facts = fact(s.Facts, "Missing", "The reference "+ref+" leads to nothing in this definition.")
		}
		add(to, s)
		return
	}
	s.Description = p.text(p.r.text(body, "description"))
	if p.r.truth(body, "required") {
		s.Facts = fact(s.Facts, "Required", "yes")
	}
	o.content(p, &s, p.r.get(body, "content"))
	add(to, s)
}

// formBody shows the body of version 2.0.
func (o *openapi) formBody(p *page, s *Section, op operation, parameters []node) {
	for _, n := range parameters {
		switch p.r.text(n, "in") {
		case "formData":
			s.Fields = append(s.Fields, o.parameter(p, n, p.r.text(n, "name")))
		case "body":
			s.Description = p.text(p.r.text(n, "description"))
			if p.r.truth(n, "required") {
				s.Facts = fact(s.Facts, "Required", "yes")
			}
			if schema := p.r.get(n, "schema"); schema != 0 {
				s.Fields = append(s.Fields, p.field("", schema, place{}))
				s.Examples = p.exampleOf(schema)
			}
		}
	}
	if len(s.Fields) > 0 {
		s.Facts = codes(s.Facts, "Content", o.media(p, op, "consumes"))
	}
}

// media are the content types of version 2.0: those of the operation, or of the document.
func (o *openapi) media(p *page, op operation, field string) []string {
	if own := p.r.texts(p.r.get(op.node, field)); len(own) > 0 {
		return own
	}
	return p.r.texts(p.r.get(p.r.root, field))
}

// content shows the content types of version 3, each with its schema and examples.
func (o *openapi) content(p *page, to *Section, content node) {
	for name, media := range p.r.members(content) {
		s, ok := p.section(name)
		if !ok {
			return
		}
		if m := p.r.to(media); m != 0 {
			media = m
		}
		schema := p.r.get(media, "schema")
		if schema == 0 {
			schema = p.r.get(media, "itemSchema") // 3.2: what a stream is of
		}
		if schema != 0 {
			s.Fields = []Field{p.field("", schema, place{})}
		}
		s.Examples = o.examples(p, media, schema, strings.Contains(name, "json") || name == "*/*")
		if len(s.Fields)+len(s.Examples) == 0 {
			s.Facts = fact(s.Facts, "Schema", "none is given")
		}
		add(&to.Sections, s)
	}
}

// examples are those that are given; if there are none, one that is made of the schema.
func (o *openapi) examples(p *page, media, schema node, json bool) []Example {
	var out []Example
	if n := p.r.get(media, "example"); n != 0 {
		if e, ok := p.example(Example{Text: p.given(n)}); ok {
			out = append(out, e)
		}
	}
	for name, n := range p.r.members(p.r.get(media, "examples")) {
		n = p.r.to(n)
		e := Example{Title: name, Note: shorten(p.r.text(n, "summary")), Text: p.given(p.r.get(n, "value"))}
		if !p.r.has(n, "value") {
			e.Text = ""
		}
		if to := p.r.text(n, "externalValue"); to != "" {
			link := external(to, to)
			e.Link = &link
		}
		if e, ok := p.example(e); ok {
			out = append(out, e)
		}
	}
	if len(out) == 0 && json && schema != 0 {
		return p.exampleOf(schema)
	}
	return out
}

// showResponses shows what comes back, by status.
func (o *openapi) showResponses(p *page, v *Item, op operation) {
	all, ok := p.section("Responses")
	if !ok {
		return
	}
	for status, n := range p.r.members(p.r.get(op.node, "responses")) {
		if strings.HasPrefix(status, "x-") {
			continue
		}
		if s, ok := p.section(status); ok {
			s.ID = p.id("response-" + slug(status))
			o.response(p, &s, n, op)
			all.Sections = append(all.Sections, s)
		}
	}
	add(&v.Sections, all)
}

func (o *openapi) response(p *page, s *Section, n node, op operation) {
	to, ref := p.r.follow(n)
	if to == 0 {
		s.Facts = fact(s.Facts, "Missing", "The reference "+ref+" leads to nothing in this definition.")
		return
	}
	s.Description = p.text(p.r.text(to, "description"))
	for name, h := range p.r.members(p.r.get(to, "headers")) {
		f := o.parameter(p, h, name)
		f.Flags = append([]string{"header"}, f.Flags...)
		s.Fields = append(s.Fields, f)
	}
	for name, link := range p.r.members(p.r.get(to, "links")) {
		link = p.r.to(link)
		s.Facts = code(s.Facts, "Link "+shorten(name), p.r.text(link, "operationId")+p.r.text(link, "operationRef"))
	}
	if !o.two {
		o.content(p, s, p.r.get(to, "content"))
		return
	}
	schema := p.r.get(to, "schema")
	if schema != 0 {
		s.Facts = codes(s.Facts, "Content", o.media(p, op, "produces"))
		s.Fields = append(s.Fields, p.field("", schema, place{}))
	}
	for name, n := range p.r.members(p.r.get(to, "examples")) {
		if e, ok := p.example(Example{Title: name, Text: p.given(n)}); ok {
			s.Examples = append(s.Examples, e)
		}
	}
	if len(s.Examples) == 0 && schema != 0 {
		s.Examples = p.exampleOf(schema)
	}
}

// callbackAnswers lists what whoever is called back may answer.
func (o *openapi) callbackAnswers(p *page, s *Section, op node) {
	for status, n := range p.r.members(p.r.get(op, "responses")) {
		if p.fields--; p.fields <= 0 || strings.HasPrefix(status, "x-") {
			continue
		}
		to := p.r.to(n)
		f := Field{Name: "answer " + shorten(status), Type: []Span{}, Description: p.text(p.r.text(to, "description"))}
		for _, media := range p.r.members(p.r.get(to, "content")) {
			body := p.field("", p.r.get(media, "schema"), place{depth: 1})
			f.Type, f.Parts, f.Folded = body.Type, body.Parts, true
			break
		}
		s.Fields = append(s.Fields, f)
	}
}

// showCallbacks shows the requests that the API sends back.
func (o *openapi) showCallbacks(p *page, v *Item, callbacks node) {
	all, ok := p.section("Callbacks")
	if !ok {
		return
	}
	for name, callback := range p.r.members(callbacks) {
		for expression, item := range p.r.members(p.r.to(callback)) {
			for method, op := range p.r.members(p.r.to(item)) {
				if !p.r.isObject(op) || strings.HasPrefix(method, "x-") || method == "parameters" {
					continue
				}
				s, ok := p.section(name + ": " + strings.ToUpper(method) + " " + expression)
				if !ok {
					return
				}
				s.Description = p.text(p.r.text(op, "summary") + "\n\n" + p.r.text(op, "description"))
				if body := p.r.to(p.r.get(op, "requestBody")); body != 0 {
					for media, m := range p.r.members(p.r.get(body, "content")) {
						s.Fields = append(s.Fields, p.field(media, p.r.get(m, "schema"), place{}))
					}
				}
				if len(s.Fields) == 0 {
					s.Facts = fact(s.Facts, "Body", "none is given")
				}
				if p.r.get(op, "security") != 0 {
					s.Facts = append(s.Facts, o.security(p, op)...)
				}
				o.callbackAnswers(p, &s, op)
				all.Sections = append(all.Sections, s)
			}
		}
	}
	add(&v.Sections, all)
}
