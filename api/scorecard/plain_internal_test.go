package scorecard

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/cel-go/common/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// cheapOnes cost little on what is small, and expensive ones may cost more or make anything.
var (
	cheapOnes = []string{
		"has(entity.status.owner)",
		"has(entity.spec.description) && entity.spec.description.size() >= 10",
		"entity.spec.lifecycle in ['production', 'deprecated']",
		"entity.metadata.annotations.exists(k, k.contains('x') || entity.metadata.annotations[k].startsWith('y'))",
		"entity.metadata.?annotations['example.com/on-call'].orValue('') != ''",
		"entity.metadata.?annotations[?'no'].or(entity.metadata.?annotations[?'0']).hasValue()",
		"entity.metadata.name.matches('^[a-z][a-z0-9-]+$')",
		"entity.spec.tags.all(t, entity.spec.tags.exists_one(u, u == t))",
		"entity.spec.tags.all(t, t.lowerAscii().trim() == t) ? true : entity.metadata.name == 'a'",
		"workloads.all(w, w.template.spec.containers.all(c, !c.image.endsWith(':latest') && c.image.contains(':')))",
		"workloads.all(w, w.template.spec.containers.all(c, quantity(c.resources.limits['memory']).isLessThan(quantity('2Gi'))))",
		"owner.kind == 'Group'",
		"relations.consumesApi.count < 10",
		"double(facts.coverage) >= 80.0",
	}
	expensiveOnes = []string{
		"entity.spec.tags.all(a, entity.spec.tags.all(b, entity.spec.tags.all(c, a.contains(b) || b.contains(c))))",
		"entity.spec.tags.all(a, entity.spec.tags.all(b, entity.spec.tags.all(c, entity.spec.tags.all(d, a == b && c == d))))",
		"entity.spec.tags.map(t, t + t).size() > 0",
		"entity.spec.description.split('').all(x, x != '')",
		"entity.spec.description.replace('', 'xxxxxxxx').size() > 0",
		"entity.spec.tags.join(',') != ''",
	}
)

// grown is a subject of which each list and text is as large as said.
func grown(t *testing.T, elements, length int) *Subject {
	t.Helper()
	text := strings.Repeat("x", length)
	c := &catalog.Component{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "checkout", Annotations: map[string]string{}}}
	c.Spec.Description, c.Spec.Lifecycle = text, "production"
	for i := range elements {
		c.Annotations[fmt.Sprint(i)] = text
		c.Spec.Tags = append(c.Spec.Tags, catalog.Tag(fmt.Sprintf("%d%s", i, text)[:length]))
	}
	o, err := NewObject(c)
	if err != nil {
		t.Fatal(err)
	}
	containers := make([]any, elements)
	for i := range containers {
		containers[i] = map[string]any{"name": fmt.Sprint(i), "image": text,
			"resources": map[string]any{"limits": map[string]any{"memory": "1Gi"}}}
	}
	workloads := make([]*Workload, elements)
	for i := range workloads {
		workloads[i] = NewWorkload(Live{Object: map[string]any{"kind": "Deployment", "spec": map[string]any{
			"template": map[string]any{"spec": map[string]any{"containers": containers}}}}})
	}
	return NewSubject(Input{Entity: o, Workloads: workloads, Facts: map[string]any{"coverage": 81.5}})
}

func compiled(t *testing.T, expression string) *program {
	t.Helper()
	p, err := compile(expression, relation.Component, wantBool, Stored)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return p
}

func TestWhatIsCheapStaysWithinTheLimit(t *testing.T) {
	s := grown(t, smallList, smallText)
	if want := (VarEntity | VarWorkloads); !s.small.Has(want) {
		t.Fatalf("small are %s, want %s among them", s.small, want)
	}
	for _, e := range cheapOnes {
		p := compiled(t, e)
		if p.plain == nil {
			t.Errorf("%s is not cheap", e)
			continue
		}
		w := newWatchdog(context.Background(), s)
		_, details, _ := p.run.Eval(w.frame)
		if cost := details.ActualCost(); cost == nil || *cost > costLimit {
			t.Errorf("%s costs %v, want %d at most", e, cost, costLimit)
		}
		w.stop()
	}
	for _, e := range expensiveOnes {
		if compiled(t, e).plain != nil {
			t.Errorf("%s is cheap", e)
		}
	}
}

func TestWhatIsCheapGivesTheSameUncounted(t *testing.T) {
	for _, s := range []*Subject{grown(t, 0, 0), grown(t, 1, 1), grown(t, smallList, smallText)} {
		for _, e := range cheapOnes {
			p := compiled(t, e)
			w := newWatchdog(context.Background(), s)
			counted, _, err := p.run.Eval(w.frame)
			plain, _, plainErr := p.plain.Eval(w.frame)
			w.stop()
			if fmt.Sprint(err) != fmt.Sprint(plainErr) {
				t.Errorf("%s: error %v, want %v", e, plainErr, err)
			}
			if err == nil && !types.IsUnknown(counted) && plain != counted || types.IsUnknown(counted) != types.IsUnknown(plain) {
				t.Errorf("%s: %v, want %v", e, plain, counted)
			}
		}
	}
}

func TestWhatIsLargeIsCounted(t *testing.T) {
	const e = "entity.spec.tags.all(a, entity.spec.tags.all(b, a != '' && b != ''))"
	p := compiled(t, e)
	if p.plain == nil {
		t.Fatalf("%s is not cheap", e)
	}
	for _, s := range []*Subject{grown(t, smallList+1, 1), grown(t, 1, smallText+1)} {
		if s.small.Has(VarEntity) {
			t.Errorf("an entity of larger lists or texts is small")
		}
	}
	w := newWatchdog(context.Background(), grown(t, 400, 5))
	defer func() { w.stop() }()
	if v, err := p.eval(w); err == nil {
		t.Errorf("%s on 400 tags gives %v, want an error of its costs", e, v)
	}
}
