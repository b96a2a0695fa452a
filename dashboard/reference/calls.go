package reference

import (
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/outbound"
)

// The bounds of servers of one definition.
const (
	maxServers   = 64 // that are looked at for one operation, with the values of their variables
	maxAddresses = 256
)

// Names tells whether the definition has an operation of that method at that address: below one of the servers that count
// for it, at its path. A parameter of the path stands for a part between two slashes. Of variables of servers the default
// counts, and the values that are listed. A server without a host names none.
func (d *Document) Names(method string, to outbound.Target) bool {
	return d.calls != nil && d.calls.names(method, to)
}

// Origins are where the servers of the definition are, in the order of the text, each once.
func (d *Document) Origins() []outbound.Origin {
	if d.calls == nil {
		return nil
	}
	return d.calls.origins()
}

// calls are the operations of a definition that can be called.
type calls interface {
	names(method string, to outbound.Target) bool
	origins() []outbound.Origin
}

func (o *openapi) names(method string, to outbound.Target) bool {
	r := o.reader(pageSteps)
	all := o.bases(r, r.root)
	end := to.Path[strings.LastIndexByte(to.Path, '/')+1:]
	for path, item := range r.members(r.get(r.root, "paths")) {
		path = pathOf(path)
		if !strings.HasPrefix(path, "/") || !fits(end, path[strings.LastIndexByte(path, '/')+1:]) {
			continue // most of them, without a look at what is there
		}
		for _, from := range o.items(r, item) {
			if slices.ContainsFunc(o.serving(r, from, method, all), func(base outbound.Target) bool { return at(to, base, path) }) {
				return true
			}
		}
	}
	return false
}

// pathOf is the key of a path without the query that some write there.
func pathOf(key string) string {
	if i := strings.IndexAny(key, "?#"); i >= 0 {
		return key[:i]
	}
	return key
}

// items are a path's members: its own, and those of what it refers to.
func (o *openapi) items(r *reader, item node) []node {
	if to := r.to(item); to != 0 && to != item {
		return []node{item, to}
	}
	return []node{item}
}

// serving are the servers of the operation of a path with that method; none if there is no such operation.
func (o *openapi) serving(r *reader, item node, method string, all []outbound.Target) []outbound.Target {
	op := r.get(item, strings.ToLower(method))
	if !r.isObject(op) {
		return nil
	}
	if o.two {
		return all
	}
	for _, from := range []node{op, item} {
		if r.has(from, "servers") {
			return o.bases(r, from)
		}
	}
	return all
}

// bases are the addresses of the servers of the document, a path or an operation.
func (o *openapi) bases(r *reader, from node) []outbound.Target {
	var out []outbound.Target
	keep := func(address string) {
		if t, err := outbound.Parse(strings.TrimSuffix(address, "/")); err == nil && t.Query == "" && len(out) < maxServers {
			out = append(out, t)
		}
	}
	if o.two {
		host, base := r.text(r.root, "host"), r.text(r.root, "basePath")
		schemes := r.texts(r.get(r.root, "schemes"))
		if len(schemes) == 0 {
			schemes = []string{"https", "http"} // that by which the definition was read
		}
		for _, scheme := range schemes[:min(len(schemes), 4)] {
			keep(scheme + "://" + host + base)
		}
		return out
	}
	for s := range r.elements(r.get(from, "servers")) {
		for _, address := range expand(r, r.text(s, "url"), r.get(s, "variables")) {
			keep(address)
		}
		if len(out) >= maxServers {
			break
		}
	}
	return out
}

// expand writes the address of a server with each value of its variables.
func expand(r *reader, address string, variables node) []string {
	out := []string{address}
	for name, v := range r.members(variables) {
		place := "{" + name + "}"
		if !strings.Contains(address, place) || len(address) > outbound.MaxURL {
			continue
		}
		values := append([]string{r.text(v, "default")}, r.texts(r.get(v, "enum"))...)
		var next []string
		for _, value := range values {
			for _, a := range out {
				if s := strings.ReplaceAll(a, place, value); len(next) < maxServers && len(s) <= outbound.MaxURL && !slices.Contains(next, s) {
					next = append(next, s)
				}
			}
		}
		out = next
	}
	return out
}

// at tells whether an address is that of a path below the address of a server.
func at(to, base outbound.Target, path string) bool {
	if to.Origin != base.Origin {
		return false
	}
	rest, ok := strings.CutPrefix(to.Path, strings.TrimSuffix(base.Path, "/"))
	if !ok || !strings.HasPrefix(rest, "/") {
		return false
	}
	want, got := strings.Split(path, "/"), strings.Split(rest, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !fits(got[i], want[i]) {
			return false
		}
	}
	return true
}

// fits tells whether a part of a path is that of a template, such as {id}.json, with something for each parameter.
func fits(part, template string) bool {
	first, rest, found := strings.Cut(template, "{")
	if !found {
		return part == template || part == escaped(template)
	}
	part, ok := strings.CutPrefix(part, escaped(first))
	for ok {
		var literal string
		if _, rest, ok = strings.Cut(rest, "}"); !ok || part == "" {
			return false
		}
		if literal, rest, found = strings.Cut(rest, "{"); !found {
			part, ok = strings.CutSuffix(part, escaped(literal))
			return ok && part != ""
		}
		i := strings.Index(part[1:], escaped(literal)) // the first place leaves the most for what follows
		if ok = i >= 0; ok {
			part = part[1+i+len(escaped(literal)):]
		}
	}
	return false
}

// escaped writes what cannot stand in the path of an address as it must stand there.
func escaped(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>^`|\\", c) >= 0 {
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// origins implements calls.
func (o *openapi) origins() []outbound.Origin {
	r := o.reader(pageSteps)
	var out []outbound.Origin
	keep := func(all []outbound.Target) {
		for _, t := range all {
			if len(out) < maxAddresses && !slices.Contains(out, t.Origin) {
				out = append(out, t.Origin)
			}
		}
	}
	keep(o.bases(r, r.root))
	if o.two {
		return out
	}
	for _, item := range r.members(r.get(r.root, "paths")) {
		for _, from := range o.items(r, item) {
			keep(o.bases(r, from))
			for method, op := range r.members(from) {
				if slices.Contains(methods, method) {
					keep(o.bases(r, op))
				}
			}
		}
	}
	return out
}
