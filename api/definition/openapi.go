package definition

import (
	"maps"
	"slices"
	"strings"
)

// readOpenAPI reads OpenAPI 2.0 to 3.2.
func readOpenAPI(text string) (Facts, error) {
	d, err := readDocument(text)
	if err != nil {
		return Facts{}, err
	}
	field, version, err := d.version("openapi", "swagger")
	if err != nil {
		return Facts{}, err
	}
	f := newFacts(OpenAPI)
	f.FormatVersion = line(version)
	f.Title, f.Version = line(d.text(d.top["info"], "title")), line(d.text(d.top["info"], "version"))
	methods := methodsOf(version)
	d.paths(&f, d.top["paths"], methods, "")
	if field == "swagger" {
		f.Servers = d.hosts()
		f.Auth = d.schemes(d.top["securityDefinitions"])
		return d.done(f)
	}
	d.paths(&f, d.top["webhooks"], methods, "webhook ")
	if d.top["servers"] != nil {
		for s := range d.top["servers"].elements() {
			f.Servers = list(f.Servers, d.text(s, "url"))
		}
	}
	f.Auth = d.schemes(d.get(d.top["components"], "securitySchemes"))
	return d.done(f)
}

// methodsOf returns the names of a path's members that are operations.
func methodsOf(version string) []string {
	methods := []string{"get", "put", "post", "delete", "options", "head", "patch"}
	if !strings.HasPrefix(version, "2.") {
		methods = append(methods, "trace")
	}
	if strings.HasPrefix(version, "3.") && !strings.HasPrefix(version, "3.0") && !strings.HasPrefix(version, "3.1") {
		methods = append(methods, "query", additionalOperations)
	}
	return methods
}

// additionalOperations holds operations by method.
const additionalOperations = "additionalOperations"

// paths counts the operations of the paths, or of the webhooks.
func (d *document) paths(f *Facts, paths value, methods []string, prefix string) {
	if paths == nil {
		return
	}
	for path, item := range paths.members() {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		before := f.Operations
		d.item(f, item, methods, prefix, path)
		if f.Operations > before {
			continue // what stands beside a reference means more than what it refers to
		}
		if at := d.follow(item); at != nil && at != item {
			d.item(f, at, methods, prefix, path)
		}
	}
}

func (d *document) item(f *Facts, item value, methods []string, prefix, path string) {
	d.eachOperation(item, methods, func(method string, op value) { d.method(f, op, prefix, method, path) })
}

// eachOperation visits the operations of a path.
func (d *document) eachOperation(item value, methods []string, visit func(method string, op value)) {
	for method, op := range item.members() {
		switch {
		case !slices.Contains(methods, method):
		case method != additionalOperations:
			visit(strings.ToUpper(method), op)
		default:
			for method, op := range op.members() {
				visit(method, op)
			}
		}
	}
}

func (d *document) method(f *Facts, op value, prefix, method, path string) {
	if op.object() {
		f.add(d.operation(op), prefix, method, " ", path)
	}
}

// operation reads the members of an operation that count.
func (d *document) operation(op value) operation {
	var out operation
	for key, v := range op.members() {
		switch key {
		case "summary", "description":
			out.documented = out.documented || strings.TrimSpace(v.text()) != ""
		case "deprecated":
			out.deprecated = strings.EqualFold(v.text(), "true")
		}
	}
	return out
}

// hosts returns the addresses of OpenAPI 2.0: each scheme with the host and the base path.
func (d *document) hosts() []string {
	var schemes []string
	if d.top["schemes"] != nil {
		for s := range d.top["schemes"].elements() {
			schemes = list(schemes, s.text())
		}
	}
	host, base := d.text(d.top["host"]), d.text(d.top["basePath"])
	out := []string{}
	switch {
	case host == "":
		return list(out, base)
	case len(schemes) == 0:
		return list(out, "//", host, base)
	}
	for _, s := range schemes {
		out = list(out, s, "://", host, base)
	}
	return out
}

// schemes returns the types of the security schemes.
func (d *document) schemes(all value) []string {
	types := map[string]bool{}
	if all != nil {
		for _, scheme := range all.members() {
			d.scheme(types, scheme)
		}
	}
	return sorted(types)
}

// scheme notes the type of a security scheme.
func (d *document) scheme(types map[string]bool, scheme value) {
	scheme = d.follow(scheme)
	switch t := line(d.text(scheme, "type")); t {
	case "":
	case "basic": // OpenAPI 2.0; later it is http with the scheme basic
		types["http"] = true
	default:
		types[t] = true
	}
}

func sorted(types map[string]bool) []string {
	out := slices.AppendSeq(make([]string, 0, len(types)), maps.Keys(types))
	slices.Sort(out)
	return out[:min(len(out), MaxEntries)]
}
