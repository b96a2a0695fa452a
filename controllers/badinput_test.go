package controllers_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// fields are a spec as it stands in a file.
type fields = map[string]any

// bases are specs that the API server accepts.
var bases = map[string]fields{
	catalog.KindComponent: {"type": "service", "lifecycle": "production"},
	catalog.KindAPI:       {"type": "openapi", "lifecycle": "production"},
	catalog.KindResource:  {"type": "database"},
	catalog.KindSystem:    {"title": "A system"},
	catalog.KindDomain:    {"title": "A domain"},
	catalog.KindGroup:     {"type": "team"},
	catalog.KindUser:      {"profile": fields{"displayName": "Somebody"}},
}

func clusterScoped(kind string) bool {
	return kind == catalog.KindDomain || kind == catalog.KindGroup || kind == catalog.KindUser
}

// object is an object as it stands in a file: the base of its kind with some fields set.
func object(kind, namespace, name string, set fields) *unstructured.Unstructured {
	spec := maps.Clone(bases[kind])
	maps.Copy(spec, set)
	u := &unstructured.Unstructured{Object: fields{"spec": spec}}
	u.SetGroupVersionKind(catalog.GroupVersion.WithKind(kind))
	u.SetName(name)
	if !clusterScoped(kind) {
		u.SetNamespace(namespace)
	}
	return u
}

func list(items ...any) []any { return append([]any{}, items...) }

// many is a list of n different items.
func many(n int, format string) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = fmt.Sprintf(format, i)
	}
	return out
}

func long(n int) string { return strings.Repeat("a", n) }

// canary is an entity beside those that are wrong, which must notice nothing.
type canary struct {
	component *catalog.Component
	version   string
}

