package relation

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestParse(t *testing.T) {
	name := strings.Repeat("n", 253)
	cases := map[string]struct {
		text      catalog.EntityRef
		kind      Kind
		namespace string
		want      string // in full form
		wantErr   string // a part of it
	}{
		"component by default":             {"cart", Component, "shop", "component:shop/cart", ""},
		"API by default":                   {"cart", API, "shop", "api:shop/cart", ""},
		"resource by default":              {"orders-db", Resource, "shop", "resource:shop/orders-db", ""},
		"system by default":                {"store", System, "shop", "system:shop/store", ""},
		"domain by default":                {"commerce", Domain, "shop", "domain:commerce", ""},
		"group by default":                 {"payments-team", Group, "shop", "group:payments-team", ""},
		"user by default":                  {"ada", User, "", "user:ada", ""},
		"its kind written":                 {"api:cart", API, "shop", "api:shop/cart", ""},
		"another kind written":             {"user:ada", Group, "shop", "user:ada", ""},
		"no default, component":            {"component:cart", KindNone, "shop", "component:shop/cart", ""},
		"no default, API":                  {"api:cart", KindNone, "shop", "api:shop/cart", ""},
		"no default, resource":             {"resource:pay/db", KindNone, "shop", "resource:pay/db", ""},
		"no default, system":               {"system:pay/core", KindNone, "", "system:pay/core", ""},
		"no default, domain":               {"domain:commerce", KindNone, "", "domain:commerce", ""},
		"no default, group":                {"group:a", KindNone, "shop", "group:a", ""},
		"no default, user":                 {"user:a", KindNone, "shop", "user:a", ""},
		"another namespace":                {"pay/charge", API, "shop", "api:pay/charge", ""},
		"kind and namespace":               {"api:pay/charge", API, "shop", "api:pay/charge", ""},
		"from a cluster-scoped referrer":   {"pay/charge", API, "", "api:pay/charge", ""},
		"the namespace called default":     {"default/cart", Component, "shop", "component:default/cart", ""},
		"default on a group":               {"default/a", Group, "shop", "group:a", ""},
		"default on a user":                {"user:default/ada", Group, "", "user:ada", ""},
		"default on a domain":              {"domain:default/d", KindNone, "shop", "domain:d", ""},
		"a name like a kind":               {"api", API, "shop", "api:shop/api", ""},
		"dots in the name":                 {"v1.orders", API, "shop", "api:shop/v1.orders", ""},
		"two dots":                         {"a..b", API, "shop", "api:shop/a..b", ""},
		"digits alone":                     {"0/1", API, "shop", "api:0/1", ""},
		"one letter":                       {"a", User, "", "user:a", ""},
		"no kind where it must stand":      {"cart", KindNone, "shop", "", "does not say its kind: write component:cart"},
		"no namespace where it must stand": {"component:cart", KindNone, "", "", "does not say its namespace: write component:namespace/cart"},
		"unknown kind":                     {"template:x", Component, "shop", "", `unknown kind "template": use component, api`},
		"kind in upper case":               {"Component:x", Component, "shop", "", `unknown kind "Component"`},
		"kind of one's own, empty":         {":x", Component, "shop", "", `unknown kind ""`},
		"namespace on a group":             {"shop/a", Group, "shop", "", "a Group has none: leave it out"},
		"namespace on a user":              {"user:shop/a", Group, "", "", "a User has none"},
		"namespace on a domain":            {"domain:shop/a", KindNone, "", "", "a Domain has none"},
		"nothing":                          {"", Component, "shop", "", "not of the form"},
		"a kind alone":                     {"component:", KindNone, "shop", "", "not of the form"},
		"a namespace alone":                {"shop/", Component, "shop", "", "not of the form"},
		"an empty namespace":               {"/cart", Component, "shop", "", "not of the form"},
		"an empty namespace on a group":    {"group:/a", Group, "", "", "not of the form"},
		"a slash alone":                    {"/", Component, "shop", "", "not of the form"},
		"two slashes":                      {"a/b/c", Component, "shop", "", "not of the form"},
		"two slashes together":             {"a//c", Component, "shop", "", "not of the form"},
		"two colons":                       {"component:a:b", Component, "shop", "", "not of the form"},
		"the kind behind the namespace":    {"shop/component:cart", Component, "shop", "", "unknown kind"},
		"upper case":                       {"Cart", Component, "shop", "", "in lower case"},
		"a space":                          {"my cart", Component, "shop", "", "not of the form"},
		"a space at the end":               {"cart ", Component, "shop", "", "not of the form"},
		"a line end":                       {"cart\n", Component, "shop", "", `"cart\n" is not of the form`},
		"an underscore":                    {"my_cart", Component, "shop", "", "not of the form"},
		"a hyphen first":                   {"-cart", Component, "shop", "", "not of the form"},
		"a hyphen last":                    {"cart-", Component, "shop", "", "not of the form"},
		"a dot first":                      {".cart", Component, "shop", "", "not of the form"},
		"a dot last":                       {"cart.", Component, "shop", "", "not of the form"},
		"a dot in the namespace":           {"my.shop/cart", Component, "shop", "", "not of the form"},
		"a hyphen last in the namespace":   {"shop-/cart", Component, "shop", "", "not of the form"},
		"no ASCII":                         {"café", Component, "shop", "", "not of the form"},
		"no UTF-8":                         {"caf\xff", Component, "shop", "", "not of the form"},
		"control characters":               {"a\x00b", Component, "shop", "", `"a\x00b" is not`},
		"right to left":                    {"a\u202eb", Component, "shop", "", "not of the form"},
		"as long as can be":                {catalog.EntityRef(name), Component, "sho", "component:sho/" + name, ""},
		"as long as a group can be":        {catalog.EntityRef(name), Group, "", "group:" + name, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(tc.text, tc.kind, tc.namespace)
			if tc.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tc.wantErr) {
					t.Errorf("Parse(%q, %v, %q) = %v, %v; want an error with %q", tc.text, tc.kind, tc.namespace, got, err, tc.wantErr)
				}
				if !got.IsZero() {
					t.Errorf("Parse(%q, %v, %q) = %v with an error, want the zero Ref", tc.text, tc.kind, tc.namespace, got)
				}
				return
			}
			if err != nil || got.String() != tc.want {
				t.Errorf("Parse(%q, %v, %q) = %v, %v; want %s", tc.text, tc.kind, tc.namespace, got, err, tc.want)
			}
		})
	}
}

