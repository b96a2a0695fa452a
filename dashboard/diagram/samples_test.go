package diagram_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/diagram"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	out    = flag.String("out", "", "a folder to write the sample diagrams to, to look at")
)

var renderer = diagram.NewRenderer(2, nil)

// everything is visible.
func everything(relation.Ref) bool { return true }

// samples are the shops of config/samples.
func samples(t testing.TB) diagram.Source {
	t.Helper()
	g := relation.NewGraph()
	g.SetNamespace("online-boutique", map[string]string{"kubernetes.io/metadata.name": "online-boutique"})
	g.SetNamespace("sock-shop", map[string]string{"kubernetes.io/metadata.name": "sock-shop"})
	looks := map[relation.Ref]diagram.Look{}
	for file, namespace := range map[string]string{
		"organisation.yaml": "", "online-boutique/catalog.yaml": "online-boutique", "sock-shop/catalog.yaml": "sock-shop",
	} {
		objs, err := apitest.Objects("../../config/samples/"+file, namespace)
		if err != nil {
			t.Fatal(err)
		}
		for _, obj := range objs {
			if e, ok := obj.(catalog.Entity); ok {
				g.Upsert(relation.FactsOf(e))
				looks[relation.RefOf(e)] = lookOf(e)
			}
		}
	}
	return diagram.Source{Graph: g, May: everything, Look: func(r relation.Ref) diagram.Look { return looks[r] }}
}

func lookOf(e catalog.Entity) diagram.Look {
	r := relation.RefOf(e)
	l := diagram.Look{URL: "/" + r.Kind.String() + "s/" + strings.TrimPrefix(r.Namespace+"/"+r.Name, "/")}
	switch e := e.(type) {
	case *catalog.Component:
		l.Title, l.Type, l.Health = e.Spec.Title, string(e.Spec.Type), catalog.HealthHealthy
	case *catalog.API:
		l.Title, l.Type = e.Spec.Title, string(e.Spec.Type)
	case *catalog.Resource:
		l.Title, l.Type, l.Health = e.Spec.Title, string(e.Spec.Type), catalog.HealthDegraded
	case *catalog.System:
		l.Title, l.Type = e.Spec.Title, string(e.Spec.Type)
	case *catalog.Domain:
		l.Title, l.Type = e.Spec.Title, string(e.Spec.Type)
	case *catalog.Group:
		l.Title, l.Type = e.Spec.Profile.DisplayName, string(e.Spec.Type)
	case *catalog.User:
		l.Title = e.Spec.Profile.DisplayName
	}
	return l
}

func around(t testing.TB, s diagram.Source, text string, o diagram.Options) diagram.Diagram {
	t.Helper()
	ref, err := relation.Parse(catalog.EntityRef(text), relation.KindNone, "")
	if err != nil {
		t.Fatal(err)
	}
	d, ok := s.Around(ref, o)
	if !ok {
		t.Fatalf("there is no %s", text)
	}
	return d
}

// sampleDiagrams are those whose text is kept.
func sampleDiagrams(t testing.TB) map[string]diagram.Diagram {
	s := samples(t)
	systems, _ := s.SystemMap(relation.Ref{}, 0)
	commerce, _ := s.SystemMap(relation.Ref{Kind: relation.Domain, Name: "commerce"}, 0)
	groups, _ := s.Organisation(relation.Ref{}, 0)
	checkout := "component:online-boutique/checkoutservice"
	return map[string]diagram.Diagram{
		"checkout-1":   around(t, s, checkout, diagram.Options{}),
		"checkout-2":   around(t, s, checkout, diagram.Options{Depth: 2}),
		"checkout-3":   around(t, s, checkout, diagram.Options{Depth: 3}),
		"checkout-out": around(t, s, checkout, diagram.Options{Depth: 2, Direction: diagram.Out}),
		"system":       around(t, s, "system:online-boutique/online-boutique", diagram.Options{}),
		"team":         around(t, s, "group:storefront-team", diagram.Options{}),
		"domain":       around(t, s, "domain:commerce", diagram.Options{Depth: 2, Nodes: 12}),
		"systems":      systems,
		"commerce":     commerce,
		"domains":      s.DomainMap(0),
		"organisation": groups,
		"system-small": around(t, s, "system:online-boutique/online-boutique", diagram.Options{Depth: 2, Nodes: 10}),
		"only-apis":    around(t, s, checkout, diagram.Options{Depth: 3, Kinds: []relation.Kind{relation.API}}),
	}
}

func svg(t testing.TB, d diagram.Diagram, f diagram.Form) string {
	t.Helper()
	text, err := renderer.SVG(context.Background(), d, f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSamplesAreDrawnAsBefore(t *testing.T) {
	for name, d := range sampleDiagrams(t) {
		if *out != "" {
			write(t, filepath.Join(*out, name+".svg"), svg(t, d, diagram.Download))
			write(t, filepath.Join(*out, name+".mmd"), diagram.Mermaid(d))
		}
		for file, got := range map[string]string{
			name + ".svg": svg(t, d, diagram.Inline), name + ".download.svg": svg(t, d, diagram.Download),
			name + ".dot": diagram.DOT(d), name + ".mmd": diagram.Mermaid(d),
		} {
			file = filepath.Join("testdata/golden", file)
			if *update {
				write(t, file, got)
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != got {
				t.Errorf("%s differs from what is drawn now; look at the difference, and run the test with -update", file)
			}
		}
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