func newCanary(t *testing.T, ns string) canary {
	t.Helper()
	team := apitest.Group(unique("canary"))
	c := apitest.Component(ns, "canary", func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
	create(t, team, c)
	becomes(t, c, isReady())
	return canary{c, c.ResourceVersion}
}

func (c canary) check(t *testing.T) {
	t.Helper()
	read(t, c.component)
	if err := isReady()(c.component); err != nil || c.component.ResourceVersion != c.version {
		t.Errorf("the canary was disturbed: %v, resourceVersion %s, want %s", err, c.component.ResourceVersion, c.version)
		c.version = c.component.ResourceVersion
	}
}

func TestBadInputIsRefused(t *testing.T) {
	const mebibyte = 1 << 20
	link := func(url string) fields { return fields{"links": list(fields{"url": url})} }
	selector := func(s fields) fields { return fields{"workloads": fields{"selector": s}} }
	expression := func(key, operator string, values ...any) fields {
		e := fields{"key": key, "operator": operator}
		if values != nil {
			e["values"] = values
		}
		return selector(fields{"matchExpressions": list(e)})
	}
	cases := map[string]struct {
		kind string // Component if empty
		set  fields
		make func(*unstructured.Unstructured)
		want []string
	}{
		"a Component with an empty spec": {
			make: func(u *unstructured.Unstructured) { u.Object["spec"] = fields{} },
			want: []string{"spec.type: Required value", "spec.lifecycle: Required value"},
		},
		"a Component without a spec": {
			make: func(u *unstructured.Unstructured) { delete(u.Object, "spec") }, want: []string{"spec: Required value"},
		},
		"an API with an empty spec": {
			kind: catalog.KindAPI, make: func(u *unstructured.Unstructured) { u.Object["spec"] = fields{} },
			want: []string{"spec.type: Required value", "spec.lifecycle: Required value"},
		},
		"a Resource with an empty spec": {
			kind: catalog.KindResource, make: func(u *unstructured.Unstructured) { u.Object["spec"] = fields{} },
			want: []string{"spec.type: Required value"},
		},
		"a System with an empty spec": {
			kind: catalog.KindSystem, make: func(u *unstructured.Unstructured) { u.Object["spec"] = fields{} },
			want: []string{"spec in body should have at least 1 properties"},
		},
		"a Domain with an empty spec": {
			kind: catalog.KindDomain, make: func(u *unstructured.Unstructured) { u.Object["spec"] = fields{} },
			want: []string{"spec in body should have at least 1 properties"},
		},
		"a Group with an empty spec": {
			kind: catalog.KindGroup, make: func(u *unstructured.Unstructured) { u.Object["spec"] = fields{} },
			want: []string{"spec.type: Required value"},
		},
		"a User with an empty spec": {
			kind: catalog.KindUser, make: func(u *unstructured.Unstructured) { u.Object["spec"] = fields{} },
			want: []string{"spec in body should have at least 1 properties"},
		},
		"a spec that is a list": {
			make: func(u *unstructured.Unstructured) { u.Object["spec"] = list() }, want: []string{"spec: Invalid value"},
		},
		"an empty type": {set: fields{"type": ""}, want: []string{"spec.type"}},
		"a type of two words": {
			set: fields{"type": "big service"}, want: []string{"spec.type", "must be one word of letters, digits"},
		},
		"a lifecycle of 64 characters": {set: fields{"lifecycle": long(64)}, want: []string{"spec.lifecycle: Too long"}},

		"a description of 1.5 MiB": {set: fields{"description": long(mebibyte * 3 / 2)}, want: []string{"spec.description: Too long"}},
		"a definition of 1.5 MiB": {
			kind: catalog.KindAPI, set: fields{"definition": long(mebibyte * 3 / 2)}, want: []string{"spec.definition: Too long"},
		},
		"a definition of one byte over 256 KiB": {
			kind: catalog.KindAPI, set: fields{"definition": long(mebibyte/4 + 1)}, want: []string{"spec.definition: Too long", "262144"},
		},
		"annotations of 1.5 MiB": {
			make: func(u *unstructured.Unstructured) { u.SetAnnotations(map[string]string{"a": long(mebibyte * 3 / 2)}) },
			want: []string{"metadata.annotations: Too long"},
		},
		"an object of 4 MiB": {set: fields{"description": long(4 * mebibyte)}, want: []string{"limit is 3145728"}},

		"dependsOn of 10,000 items":    {set: fields{"dependsOn": many(10_000, "component:c-%d")}, want: []string{"spec.dependsOn: Too many: 10000", "512"}},
		"providesApis of 10,000 items": {set: fields{"providesApis": many(10_000, "a-%d")}, want: []string{"spec.providesApis: Too many: 10000", "256"}},
		"consumesApis of 10,000 items": {set: fields{"consumesApis": many(10_000, "a-%d")}, want: []string{"spec.consumesApis: Too many: 10000", "512"}},
		"members of 10,000 items": {
			kind: catalog.KindGroup, set: fields{"members": many(10_000, "u-%d")}, want: []string{"spec.members: Too many: 10000", "1024"},
		},
		"links of 10,000 items": {
			set: fields{"links": slices.Repeat(list(fields{"url": "https://example.com"}), 10_000)}, want: []string{"spec.links: Too many: 10000", "64"},
		},
		"an empty list": {set: fields{"dependsOn": list()}, want: []string{"spec.dependsOn", "at least 1 items"}},
		"65 tags":       {set: fields{"tags": many(65, "t%d")}, want: []string{"spec.tags: Too many: 65", "64"}},
		"the same tag twice": {
			set: fields{"tags": list("java", "java")}, want: []string{`spec.tags[1]: Duplicate value: "java"`},
		},
		"the same reference twice": {
			set: fields{"consumesApis": list("cart", "cart")}, want: []string{`spec.consumesApis[1]: Duplicate value: "cart"`},
		},
		"a tag in upper case":        {set: fields{"tags": list("Java")}, want: []string{"spec.tags[0]", "must be one word of lower case letters"}},
		"a tag with an empty part":   {set: fields{"tags": list("a--b")}, want: []string{"spec.tags[0]", "single hyphens"}},
		"a tag of 64 characters":     {set: fields{"tags": list(long(64))}, want: []string{"spec.tags[0]: Too long"}},
		"a title of 254 characters":  {set: fields{"title": long(254)}, want: []string{"spec.title: Too long"}},
		"a title of no characters":   {set: fields{"title": ""}, want: []string{"spec.title", "at least 1"}},
		"a link title of 254":        {set: fields{"links": list(fields{"url": "https://a.b", "title": long(254)})}, want: []string{"spec.links[0].title: Too long"}},
		"a link of 2049 characters":  {set: link("https://" + long(2041)), want: []string{"spec.links[0].url: Too long"}},
		"a definition with no bytes": {kind: catalog.KindAPI, set: fields{"definition": ""}, want: []string{"spec.definition", "at least 1"}},

		"a reference in upper case":             {set: fields{"owner": "Team-A"}, want: refused("owner")},
		"a reference with a space":              {set: fields{"owner": "team a"}, want: refused("owner")},
		"a reference with a space at its end":   {set: fields{"owner": "team "}, want: refused("owner")},
		"a reference with a line feed":          {set: fields{"owner": "team\n"}, want: refused("owner")},
		"a reference with two slashes":          {set: fields{"system": "system:a/b/c"}, want: refused("system")},
		"a reference with two colons":           {set: fields{"system": "system:system:a"}, want: refused("system")},
		"a reference without a name":            {set: fields{"system": "system:"}, want: refused("system")},
		"a reference without a namespace":       {set: fields{"system": "system:/a"}, want: refused("system")},
		"a reference that ends with a slash":    {set: fields{"system": "shop/"}, want: refused("system")},
		"a reference without a kind":            {set: fields{"system": ":a"}, want: refused("system")},
		"an empty reference":                    {set: fields{"system": ""}, want: []string{"spec.system", "at least 1"}},
		"a reference of an unknown kind":        {set: fields{"dependsOn": list("template:a")}, want: refused("dependsOn[0]")},
		"a reference with its kind in capitals": {set: fields{"dependsOn": list("Component:a")}, want: refused("dependsOn[0]")},
		"a reference that begins with a hyphen": {set: fields{"owner": "-a"}, want: refused("owner")},
		"a reference that ends with a dot":      {set: fields{"owner": "a."}, want: refused("owner")},
		"a namespace with a dot":                {set: fields{"system": "a.b/c"}, want: refused("system")},
		"a reference with a Cyrillic a":         {set: fields{"owner": "te\u0430m"}, want: refused("owner")},
		"a reference with a full-width colon":   {set: fields{"dependsOn": list("component\uff1aa")}, want: refused("dependsOn[0]")},
		"a reference with a division slash":     {set: fields{"system": "shop\u2215a"}, want: refused("system")},
		"a reference with a zero-width space":   {set: fields{"owner": "te\u200bam"}, want: refused("owner")},
		"a reference with an underscore":        {set: fields{"owner": "team_a"}, want: refused("owner")},
		"a reference with a NUL":                {set: fields{"owner": "team\x00"}, want: refused("owner")},
		"a reference of 254 characters":         {set: fields{"owner": long(254)}, want: []string{"spec.owner: Too long", "253"}},
		"dependsOn without a kind": {
			set: fields{"dependsOn": list("orders-db")}, want: []string{"spec.dependsOn", "each must begin with its kind", "resource:orders-db"},
		},
		"dependencyOf without a kind": {
			set: fields{"dependencyOf": list("orders")}, want: []string{"spec.dependencyOf", "each must begin with its kind"},
		},
		"allowedConsumers without a kind": {
			kind: catalog.KindAPI, set: fields{"visibility": "Restricted", "allowedConsumers": list("a")},
			want: []string{"spec.allowedConsumers", "each must begin with its kind"},
		},
		"dependsOn a User":               {set: fields{"dependsOn": list("user:ada")}, want: []string{"spec.dependsOn", "component:, resource: or api:"}},
		"dependencyOf an API":            {set: fields{"dependencyOf": list("api:a")}, want: []string{"spec.dependencyOf", "component: or resource:"}},
		"a Component as an owner":        {set: fields{"owner": "component:a"}, want: []string{"spec.owner", "must name a Group or a User"}},
		"a Domain as a system":           {set: fields{"system": "domain:a"}, want: []string{"spec.system", "must name a System"}},
		"a Component as a provided API":  {set: fields{"providesApis": list("component:a")}, want: []string{"spec.providesApis", "must name APIs only"}},
		"a Component as a consumed API":  {set: fields{"consumesApis": list("component:a")}, want: []string{"spec.consumesApis", "must name APIs only"}},
		"an API as a parent component":   {set: fields{"subcomponentOf": "api:a"}, want: []string{"spec.subcomponentOf", "must name a Component"}},
		"a System as a domain":           {kind: catalog.KindSystem, set: fields{"domain": "system:a"}, want: []string{"spec.domain", "must name a Domain"}},
		"a Group as a parent domain":     {kind: catalog.KindDomain, set: fields{"subdomainOf": "group:a"}, want: []string{"spec.subdomainOf", "must name a Domain"}},
		"a User as a parent":             {kind: catalog.KindGroup, set: fields{"parent": "user:a"}, want: []string{"spec.parent", "must name a Group"}},
		"a User among the children":      {kind: catalog.KindGroup, set: fields{"children": list("user:a")}, want: []string{"spec.children", "must name Groups only"}},
		"a Group among the members":      {kind: catalog.KindGroup, set: fields{"members": list("group:a")}, want: []string{"spec.members", "must name Users only"}},
		"a User as a group of a user":    {kind: catalog.KindUser, set: fields{"memberOf": list("user:a")}, want: []string{"spec.memberOf", "must name Groups only"}},
		"an owner with a namespace":      {set: fields{"owner": "shop/team"}, want: []string{"spec.owner", "has no namespace: leave it out"}},
		"a group: owner with one":        {set: fields{"owner": "group:shop/team"}, want: []string{"spec.owner", "has no namespace: leave it out"}},
		"a domain with a namespace":      {kind: catalog.KindSystem, set: fields{"domain": "shop/commerce"}, want: []string{"spec.domain", "has no namespace: leave it out"}},
		"a parent with a namespace":      {kind: catalog.KindGroup, set: fields{"parent": "shop/a"}, want: []string{"spec.parent", "has no namespace: leave it out"}},
		"children with a namespace":      {kind: catalog.KindGroup, set: fields{"children": list("shop/a")}, want: []string{"spec.children", "have no namespace: leave it out"}},
		"members with a namespace":       {kind: catalog.KindGroup, set: fields{"members": list("shop/a")}, want: []string{"spec.members", "have no namespace: leave it out"}},
		"memberOf with a namespace":      {kind: catalog.KindUser, set: fields{"memberOf": list("shop/a")}, want: []string{"spec.memberOf", "have no namespace: leave it out"}},
		"a parent domain with namespace": {kind: catalog.KindDomain, set: fields{"subdomainOf": "shop/a"}, want: []string{"spec.subdomainOf", "has no namespace: leave it out"}},
		"a group with a namespace among the allowed consumers": {
			kind: catalog.KindAPI, set: fields{"visibility": "Restricted", "allowedConsumers": list("group:shop/a")},
			want: []string{"spec.allowedConsumers", "a Domain or Group has no namespace: leave it out"},
		},

		"a javascript: link":            {set: link("javascript:alert(1)"), want: refusedLink},
		"a JavaScript: link":            {set: link("JavaScript:alert(1)"), want: refusedLink},
		"a javascript: link in a space": {set: link(" javascript:alert(1)"), want: refusedLink},
		"a javascript: link with a tab": {set: link("java\tscript:alert(1)"), want: refusedLink},
		"a data: link":                  {set: link("data:text/html,<script>alert(1)</script>"), want: refusedLink},
		"a vbscript: link":              {set: link("vbscript:msgbox(1)"), want: refusedLink},
		"a file: link":                  {set: link("file:///etc/passwd"), want: refusedLink},
		"a relative link":               {set: link("/docs"), want: refusedLink},
		"a link without a scheme":       {set: link("//example.com/x"), want: refusedLink},
		"a link without a host":         {set: link("https:///x"), want: refusedLink},
		"a link of two lines":           {set: link("https://example.com/\nhttps://example.com"), want: refusedLink},
		"a link with turned text":       {set: link("https://example.com/\u202efdp.exe"), want: refusedLink},
		"a mailto: link without an @":   {set: link("mailto:team"), want: refusedLink},
		"a javascript: repository": {
			set: fields{"source": fields{"repository": "javascript:alert(1)"}}, want: []string{"spec.source.repository", "must be an absolute http or https URL"},
		},
		"a data: picture": {
			kind: catalog.KindUser, set: fields{"profile": fields{"picture": "data:image/png;base64,AAAA"}},
			want: []string{"spec.profile.picture", "must be an absolute http or https URL"},
		},
		"a path out of the repository": {
			set: fields{"source": fields{"repository": "https://example.com/a", "path": "a/../../b"}}, want: []string{"spec.source.path", "without '..'"},
		},
		"an absolute path in the repository": {
			set: fields{"source": fields{"repository": "https://example.com/a", "path": "/etc"}}, want: []string{"spec.source.path", "must be a relative path"},
		},
		"an e-mail address with a name": {
			kind: catalog.KindGroup, set: fields{"profile": fields{"email": "Team <team@example.com>"}},
			want: []string{"spec.profile.email", "must be a plain e-mail address"},
		},

		"a title with a NUL":               {set: fields{"title": "a\x00b"}, want: []string{"spec.title", oneLine}},
		"a title with an escape sequence":  {set: fields{"title": "\x1b[31mred"}, want: []string{"spec.title", oneLine}},
		"a title of two lines":             {set: fields{"title": "a\nb"}, want: []string{"spec.title", oneLine}},
		"a title with a C1 control":        {set: fields{"title": "a\u009bb"}, want: []string{"spec.title", oneLine}},
		"a title with a line separator":    {set: fields{"title": "a\u2028b"}, want: []string{"spec.title", oneLine}},
		"a title that is turned":           {set: fields{"title": "\u202egnp.exe"}, want: []string{"spec.title", oneLine}},
		"a title with a direction isolate": {set: fields{"title": "a\u2067b\u2069"}, want: []string{"spec.title", oneLine}},
		"a title with a direction mark":    {set: fields{"title": "a\u200fb"}, want: []string{"spec.title", oneLine}},
		"a description with a bell":        {set: fields{"description": "a\x07"}, want: []string{"spec.description", noControl}},
		"a description that is turned":     {set: fields{"description": "a\u202eb"}, want: []string{"spec.description", noControl}},
		"a description with a C1 control":  {set: fields{"description": "a\u009bb"}, want: []string{"spec.description", noControl}},
		"a link title that is turned":      {set: fields{"links": list(fields{"url": "https://a.b", "title": "a\u202eb"})}, want: []string{"spec.links[0].title", oneLine}},
		"a link title with a NUL":          {set: fields{"links": list(fields{"url": "https://a.b", "title": "\x00"})}, want: []string{"spec.links[0].title", oneLine}},
		"a display name that is turned":    {kind: catalog.KindUser, set: fields{"profile": fields{"displayName": "a\u202eb"}}, want: []string{"spec.profile.displayName", oneLine}},
		"a vendor of two lines":            {set: fields{"external": fields{"vendor": "a\nb"}}, want: []string{"spec.external.vendor", oneLine}},
		"a license that is turned":         {set: fields{"external": fields{"license": "a\u202eb"}}, want: []string{"spec.external.license", oneLine}},

		"a name of 254 characters": {
			make: func(u *unstructured.Unstructured) { u.SetName(long(254)) }, want: []string{"metadata.name", "must be no more than 253"},
		},
		"a name in upper case": {
			make: func(u *unstructured.Unstructured) { u.SetName("Checkout") }, want: []string{"metadata.name", "lower case"},
		},
		"a name with two dots in a row": {
			make: func(u *unstructured.Unstructured) { u.SetName("a..b") }, want: []string{"metadata.name"},
		},
		"a label of 64 characters": {
			make: func(u *unstructured.Unstructured) { u.SetLabels(map[string]string{"app": long(64)}) },
			want: []string{"metadata.labels", "must be no more than 63"},
		},
		"a label key of 64 characters": {
			make: func(u *unstructured.Unstructured) { u.SetLabels(map[string]string{long(64): "x"}) },
			want: []string{"metadata.labels", "must be no more than 63"},
		},

		"an empty selector":              {set: selector(fields{}), want: []string{"spec.workloads.selector", "must name at least one label"}},
		"a selector with no labels":      {set: selector(fields{"matchLabels": fields{}}), want: []string{"spec.workloads.selector.matchLabels", "at least 1 properties"}},
		"a selector with no expressions": {set: selector(fields{"matchExpressions": list()}), want: []string{"spec.workloads.selector.matchExpressions", "at least 1 items"}},
		"a selector value of 64":         {set: selector(fields{"matchLabels": fields{"app": long(64)}}), want: []string{"spec.workloads.selector.matchLabels.app: Too long"}},
		"a selector value with a space":  {set: selector(fields{"matchLabels": fields{"app": "a b"}}), want: []string{"spec.workloads.selector.matchLabels[app]", "must be a label value"}},
		"a selector key of 64":           {set: selector(fields{"matchLabels": fields{long(64): "x"}}), want: []string{"spec.workloads.selector.matchLabels", "keys must be label keys"}},
		"a selector key with a space":    {set: selector(fields{"matchLabels": fields{"a b": "x"}}), want: []string{"spec.workloads.selector.matchLabels", "keys must be label keys"}},
		"an expression key of 64":        {set: expression(long(64), "Exists"), want: []string{"spec.workloads.selector.matchExpressions[0].key", "must be a label key"}},
		"an unknown operator":            {set: expression("app", "Like", "a"), want: []string{"spec.workloads.selector.matchExpressions[0].operator", `"In", "NotIn", "Exists", "DoesNotExist"`}},
		"In without values":              {set: expression("app", "In"), want: []string{"spec.workloads.selector.matchExpressions[0]", "values must be set for the operators In and NotIn"}},
		"Exists with values":             {set: expression("app", "Exists", "a"), want: []string{"spec.workloads.selector.matchExpressions[0]", "values must be set for the operators In and NotIn, and only for them"}},
		"33 labels in a selector":        {set: selector(fields{"matchLabels": labels(33)}), want: []string{"spec.workloads.selector.matchLabels: Too many: 33", "32"}},
		"both a selector and a kind": {
			set: fields{"workloads": fields{"selector": fields{"matchLabels": fields{"app": "a"}}, "kind": "Deployment", "name": "a"}}, want: []string{"spec.workloads", eitherLink},
		},
		"both a selector and a name": {
			set: fields{"workloads": fields{"selector": fields{"matchLabels": fields{"app": "a"}}, "name": "a"}}, want: []string{"spec.workloads", eitherLink},
		},
		"a kind without a name":             {set: fields{"workloads": fields{"kind": "Deployment"}}, want: []string{"spec.workloads", eitherLink}},
		"a name without a kind":             {set: fields{"workloads": fields{"name": "a"}}, want: []string{"spec.workloads", eitherLink}},
		"a namespace alone":                 {set: fields{"workloads": fields{"namespace": "a"}}, want: []string{"spec.workloads", eitherLink}},
		"workloads that say nothing":        {set: fields{"workloads": fields{}}, want: []string{"spec.workloads", eitherLink}},
		"a kind that runs no pods":          {set: fields{"workloads": fields{"kind": "Service", "name": "a"}}, want: []string{"spec.workloads.kind", `"Deployment"`}},
		"workloads in an illegal namespace": {set: fields{"workloads": fields{"kind": "Job", "name": "a", "namespace": "A"}}, want: []string{"spec.workloads.namespace", "must be the name of a namespace"}},

		"allowedNamespaces without from": {kind: catalog.KindSystem, set: fields{"allowedNamespaces": fields{}}, want: []string{"spec.allowedNamespaces.from: Required value"}},
		"an unknown from":                {kind: catalog.KindSystem, set: fields{"allowedNamespaces": fields{"from": "Some"}}, want: []string{"spec.allowedNamespaces.from", `"None", "Same", "All", "Selector"`}},
		"from Selector without one":      {kind: catalog.KindSystem, set: fields{"allowedNamespaces": fields{"from": "Selector"}}, want: []string{"spec.allowedNamespaces", onlySelector}},
		"from All with a selector":       {kind: catalog.KindSystem, set: fields{"allowedNamespaces": fields{"from": "All", "selector": fields{"matchLabels": fields{"a": "b"}}}}, want: []string{"spec.allowedNamespaces", onlySelector}},
		"from Selector with an empty selector": {
			kind: catalog.KindGroup, set: fields{"allowedNamespaces": fields{"from": "Selector", "selector": fields{}}}, want: []string{"spec.allowedNamespaces.selector", "must name at least one label"},
		},
		"a System that allows None": {kind: catalog.KindSystem, set: fields{"allowedNamespaces": fields{"from": "None"}}, want: []string{"spec.allowedNamespaces", "from must be Same, All or Selector"}},
		"a Domain that allows Same": {kind: catalog.KindDomain, set: fields{"allowedNamespaces": fields{"from": "Same"}}, want: []string{"spec.allowedNamespaces", "from must be None, All or Selector"}},
		"a Group that allows Same":  {kind: catalog.KindGroup, set: fields{"allowedNamespaces": fields{"from": "Same"}}, want: []string{"spec.allowedNamespaces", "from must be None, All or Selector"}},

		"both a definition and definitionFrom": {
			kind: catalog.KindAPI, set: fields{"definition": "openapi: 3.1.0", "definitionFrom": fields{"configMap": fields{"name": "a", "key": "b"}}},
			want: []string{"spec", "set definition or definitionFrom, not both"},
		},
		"definitionFrom that says nothing": {kind: catalog.KindAPI, set: fields{"definitionFrom": fields{}}, want: []string{"spec.definitionFrom.configMap: Required value"}},
		"definitionFrom without a key":     {kind: catalog.KindAPI, set: fields{"definitionFrom": fields{"configMap": fields{"name": "a"}}}, want: []string{"spec.definitionFrom.configMap.key: Required value"}},
		"definitionFrom with a path as key": {
			kind: catalog.KindAPI, set: fields{"definitionFrom": fields{"configMap": fields{"name": "a", "key": "b/c"}}},
			want: []string{"spec.definitionFrom.configMap.key", "must be a key of a ConfigMap"},
		},
		"allowedConsumers of a Public API": {
			kind: catalog.KindAPI, set: fields{"visibility": "Public", "allowedConsumers": list("component:a")},
			want: []string{"spec", "allowedConsumers means something only if visibility is Restricted"},
		},
		"allowedConsumers and no visibility": {
			kind: catalog.KindAPI, set: fields{"allowedConsumers": list("component:a")},
			want: []string{"spec", "allowedConsumers means something only if visibility is Restricted"},
		},
		"an unknown visibility":    {kind: catalog.KindAPI, set: fields{"visibility": "Secret"}, want: []string{"spec.visibility", `"Public", "Restricted", "Private"`}},
		"an unknown source":        {set: fields{"external": fields{"source": "Free"}}, want: []string{"spec.external.source", `"OpenSource", "Commercial"`}},
		"external without a word":  {set: fields{"external": fields{}}, want: []string{"spec.external", "at least 1 properties"}},
		"a number as a reference":  {set: fields{"owner": int64(7)}, want: []string{"spec.owner", "must be of type string"}},
		"a map as a list":          {set: fields{"dependsOn": fields{"component": "a"}}, want: []string{"spec.dependsOn", "must be of type array"}},
		"an object as a reference": {set: fields{"consumesApis": list(fields{"name": "a"})}, want: []string{"spec.consumesApis[0]", "must be of type string"}},
	}
	ns := newNamespace(t)
	c := newCanary(t, ns)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			kind := tc.kind
			if kind == "" {
				kind = catalog.KindComponent
			}
			u := object(kind, ns, unique("bad"), tc.set)
			if tc.make != nil {
				tc.make(u)
			}
			err := k8s.Create(t.Context(), u)
			if err == nil {
				t.Fatalf("the API server accepts %v, want a refusal with %q", tc.set, tc.want)
			}
			if !apierrors.IsInvalid(err) && !apierrors.IsRequestEntityTooLargeError(err) && !apierrors.IsBadRequest(err) {
				t.Errorf("the refusal is no verdict on the object: %v", err)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the refusal says\n%.2000s\nwant %q in it", err, part)
				}
			}
			c.check(t)
		})
	}
	if got := len(cases); got < 60 {
		t.Errorf("%d cases, want at least 60", got)
	}
}