// entityRefPattern is the pattern that the schema holds references against.
func entityRefPattern(t testing.TB) *regexp.Regexp {
	source, err := os.ReadFile("../v1alpha1/entityref_types.go")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`self\.matches\('([^']*)'\)`).FindSubmatch(source)
	if m == nil {
		t.Fatal("EntityRef has no pattern")
	}
	return regexp.MustCompile(string(m[1]))
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"cart", "api:cart", "shop/cart", "api:shop/cart", "group:default/a", "user:x", "default/x", "a/b/c",
		":", "/", "component:", "Group:a", "a.b/c", "-", "", "api:a:b", "shop/api:x", "a\nb", strings.Repeat("a", 254)} {
		for kind := range User + 1 {
			f.Add(text, uint8(kind), true)
		}
		f.Add(text, uint8(Component), false)
	}
	pattern := entityRefPattern(f)
	f.Fuzz(func(t *testing.T, text string, kind uint8, namespaced bool) {
		k, namespace := Kind(kind)%(User+1), ""
		if namespaced {
			namespace = "shop"
		}
		r, err := Parse(catalog.EntityRef(text), k, namespace)
		if err != nil {
			return
		}
		if !pattern.MatchString(text) {
			t.Errorf("Parse(%q, %v, %q) = %v, which the schema refuses", text, k, namespace, r)
		}
		for _, full := range []catalog.EntityRef{r.EntityRef(), catalog.EntityRef(r.String())} {
			if again, err := Parse(full, KindNone, ""); err != nil || again != r {
				t.Errorf("Parse(%q) = %v, and %q is read as %v, %v", text, r, full, again, err)
			}
			if !pattern.MatchString(string(full)) {
				t.Errorf("Parse(%q) = %q, which no status may hold", text, full)
			}
		}
		if r.Kind.Namespaced() == (r.Namespace == "") {
			t.Errorf("Parse(%q, %v, %q) = %+v, want a namespace if and only if the kind has one", text, k, namespace, r)
		}
	})
}

