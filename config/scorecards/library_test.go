// Package scorecards_test holds the ready scorecards to what they claim: each check with live objects that pass it and
// that do not, and all of them on the two sample shops.
package scorecards_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files and the table of the README")

// atLeast is how many checks the library has.
const atLeast = 50

// cards are the scorecards of the library, in the order of their names.
func cards(t testing.TB) []*catalog.Scorecard {
	t.Helper()
	files, err := filepath.Glob("*.yaml")
	files = slices.DeleteFunc(files, func(f string) bool { return f == "kustomization.yaml" })
	if err != nil || len(files) == 0 {
		t.Fatal("no scorecards: ", err)
	}
	list, err := os.ReadFile("kustomization.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []*catalog.Scorecard
	for _, file := range files {
		if !strings.Contains(string(list), "\n- "+file+"\n") {
			t.Errorf("%s does not stand in kustomization.yaml", file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sc := &catalog.Scorecard{}
		decode(t, string(text), sc)
		if want := strings.TrimSuffix(file, ".yaml"); sc.Name != want {
			t.Errorf("%s holds the scorecard %q, want %q", file, sc.Name, want)
		}
		out = append(out, sc)
	}
	return out
}

func compiled(t testing.TB, sc *catalog.Scorecard) *scorecard.Compiled {
	t.Helper()
	c, errs := scorecard.Compile(sc, scorecard.Admission)
	for _, err := range errs {
		t.Errorf("%s: %v", sc.Name, err)
	}
	return c
}

func TestEveryScorecardCompiles(t *testing.T) {
	total := 0
	for _, sc := range cards(t) {
		compiled(t, sc)
		total += len(sc.Spec.Checks)
		if sc.Spec.Title == "" || sc.Spec.Description == "" {
			t.Errorf("%s has no title or no description", sc.Name)
		}
		for i := range sc.Spec.Checks {
			if c := &sc.Spec.Checks[i]; c.Title == "" || c.Description == "" || c.Remedy == "" || c.MessageExpression == "" {
				t.Errorf("%s/%s lacks title, description, messageExpression or remedy", sc.Name, c.Name)
			}
		}
	}
	if total < atLeast {
		t.Errorf("the library has %d checks, want %d at least", total, atLeast)
	}
}

// good is the world of testdata/good.yaml, with the changes made to it.
func good(t testing.TB, changes ...func(*world)) *world {
	t.Helper()
	w := (&world{}).read(t, "shop", "testdata/good.yaml")
	for _, change := range changes {
		if change != nil {
			change(w)
		}
	}
	w.settle()
	return w
}

func (w *world) find(t testing.TB, ref string) catalog.Entity {
	t.Helper()
	i := slices.IndexFunc(w.entities, func(e catalog.Entity) bool { return relation.RefOf(e).String() == ref })
	if i < 0 {
		t.Fatalf("there is no %s", ref)
	}
	return w.entities[i]
}

func TestGoodEntitiesFailNothing(t *testing.T) {
	w := good(t)
	judged := map[string]bool{}
	for _, sc := range cards(t) {
		c := compiled(t, sc)
		for _, e := range w.entities {
			r, ok := c.Evaluate(t.Context(), w.subject(t, e))
			if !ok {
				continue
			}
			for _, k := range r.Failing() {
				t.Errorf("%s: %s/%s is %s: %s", relation.RefOf(e), sc.Name, k.Check, k.Outcome, k.Message)
			}
			for _, k := range r.Checks {
				judged[sc.Name+"/"+string(k.Check)] = judged[sc.Name+"/"+string(k.Check)] || k.Outcome == catalog.OutcomePass
			}
		}
	}
	for name, passed := range judged {
		if !passed {
			t.Errorf("%s applies to none of the good entities", name)
		}
	}
}

func TestEveryCheckHasItsCases(t *testing.T) {
	table := cases()
	seen := map[string]bool{}
	for _, sc := range cards(t) {
		c := compiled(t, sc)
		for i := range sc.Spec.Checks {
			name := sc.Name + "/" + string(sc.Spec.Checks[i].Name)
			seen[name] = true
			t.Run(name, func(t *testing.T) {
				want := map[catalog.CheckOutcome]bool{}
				for _, k := range table[name] {
					want[k.want] = true
					t.Run(k.name, func(t *testing.T) { k.run(t, c, sc.Spec.Checks[i].Name, sc.Spec.Checks[i].Title) })
				}
				for _, o := range []catalog.CheckOutcome{catalog.OutcomePass, catalog.OutcomeFail} {
					if !want[o] {
						t.Errorf("%s has no case whose outcome is %s: add one to cases_test.go", name, o)
					}
				}
			})
		}
	}
	for name := range table {
		if !seen[name] {
			t.Errorf("there are cases of %s, and no such check", name)
		}
	}
}

// live is a case of a check: what becomes of it if one thing of the good world is changed.
type live struct {
	name   string
	of     string // the entity
	change func(*world)
	want   catalog.CheckOutcome
	says   string // in the message; by default nothing is asked
}

func (k live) run(t *testing.T, c *scorecard.Compiled, check catalog.CheckName, title string) {
	w := good(t, k.change)
	r, ok := c.Evaluate(t.Context(), w.subject(t, w.find(t, k.of)))
	if !ok {
		t.Fatalf("the scorecard does not judge %s", k.of)
	}
	i := slices.IndexFunc(r.Checks, func(x scorecard.CheckResult) bool { return x.Check == check })
	got := r.Checks[i]
	if got.Outcome != k.want || !strings.Contains(got.Message, k.says) {
		t.Errorf("%s of %s: %s %q, want %s %q; decided by %v", check, k.of, got.Outcome, got.Message, k.want, k.says, got.Evidence)
	}
	if got.Outcome == catalog.OutcomeFail && got.Message == title {
		t.Errorf("%s of %s: the message cannot be evaluated", check, k.of)
	}
	if got.Outcome == catalog.OutcomeFail && len(got.Evidence) == 0 {
		t.Errorf("%s of %s fails without evidence", check, k.of)
	}
}

// TestShops holds how the sample shops do as they really are, with the reason of each failure.
func TestShops(t *testing.T) {
	for name, manifest := range map[string]string{
		"online-boutique": "kubernetes-manifests.yaml", "sock-shop": "complete-demo.yaml",
	} {
		w := (&world{}).read(t, name, "../samples/organisation.yaml", "../samples/online-boutique/catalog.yaml",
			"../samples/sock-shop/catalog.yaml", "../samples/"+name+"/"+manifest)
		w.settle()
		for _, sc := range cards(t) {
			t.Run(name+"/"+sc.Name, func(t *testing.T) {
				got := report(t, w, name, sc)
				golden := filepath.Join("testdata", name+"-"+sc.Name+".txt")
				if *update {
					if err := os.WriteFile(golden, got, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), string(got)); diff != "" {
					t.Errorf("%s differs (-want +got); go test ./config/scorecards -update writes it:\n%s", golden, diff)
				}
			})
		}
	}
}

// report is how the entities of a namespace do, one after another.
func report(t *testing.T, w *world, namespace string, sc *catalog.Scorecard) []byte {
	t.Helper()
	c := compiled(t, sc)
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s on %s. Written by go test ./config/scorecards -update.\n", sc.Spec.Title, namespace)
	slices.SortFunc(w.entities, func(a, b catalog.Entity) int { return relation.Compare(relation.RefOf(a), relation.RefOf(b)) })
	for _, e := range w.entities {
		if e.GetNamespace() != namespace {
			continue
		}
		r, ok := c.Evaluate(t.Context(), w.subject(t, e))
		if !ok {
			continue
		}
		level := string(r.Level)
		if level == "" && len(sc.Spec.Levels) > 0 {
			level = "no level"
		}
		fmt.Fprintf(&out, "\n%s: %s, %s\n", relation.RefOf(e), r.Verdict, strings.TrimPrefix(fmt.Sprintf("%s, %d%%", level, r.Percent), ", "))
		for _, k := range r.Failing() {
			fmt.Fprintf(&out, "- %s: %s: %s\n", k.Check, k.Outcome, k.Message)
			for _, x := range k.Evidence {
				fmt.Fprintf(&out, "    %s\n", strings.TrimSuffix(x.Path+" = "+x.Value, " = "))
			}
		}
	}
	return out.Bytes()
}

const tableStart, tableEnd = "<!-- checks: go test ./config/scorecards -update -->\n", "<!-- end of checks -->\n"

func TestReadmeListsEveryCheck(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableStart)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !found || !closed {
		t.Fatalf("README.md has no place for the table: %q and %q", tableStart, tableEnd)
	}
	want := before + tableStart + table(t) + tableEnd + after
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("README.md differs (-want +got); go test ./config/scorecards -update writes it:\n%s", diff)
	}
}

func table(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	for _, sc := range cards(t) {
		fmt.Fprintf(&out, "\n### [%s](%s.yaml)\n\n| check | asks that | level | points | controls |\n|---|---|---|---|---|\n", sc.Spec.Title, sc.Name)
		for i := range sc.Spec.Checks {
			c := &sc.Spec.Checks[i]
			weight, level := int32(1), string(c.Level)
			if level == "" {
				level = "–"
			}
			if c.Weight != nil {
				weight = *c.Weight
			}
			var controls []string
			for _, x := range c.Controls {
				controls = append(controls, string(x))
			}
			fmt.Fprintf(&out, "| `%s` | %s | %s | %d | %s |\n", c.Name, strings.ReplaceAll(c.Title, "|", `\|`), level, weight, strings.Join(controls, ", "))
		}
	}
	out.WriteString("\n")
	return out.String()
}
