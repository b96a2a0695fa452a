package reference

import (
	"slices"
	"strings"
)

// show is the page of an operation, or of a channel.
func (a *asyncapi) show(p *page, v *Item, act action) {
	at := act.node
	if at == 0 {
		at = act.channel
	}
	v.Line = p.r.line(at)
	v.Description = p.text(p.r.text(at, "description"))
	v.Facts = code(v.Facts, "Operation", p.r.text(at, "operationId"))
	v.Facts = append(v.Facts, a.security(p, at)...)
	v.Facts = codes(v.Facts, "Tags", a.tags(p, at))
	if docs := p.r.to(p.r.get(at, "externalDocs")); docs != 0 {
		v.Facts = address(v.Facts, "See", p.r.text(docs, "description"), p.r.text(docs, "url"))
	}
	if act.node != 0 {
		v.Facts = append(v.Facts, a.traits(p, act.node)...)
	}
	a.showChannel(p, v, act)
	if act.node != 0 {
		a.addBindings(p, &v.Sections, "Operation bindings", act.node)
	}
	a.showMessages(p, &v.Sections, "Messages", a.messagesOf(p, act))
	if reply := p.r.to(p.r.get(act.node, "reply")); reply != 0 {
		a.showReply(p, v, reply)
	}
}

func (a *asyncapi) tags(p *page, n node) []string {
	var out []string
	for t := range p.r.elements(p.r.get(n, "tags")) {
		if name := p.r.text(p.r.to(t), "name"); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// traits are the names of what an operation shares with others.
func (a *asyncapi) traits(p *page, n node) []Fact {
	var names []string
	for t := range p.r.elements(p.r.get(n, "traits")) {
		if _, ref := p.r.follow(t); ref != "" {
			names = append(names, refName(ref))
		}
	}
	return codes(nil, "Traits", names)
}

// showChannel shows where messages go, its parameters and bindings.
func (a *asyncapi) showChannel(p *page, v *Item, act action) {
	s, ok := p.section("Channel")
	if !ok {
		return
	}
	channel := act.channel
	switch {
	case a.two:
		s.Facts = code(s.Facts, "Address", act.name)
	case p.r.has(channel, "address"):
		s.Facts = code(s.Facts, "Address", p.r.text(channel, "address"))
	}
	if _, ref := p.r.follow(p.r.get(act.node, "channel")); ref != "" {
		s.Facts = append(s.Facts, Fact{"Channel", []Span{p.link(ref, refName(ref))}})
	}
	s.Facts = codes(s.Facts, "Servers", a.servers(p, channel))
	if act.node != 0 {
		s.Description = p.text(p.r.text(channel, "description"))
	}
	for name, n := range p.r.members(p.r.get(channel, "parameters")) {
		if n = p.r.to(n); p.fields <= 0 {
			break
		}
		from := p.r.get(n, "schema")
		if from == 0 {
			from = n
		}
		f := p.field(name, from, place{depth: 1})
		if from != n {
			f.Description = p.text(p.r.text(n, "description"))
		} else {
			f.Type = []Span{{Text: "string"}} // version 3 has no other
		}
		f.Flags = append([]string{"in the address"}, f.Flags...)
		f.Facts = code(f.Facts, "Location", p.r.text(n, "location"))
		s.Fields = append(s.Fields, f)
	}
	add(&v.Sections, s)
	a.addBindings(p, &v.Sections, "Channel bindings", channel)
}

// servers are the names of those that a channel is on.
func (a *asyncapi) servers(p *page, channel node) []string {
	var out []string
	for n := range p.r.elements(p.r.get(channel, "servers")) {
		name := p.r.scalar(n)
		if name == "" {
			name = refName(p.r.text(n, "$ref"))
		}
		out = append(out, name)
	}
	return out
}

// messagesOf are the messages of an operation, or of a channel.
func (a *asyncapi) messagesOf(p *page, act action) []node {
	if a.two {
		n := p.r.get(act.node, "message")
		if choices := p.r.get(p.r.to(n), "oneOf"); choices != 0 {
			return slices.Collect(p.r.elements(choices))
		}
		if n == 0 {
			return nil
		}
		return []node{n}
	}
	if own := p.r.get(act.node, "messages"); own != 0 {
		return slices.Collect(p.r.elements(own))
	}
	return a.channelMessages(p, act.channel)
}

func (a *asyncapi) channelMessages(p *page, channel node) []node {
	var out []node
	for _, n := range p.r.members(p.r.get(channel, "messages")) {
		out = append(out, n)
	}
	return out
}

func (a *asyncapi) showMessages(p *page, to *[]Section, title string, messages []node) {
	all, ok := p.section(title)
	if !ok {
		return
	}
	for _, n := range messages {
		if s, ok := p.section("Message"); ok && p.fields > 0 {
			a.message(p, &s, n)
			all.Sections = append(all.Sections, s)
		}
	}
	add(to, all)
}

// showReply shows what an operation of version 3 is answered with.
func (a *asyncapi) showReply(p *page, v *Item, reply node) {
	s, ok := p.section("Reply")
	if !ok {
		return
	}
	if to := p.r.to(p.r.get(reply, "address")); to != 0 {
		s.Facts = code(s.Facts, "Address", p.r.text(to, "location"))
		s.Description = p.text(p.r.text(to, "description"))
	}
	channel, ref := p.r.follow(p.r.get(reply, "channel"))
	if ref != "" {
		s.Facts = append(s.Facts, Fact{"Channel", []Span{p.link(ref, refName(ref))}})
	}
	add(&v.Sections, s)
	messages := slices.Collect(p.r.elements(p.r.get(reply, "messages")))
	if len(messages) == 0 {
		messages = a.channelMessages(p, channel)
	}
	a.showMessages(p, &v.Sections, "Messages of the reply", messages)
}

// message shows a message: its headers, payload, examples and bindings.
func (a *asyncapi) message(p *page, s *Section, n node) {
	to, ref := p.r.follow(n)
	if to == 0 {
		s.Facts = fact(s.Facts, "Missing", "The reference "+ref+" leads to nothing in this definition.")
		return
	}
	for _, name := range []string{p.r.text(to, "title"), p.r.text(to, "name"), refName(ref)} {
		if s.Title == "Message" && name != "" {
			s.Title = shorten(name)
		}
	}
	s.Description = p.text(p.r.text(to, "summary") + "\n\n" + p.r.text(to, "description"))
	if ref != "" {
		if l := p.link(ref, refName(ref)); l.Href != "" {
			s.Facts = append(s.Facts, Fact{"Message", []Span{l}})
		}
	}
	s.Facts = code(s.Facts, "Name", p.r.text(to, "name"))
	content := p.r.text(to, "contentType")
	if content == "" {
		content = p.r.text(p.r.root, "defaultContentType")
	}
	s.Facts = code(s.Facts, "Content", content)
	if id := p.r.to(p.r.get(to, "correlationId")); id != 0 {
		s.Facts = code(s.Facts, "Correlation", p.r.text(id, "location"))
	}
	s.Facts = codes(s.Facts, "Tags", a.tags(p, to))
	s.Facts = append(s.Facts, a.traits(p, to)...)
	for trait := range p.r.elements(p.r.get(to, "traits")) {
		if trait = p.r.to(trait); p.r.has(trait, "headers") {
			s.Fields = append(s.Fields, p.field("headers, of the trait", p.r.get(trait, "headers"), place{}))
		}
	}
	a.schemaOf(p, s, "headers", p.r.get(to, "headers"), "")
	a.schemaOf(p, s, "payload", p.r.get(to, "payload"), p.r.text(to, "schemaFormat"))
	a.examples(p, s, to)
	s.Sections = append(s.Sections, a.bindings(p, to)...)
}

// schemaOf shows a schema; one of another language, such as Avro, as it is written.
func (a *asyncapi) schemaOf(p *page, s *Section, name string, n node, format string) {
	if n == 0 {
		return
	}
	if to := p.r.to(n); p.r.has(to, "schemaFormat") && p.r.has(to, "schema") {
		format, n = p.r.text(to, "schemaFormat"), p.r.get(to, "schema")
	}
	f := strings.ToLower(format)
	if f == "" || strings.Contains(f, "asyncapi") || strings.Contains(f, "schema+json") || strings.Contains(f, "schema+yaml") || strings.Contains(f, "openapi") {
		s.Fields = append(s.Fields, p.field(name, n, place{}))
		return
	}
	if e, ok := p.example(Example{Title: name + ", a schema", Note: shorten(format), Text: p.given(n)}); ok {
		s.Examples = append(s.Examples, e)
	}
}

// examples are those of a message; if there are none, one that is made of the schema of its payload.
func (a *asyncapi) examples(p *page, s *Section, message node) {
	given := false
	for n := range p.r.elements(p.r.get(message, "examples")) {
		title := p.r.text(n, "name")
		for _, part := range []string{"headers", "payload"} {
			if c := p.r.get(n, part); c != 0 {
				e, ok := p.example(Example{Title: strings.TrimSpace(title + " " + part), Note: shorten(p.r.text(n, "summary")), Text: p.given(c)})
				if ok {
					s.Examples, given = append(s.Examples, e), true
				}
			}
		}
	}
	payload := p.r.get(message, "payload")
	if given || payload == 0 || len(s.Fields) == 0 || s.Fields[len(s.Fields)-1].Name != "payload" {
		return
	}
	if to := p.r.to(payload); p.r.has(to, "schemaFormat") && p.r.has(to, "schema") {
		payload = p.r.get(to, "schema")
	}
	s.Examples = append(s.Examples, p.exampleOf(payload)...)
}

// protocols are the bindings with a name that people write differently.
var protocols = map[string]string{
	"mqtt": "MQTT", "mqtt5": "MQTT 5", "kafka": "Kafka", "amqp": "AMQP 0-9-1", "amqp1": "AMQP 1.0", "ws": "WebSocket", "http": "HTTP",
	"nats": "NATS", "jms": "JMS", "sns": "SNS", "sqs": "SQS", "stomp": "STOMP", "redis": "Redis", "mercure": "Mercure", "ibmmq": "IBM MQ",
	"googlepubsub": "Google Pub/Sub", "pulsar": "Pulsar", "solace": "Solace", "anypointmq": "Anypoint MQ",
}

// bindings shows what a part and its traits say for each protocol.
func (a *asyncapi) bindings(p *page, n node) []Section {
	out := p.bindingsOf(n, "")
	for trait := range p.r.elements(p.r.get(n, "traits")) {
		to, ref := p.r.follow(trait)
		from := ", of a trait"
		if ref != "" {
			from = ", of the trait " + refName(ref)
		}
		out = append(out, p.bindingsOf(to, from)...)
	}
	return out
}

func (p *page) bindingsOf(n node, from string) []Section {
	var out []Section
	for protocol, binding := range p.r.members(p.r.to(p.r.get(n, "bindings"))) {
		name := protocols[protocol]
		if name == "" {
			name = protocol
		}
		s, ok := p.section(name + " bindings" + from)
		if !ok {
			break
		}
		p.binding(&s, p.r.to(binding), "", 0)
		if len(s.Fields) == 0 {
			s.Facts = fact(nil, "Settings", "none")
		}
		out = append(out, s)
	}
	return out
}

func (a *asyncapi) addBindings(p *page, to *[]Section, title string, n node) {
	s, ok := p.section(title)
	if !ok {
		return
	}
	s.Sections = a.bindings(p, n)
	add(to, s)
}

// schemaTypes tell a schema from settings, which may have a type too.
var schemaTypes = []string{"string", "integer", "number", "boolean", "object", "array", "null"}

// binding lists the settings of a protocol. A setting may be a value, a schema, or settings again.
func (p *page) binding(s *Section, n node, prefix string, depth int) {
	for name, c := range p.r.members(n) {
		if p.fields <= 0 || depth > refHops {
			return
		}
		name = prefix + name
		switch {
		case !p.r.isObject(c):
			p.fields--
			s.Fields = append(s.Fields, Field{Name: shorten(name), Type: []Span{{Text: shorten(p.value(c)), Code: true}}})
		case p.r.has(c, "$ref") || slices.Contains(schemaTypes, p.r.text(c, "type")):
			s.Fields = append(s.Fields, p.field(name, c, place{depth: 1}))
		default:
			p.binding(s, c, name+".", depth+1)
		}
	}
}