func TestParseAcceptsWhatTheSchemaAccepts(t *testing.T) {
	pattern := entityRefPattern(t)
	parts := []string{"a", "a-b", "a.b", "", "-", "A", "a-", "shop", "default", "0"}
	for _, kind := range []string{"", "component:", "group:", "robot:", ":"} {
		for _, namespace := range parts {
			for _, name := range parts {
				for _, text := range []string{kind + name, kind + namespace + "/" + name} {
					_, err := Parse(catalog.EntityRef(text), Component, "shop")
					if err != nil && strings.Contains(err.Error(), "has none") { // a rule of the fields
						err = nil
					}
					if got, want := err == nil, pattern.MatchString(text); got != want {
						t.Errorf("Parse(%q) accepts it: %t, the schema: %t", text, got, want)
					}
				}
			}
		}
	}
}

func TestRefString(t *testing.T) {
	cases := map[string]Ref{
		"":                    {},
		"component:shop/cart": {Component, "shop", "cart"},
		"api:shop/cart":       {API, "shop", "cart"},
		"resource:shop/db":    {Resource, "shop", "db"},
		"system:shop/store":   {System, "shop", "store"},
		"domain:commerce":     {Domain, "", "commerce"},
		"group:a":             {Group, "", "a"},
		"user:ada":            {User, "", "ada"},
	}
	for want, r := range cases {
		if got := r.String(); got != want || r.EntityRef() != catalog.EntityRef(want) || r.IsZero() != (want == "") {
			t.Errorf("%#v.String() = %q, IsZero() = %t, want %q", r, got, r.IsZero(), want)
		}
	}
}

func TestCompareOrdersAsTextsOfOneKind(t *testing.T) {
	refs := []Ref{
		{API, "a", "x"}, {API, "a", "x-1"}, {API, "a", "y"}, {API, "b", "a"}, {Component, "a", "a"}, {Domain, "", "z"},
		{Group, "", "a"}, {Group, "", "b"}, {Resource, "a", "a"}, {System, "a", "a"}, {User, "", "a"},
	}
	for i, a := range refs {
		for j, b := range refs {
			if got, want := Compare(a, b), i-j; got < 0 != (want < 0) || got > 0 != (want > 0) {
				t.Errorf("Compare(%v, %v) = %d, want the sign of %d", a, b, got, want)
			}
		}
	}
}

func TestKinds(t *testing.T) {
	if !slices.IsSortedFunc(Kinds(), func(a, b Kind) int { return strings.Compare(a.String(), b.String()) }) {
		t.Errorf("Kinds() = %v, want the order of the names", Kinds())
	}
	for _, k := range Kinds() {
		if got, want := parseKind(k.String()), k; got != want {
			t.Errorf("parseKind(%q) = %v, want %v", k, got, want)
		}
		if got, want := strings.ToLower(k.ObjectKind()), k.String(); got != want {
			t.Errorf("ObjectKind() of %v in lower case = %q, want %q", k, got, want)
		}
	}
	objects := map[Kind]catalog.Entity{
		Component: &catalog.Component{}, API: &catalog.API{}, Resource: &catalog.Resource{}, System: &catalog.System{},
		Domain: &catalog.Domain{}, Group: &catalog.Group{}, User: &catalog.User{}, KindNone: nil,
	}
	for want, e := range objects {
		if got := KindOf(e); got != want {
			t.Errorf("KindOf(%s) = %v, want %v", fmt.Sprintf("%T", e), got, want)
		}
	}
}
