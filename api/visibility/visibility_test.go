package visibility_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// situation is a catalog, and what becomes of component:shop/checkout using api:pay/charge in it, the API being
// Restricted or Private; a Public one is always Allowed. Only a Restricted API has its list.
type situation struct {
	name string
	// entities are one a line: the reference, then field=value. "from" is All, None, Same, or a label as key:value. A
	// line "unknown x" leaves the labels of namespace x unknown, "label x k=v" sets some; a line that begins with "then"
	// comes after all others, which come in any order.
	entities string
	// The decision, the rule and what decided; empty if it is Denied as nothing speaks for it.
	restricted, private string
	// The whole sentence, where it is given.
	whyRestricted, whyPrivate string
	consumer                  string // if it is not component:shop/checkout
}

const (
	notListed = "Denied NotListed"
	private   = "Denied Private"
)

func TestJudge(t *testing.T) {
	for _, group := range [][]situation{systems, listedDirectly, listedDomains, listedGroups, listedOwners, stillAwaited, moves} {
		for _, s := range group {
			for v, want := range map[catalog.Visibility][3]string{
				catalog.VisibilityPublic:     {"Allowed Public", "api:pay/charge is Public"},
				catalog.VisibilityRestricted: {s.restricted, s.whyRestricted, notListed},
				catalog.VisibilityPrivate:    {s.private, s.whyPrivate, private},
			} {
				if want[0] == "" {
					want[0] = want[2]
				}
				t.Run(string(v)+", "+s.name, func(t *testing.T) { judgeInAnyOrder(t, s, v, want[0], want[1]) })
			}
		}
	}
}

func judgeInAnyOrder(t *testing.T, s situation, v catalog.Visibility, want, why string) {
	consumer := ref("component:shop/checkout")
	if s.consumer != "" {
		consumer = ref(s.consumer)
	}
	var first visibility.Verdict
	for order := range 3 {
		g := relation.NewGraph()
		for _, line := range lines(s.entities, order) {
			apply(g, line, v)
		}
		got := visibility.Judge(g, consumer, ref("api:pay/charge"))
		if order == 0 {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("in another order the verdict differs (-first +this one)\n%s", diff)
		}
	}
	if got := strings.TrimSpace(fmt.Sprint(first.Decision, " ", first.Rule, " ", first.By)); got != want {
		t.Errorf("Judge() = %s, want %s: %s", got, want, first.Why)
	}
	if why != "" && first.Why != why {
		t.Errorf("Why is\n%s\nwant\n%s", first.Why, why)
	}
	if first.Visibility != v || first.Consumer != consumer || first.API != ref("api:pay/charge") {
		t.Errorf("Judge() = %+v speaks of others", first)
	}
}

// lines are the lines in one of several orders.
func lines(text string, order int) []string {
	var out, then []string
	for l := range strings.Lines(text) {
		switch l = strings.TrimSpace(l); {
		case strings.HasPrefix(l, "then "):
			then = append(then, strings.TrimPrefix(l, "then "))
		case l != "":
			out = append(out, l)
		}
	}
	if !strings.Contains(text, "unknown shop") {
		out = append(out, "label shop env=dev")
	}
	out = append(out, "label pay env=prod")
	switch order {
	case 1:
		for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
			out[i], out[j] = out[j], out[i]
		}
	case 2:
		rand.New(rand.NewPCG(1, uint64(len(text)))).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return append(out, then...)
}

func ref(text string) relation.Ref {
	r, err := relation.Parse(catalog.EntityRef(text), relation.KindNone, "")
	if err != nil {
		panic(err)
	}
	return r
}

// apply brings what a line says into the graph.
func apply(g *relation.Graph, line string, v catalog.Visibility) {
	words := strings.Fields(line)
	switch words[0] {
	case "unknown":
		return
	case "delete":
		g.Delete(ref(words[1]))
		return
	case "label":
		k, v, _ := strings.Cut(words[2], "=")
		g.SetNamespace(words[1], labels.Set{nameKey: words[1], k: v})
		return
	}
	t := &thing{ref: ref(words[0]), visibility: v}
	for _, w := range words[1:] {
		field, value, _ := strings.Cut(w, "=")
		if field == "from" {
			t.consent = consent(value)
			continue
		}
		var refs []relation.Ref
		for _, text := range strings.Split(value, ",") {
			refs = append(refs, ref(text))
		}
		switch field {
		case "system":
			t.system = refs[0]
		case "owner":
			t.owner = refs[0]
		case "domain":
			t.domain = refs[0]
		case "parent":
			t.parent = refs[0]
		case "children":
			t.children = refs
		case "provides":
			t.provides = refs
		case "dependsOn":
			t.dependsOn = refs
		case "allow":
			if v == catalog.VisibilityRestricted {
				t.allowed = refs
			}
		default:
			panic(line)
		}
	}
	g.Upsert(relation.FactsOf(t.object()))
}

