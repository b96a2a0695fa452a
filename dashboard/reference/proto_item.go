package reference

import (
	"slices"
	"strings"
)

// showMethod is the page of a method.
func (b *protobuf) showMethod(p *page, v *Item, m *protoMethod) {
	v.Line = m.line
	v.Description = p.text(m.comment)
	v.Facts = code(v.Facts, "Full name", m.service+"/"+m.name)
	v.Facts = append(v.Facts, m.facts...)
	for _, part := range []struct{ title, typ string }{{"Request", m.input}, {"Response", m.output}} {
		s, ok := p.section(part.title)
		if !ok {
			break
		}
		s.Facts = []Fact{{"Message", []Span{b.link(p, m.service, part.typ)}}}
		if t := b.types[b.resolve(m.service, part.typ)]; t != nil {
			s.Description = p.text(t.comment)
			s.Fields = b.fields(p, t, nil)
		}
		add(&v.Sections, s)
	}
	if s, ok := p.section("Call it"); ok {
		text := "grpcurl -d " + quote(b.example(m)) + " \\\n  HOST:443 " + m.service + "/" + m.name
		if e, ok := p.example(Example{Title: "grpcurl", Text: text, Generated: true}); ok {
			s.Examples = []Example{e}
		}
		add(&v.Sections, s)
	}
}

// showType is the page of a message or an enumeration.
func (b *protobuf) showType(p *page, v *Item, t *protoType) {
	v.Line = t.line
	v.Description = p.text(t.comment)
	v.Facts = code(v.Facts, "Full name", t.name)
	v.Facts = append(v.Facts, t.facts...)
	v.Facts = append(v.Facts, b.usedBy(p, t.name)...)
	title := "Fields"
	if t.enum {
		title = "Values"
	}
	if s, ok := p.section(title); ok {
		s.Fields = b.fields(p, t, nil)
		add(&v.Sections, s)
	}
}

// fields shows what a type is made of. Messages are shown with their fields, to a depth.
func (b *protobuf) fields(p *page, t *protoType, within []string) []Field {
	var out []Field
	within = append(slices.Clip(within), t.name)
	for i := range t.fields {
		if p.fields--; p.fields <= 0 {
			break
		}
		out = append(out, b.field(p, &t.fields[i], within))
	}
	return out
}

func (b *protobuf) field(p *page, f *protoField, within []string) Field {
	out := Field{Name: shorten(f.name), Type: []Span{}, Description: p.text(f.comment), Facts: code(nil, "Number", f.number)}
	for _, flag := range []struct {
		on   bool
		text string
	}{{f.required, "required"}, {f.deprecated, "deprecated"}, {f.oneof != "", "one of " + f.oneof}} {
		if flag.on {
			out.Flags = append(out.Flags, shorten(flag.text))
		}
	}
	out.Facts = append(out.Facts, f.facts...)
	if f.typ == "" {
		return out
	}
	if f.label != "" {
		out.Type = append(out.Type, Span{Text: f.label})
	}
	out.Type = append(out.Type, b.link(p, f.within, f.typ))
	t := b.types[b.resolve(f.within, f.typ)]
	if t == nil {
		return out
	}
	if t.enum {
		names := make([]string, len(t.fields))
		for i := range t.fields {
			names[i] = t.fields[i].name
		}
		out.Facts = codes(out.Facts, "One of", names)
		return out
	}
	if slices.Contains(within, t.name) || len(within) > expandRefs {
		return out
	}
	if fields := b.fields(p, t, within); len(fields) > 0 {
		out.Parts, out.Folded = []Part{{Fields: fields}}, len(within) >= foldAt
	}
	return out
}

// resolve finds the full name of a type as it is written within a scope, as protoc does: the innermost that is there.
func (b *protobuf) resolve(scope, name string) string {
	if full, ok := strings.CutPrefix(name, "."); ok {
		return full
	}
	for range maxDepth {
		if full := under(scope, name); b.types[full] != nil {
			return full
		}
		if scope == "" {
			break
		}
		scope = scope[:max(0, strings.LastIndexByte(scope, '.'))]
	}
	return name
}

func (b *protobuf) link(p *page, scope, name string) Span {
	return p.link(b.resolve(scope, name), strings.TrimPrefix(name, "."))
}

// example is a request as JSON, with the fields that are simple.
func (b *protobuf) example(m *protoMethod) string {
	t := b.types[b.resolve(m.service, m.input)]
	if t == nil || len(t.fields) == 0 {
		return "{}"
	}
	w := &writer{indent: indent, most: maxExample / 8}
	w.WriteString("{")
	first := true
	for i := range t.fields[:min(len(t.fields), madeFields/4)] {
		f := &t.fields[i]
		value := b.sample(f)
		if value == "" || f.deprecated {
			continue
		}
		if !first {
			w.WriteString(",")
		}
		first = false
		w.line(1)
		w.string(jsonName(f.name))
		w.WriteString(": " + value)
	}
	if !first {
		w.line(0)
	}
	w.WriteString("}")
	return w.String()
}

// sample is a value of a field; empty of a message.
func (b *protobuf) sample(f *protoField) string {
	value := ""
	switch f.typ {
	case "string":
		value = `"text"`
	case "bytes":
		value = `"dGV4dA=="`
	case "bool":
		value = "true"
	case "int64", "uint64", "sint64", "fixed64", "sfixed64":
		value = `"1"`
	case "int32", "uint32", "sint32", "fixed32", "sfixed32", "double", "float":
		value = "1"
	default:
		if t := b.types[b.resolve(f.within, f.typ)]; t != nil && t.enum && len(t.fields) > 0 {
			value = `"` + t.fields[len(t.fields)-1].name + `"`
		}
	}
	switch {
	case value == "" || strings.HasPrefix(f.label, "map"):
		return ""
	case f.label == "repeated ":
		return "[" + value + "]"
	}
	return value
}

// jsonName is the name of a field in JSON.
func jsonName(s string) string {
	var b strings.Builder
	up := false
	for _, r := range s {
		switch {
		case r == '_':
			up = true
		case up:
			b.WriteString(strings.ToUpper(string(r)))
			up = false
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
