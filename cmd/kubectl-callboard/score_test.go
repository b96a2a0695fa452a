package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// running is the catalog of testdata with what runs it. The test is in the folder testdata from then on.
func running(t *testing.T) *memory {
	t.Helper()
	t.Chdir(testdata)
	m := small(t)
	m.objects = map[string][]map[string]any{}
	objects, err := liveObjects("workloads.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		resource := strings.ToLower(o["kind"].(string)) + "s"
		m.objects[resource] = append(m.objects[resource], o)
	}
	return m
}

// liveObjects are those of a file of testdata.
func liveObjects(file string) ([]map[string]any, error) {
	text, err := os.ReadFile(filepath.Join(testdata, file))
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		plain, err := yaml.YAMLToJSONStrict([]byte(document))
		if err != nil {
			return nil, err
		}
		var o map[string]any
		if err := json.UnmarshalCaseSensitivePreserveInts(plain, &o); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func TestScores(t *testing.T) {
	cases := map[string]struct {
		args string
		want int
	}{
		"score-test":            {"score test production.yaml -A", exitNo},
		"score-test-wide":       {"score test production.yaml -n shop -o wide", exitNo},
		"score-test-json":       {"score test production.yaml -o json", exitNo},
		"score-test-yaml":       {"score test several.yaml --scorecard teams -o yaml", exitNo},
		"score-test-pass":       {"score test several.yaml --scorecard described -n shop", exitYes},
		"score-test-several":    {"score test several.yaml -A -o wide", exitNo},
		"score-test-kind":       {"score test several.yaml -A --kind grp,apis", exitNo},
		"score-explain":         {"score explain component/payments/gateway -f production.yaml", exitYes},
		"score-explain-check":   {"score explain shop/reports -f production.yaml --check system", exitYes},
		"score-explain-secret":  {"score explain shop/ads -f production.yaml -o yaml", exitYes},
		"score-explain-nothing": {"score explain shop/picker -f production.yaml --check disruption-budget", exitYes},

		"score-no-file":            {"score test missing.yaml", exitError},
		"score-no-such-card":       {"score test several.yaml --scorecard production", exitError},
		"score-unknown-field":      {"score test unknown-field.yaml", exitError},
		"score-broken-expression":  {"score test broken-expression.yaml", exitError},
		"score-unknown-kind":       {"score test unknown-kind.yaml", exitError},
		"score-unknown-kind-flag":  {"score test production.yaml --kind Service", exitError},
		"score-nobody":             {"score test nobody.yaml", exitError},
		"score-nobody-anywhere":    {"score test production.yaml -A --kind System", exitError},
		"score-no-argument":        {"score test", exitError},
		"score-alone":              {"score", exitError},
		"score-no-cards":           {"score test -", exitError},
		"score-explain-missing":    {"score explain component/shop/chekout -f production.yaml", exitError},
		"score-explain-unjudged":   {"score explain system/shop/storefront -f production.yaml", exitError},
		"score-explain-no-file":    {"score explain shop/checkout", exitError}, // nor a Scorecard in the cluster
		"score-explain-no-check":   {"score explain shop/checkout -f production.yaml --check replicas", exitError},
		"score-explain-bad-kind":   {"score explain service/shop/checkout -f production.yaml", exitError},
		"score-explain-production": {"score explain component/shop/checkout -f production.yaml", exitYes},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, got := ask(running(t), strings.Fields(tc.args)...)
			if code != tc.want {
				t.Errorf("%s: exit code %d, want %d", tc.args, code, tc.want)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("it tells the value of a variable")
			}
			golden(t, name, got)
		})
	}
}

// TestScoresOfWhatCannotBeRead holds that a list which is refused leaves checks Unknown, and that others do not care.
func TestScoresOfWhatCannotBeRead(t *testing.T) {
	no := func(group, resource string) error {
		return apierrors.NewForbidden(schema.GroupResource{Group: group, Resource: resource}, "", errors.New("no"))
	}
	m := running(t)
	m.forbidden = map[string]error{"deployments": no("apps", "deployments"), "poddisruptionbudgets": no("policy", "poddisruptionbudgets")}
	m.hidden = no("", "namespaces")
	code, got := ask(m, "score", "test", "production.yaml", "-n", "shop", "-o", "wide")
	if code != exitNo {
		t.Errorf("exit code %d, want %d", code, exitNo)
	}
	golden(t, "score-forbidden", got)

	if _, got := ask(m, "score", "test", "several.yaml", "--scorecard", "teams"); strings.Contains(got, "the verb list") {
		t.Errorf("a Scorecard that reads no workloads asks for them:\n%s", got)
	}
	m.forbidden = map[string]error{"jobs": errors.New("connection refused")}
	if code, got := ask(m, "score", "test", "production.yaml"); code != exitError || !strings.Contains(got, "error: list jobs.batch: connection refused") {
		t.Errorf("exit code %d:\n%s", code, got)
	}
}

// TestScoresOfTheStandardInput holds that - reads the same as the file.
func TestScoresOfTheStandardInput(t *testing.T) {
	m := running(t)
	text, err := os.ReadFile("production.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := &plugin{
		streams: genericiooptions.IOStreams{In: bytes.NewReader(text), Out: &out, ErrOut: &out},
		flags:   genericclioptions.NewConfigFlags(true),
		connect: func() (lister, error) { return m, nil },
		now:     time.Now,
	}
	code := p.run(context.Background(), []string{"score", "test", "-", "-A"})
	_, want := ask(m, "score", "test", "production.yaml", "-A")
	_, want, _ = strings.Cut(want, "\n")
	want, _, _ = strings.Cut(want, "(exit code")
	if code != exitNo || out.String() != want {
		t.Errorf("exit code %d:\n%s\nwant\n%s", code, out.String(), want)
	}
}