func consent(text string) catalog.AllowedNamespaces {
	key, value, ok := strings.Cut(text, ":")
	if !ok {
		return catalog.AllowedNamespaces{From: catalog.FromNamespaces(text)}
	}
	return catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: catalog.LabelSelector{
		MatchLabels: map[string]catalog.LabelValue{key: catalog.LabelValue(value)},
	}}
}

func TestJudgeWithoutAPI(t *testing.T) {
	g := relation.NewGraph()
	apply(g, "component:shop/checkout", "")
	apply(g, "label pay catalog.callboard.dev/visibility=warn", "")
	want := visibility.Verdict{
		Decision: visibility.Undecided, Rule: visibility.RuleNoAPI, Consumer: ref("component:shop/checkout"), API: ref("api:pay/charge"),
		Why: "api:pay/charge does not exist: nothing can be said until it does",
	}
	if diff := cmp.Diff(want, visibility.Judge(g, want.Consumer, want.API)); diff != "" {
		t.Errorf("Judge() (-want +got)\n%s", diff)
	}
}

func TestMode(t *testing.T) {
	for label, want := range map[string]visibility.Mode{
		"": "", "=enforce": visibility.Enforce, "=warn": visibility.Warn, "=audit": visibility.Audit, "=Warn": visibility.Enforce,
		"=off": visibility.Enforce, "=": visibility.Enforce,
	} {
		t.Run("the label is "+label, func(t *testing.T) {
			g := relation.NewGraph()
			apply(g, "api:pay/charge", catalog.VisibilityPrivate)
			if label != "" {
				apply(g, "label pay catalog.callboard.dev/visibility"+label, "")
			}
			if got := visibility.Judge(g, ref("component:shop/checkout"), ref("api:pay/charge")); got.Mode != want || got.Decision != visibility.Denied {
				t.Errorf("Judge() = %+v, want Denied in mode %q", got, want)
			}
		})
	}
}

// TestClosedAndMissing judges each situation without, and with a closed, System of another namespace than the consumer's:
// the verdicts must not differ in anything.
func TestClosedAndMissing(t *testing.T) {
	tried := 0
	for _, group := range [][]situation{systems, listedDirectly, listedDomains, listedGroups, listedOwners, stillAwaited} {
		for _, s := range group {
			if s.consumer != "" {
				continue
			}
			for system, specs := range map[string][]string{
				"system:pay/pay": {"", " domain=domain:commerce"}, // its owner would be the API's
				"system:x/guild": {"", " domain=domain:commerce", " owner=group:cart", " owner=group:cart domain=domain:commerce"},
			} {
				for _, v := range []catalog.Visibility{catalog.VisibilityPublic, catalog.VisibilityRestricted, catalog.VisibilityPrivate} {
					missing := judgeWith(s, v, system, "")
					for _, spec := range specs {
						for _, from := range []string{"", " from=None", " from=Same", " from=env:none", " from=kubernetes.io/metadata.name:nobody"} {
							tried++
							if diff := cmp.Diff(missing, judgeWith(s, v, system, system+spec+from)); diff != "" {
								t.Errorf("%s, %s: %s%s%s tells (-missing +closed)\n%s", v, s.name, system, spec, from, diff)
							}
						}
					}
				}
			}
		}
	}
	t.Logf("%d pairs", tried)
}

// judgeWith judges a situation with another line for a System, or none.
func judgeWith(s situation, v catalog.Visibility, system, instead string) visibility.Verdict {
	g := relation.NewGraph()
	for _, line := range lines(s.entities+"\n"+instead, 0) {
		if line == instead || !strings.HasPrefix(line+" ", system+" ") {
			apply(g, line, v)
		}
	}
	return visibility.Judge(g, ref("component:shop/checkout"), ref("api:pay/charge"))
}