const (
	oneLine      = "must be one line without control or text-direction characters: remove them"
	noControl    = "must not hold control or text-direction characters: remove them"
	eitherLink   = "set either selector, or kind and name"
	onlySelector = "selector must be set if from is Selector, and only then"
)

var refusedLink = []string{"spec.links[0].url", "must be an absolute http, https or mailto URL, such as https://"}

// refused is what the API server says of a reference that does not follow the grammar.
func refused(field string) []string {
	return []string{"spec." + field, "must be [kind:][namespace/]name in lower case, such as group:checkout-team"}
}

func labels(n int) fields {
	out := fields{}
	for i := range n {
		out[fmt.Sprintf("l%d", i)] = "x"
	}
	return out
}

// TestGoodInputAtTheLimits holds that the refusals above begin no sooner than they say.
func TestGoodInputAtTheLimits(t *testing.T) {
	cases := map[string]struct {
		kind string
		set  fields
		make func(*unstructured.Unstructured)
	}{
		"a description in Arabic":             {set: fields{"title": "متجر", "description": "متجر الكتب \u200fA\u200f"}},
		"a title with a family":               {set: fields{"title": "👨\u200d👩\u200d👧 team"}},
		"a description of several lines":      {set: fields{"description": "a\r\n\tb\n"}},
		"64 tags":                             {set: fields{"tags": many(64, "t%d")}},
		"a tag with all it may have":          {set: fields{"tags": list("c++", "c#", "a:b", "1.2", "a-b")}},
		"512 dependencies":                    {set: fields{"dependsOn": many(512, "component:c-%d")}},
		"a title of 253 characters":           {set: fields{"title": strings.Repeat("ü", 253)}},
		"a reference of 253 characters":       {set: fields{"owner": long(253)}},
		"a reference with dots":               {set: fields{"dependsOn": list("component:a.b.c-d")}},
		"a reference with all parts":          {set: fields{"consumesApis": list("api:shop/cart")}},
		"an owner in the namespace default":   {set: fields{"owner": "group:default/team"}},
		"a name of 253 characters":            {make: func(u *unstructured.Unstructured) { u.SetName(long(253)) }},
		"a name with dots":                    {make: func(u *unstructured.Unstructured) { u.SetName("a.b.c") }},
		"a label of 63 characters":            {make: func(u *unstructured.Unstructured) { u.SetLabels(map[string]string{"app": long(63)}) }},
		"a selector of 63 characters":         {set: fields{"workloads": fields{"selector": fields{"matchLabels": fields{"example.com/" + long(63): long(63)}}}}},
		"a mailto link":                       {set: fields{"links": list(fields{"url": "mailto:team@example.com"})}},
		"a link with everything":              {set: fields{"links": list(fields{"url": "https://user@example.com:8443/ä?q=1#f"})}},
		"a definition of 256 KiB":             {kind: catalog.KindAPI, set: fields{"type": "other", "definition": long(1 << 18)}},
		"a Domain that allows None":           {kind: catalog.KindDomain, set: fields{"allowedNamespaces": fields{"from": "None"}}},
		"a System with nothing but a domain":  {kind: catalog.KindSystem, set: fields{"domain": "commerce"}},
		"256 allowed consumers":               {kind: catalog.KindAPI, set: fields{"visibility": "Restricted", "allowedConsumers": many(256, "component:c-%d")}},
		"an allowed consumer in default":      {kind: catalog.KindAPI, set: fields{"visibility": "Restricted", "allowedConsumers": list("domain:default/commerce")}},
		"a selector with an expression alone": {set: fields{"workloads": fields{"selector": fields{"matchExpressions": list(fields{"key": "a", "operator": "Exists"})}}}},
	}
	ns := newNamespace(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := tc.kind
			if kind == "" {
				kind = catalog.KindComponent
			}
			u := object(kind, ns, unique("good"), tc.set)
			if tc.make != nil {
				tc.make(u)
			}
			if err := k8s.Create(t.Context(), u); err != nil {
				t.Fatalf("create %.500v: %v", tc.set, err)
			}
			t.Cleanup(func() { _ = k8s.Delete(context.Background(), u) })
			eventually(t, func() error { // the operator can write its status
				if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(u), u); err != nil {
					return err
				}
				if g, _, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration"); g != u.GetGeneration() {
					return fmt.Errorf("status.observedGeneration is %d, want %d", g, u.GetGeneration())
				}
				return nil
			})
		})
	}
}
