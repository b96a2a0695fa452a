package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is when these tests play.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testdata is where the golden files are, wherever a test is.
var testdata = func() string {
	folder, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return folder
}()

// memory is a catalog in memory.
type memory struct {
	entities   []catalog.Entity
	namespaces map[string]labels.Set
	refusal    map[relation.Kind]error
	hidden     error                       // why namespaces cannot be listed
	objects    map[string][]map[string]any // by resource
	forbidden  map[string]error            // by resource
}

// Entities implements lister.
func (m *memory) Entities(_ context.Context, kind relation.Kind, each func(catalog.Entity)) error {
	for _, e := range m.entities {
		if relation.KindOf(e) == kind {
			each(e)
		}
	}
	return m.refusal[kind]
}

// Namespaces implements lister.
func (m *memory) Namespaces(_ context.Context, each func(string, labels.Set, string)) error {
	if m.hidden != nil {
		return m.hidden
	}
	for name, set := range m.namespaces {
		each(name, set, "")
	}
	return nil
}

// Objects implements lister.
func (m *memory) Objects(_ context.Context, resource schema.GroupVersionResource, selector string, each func(map[string]any)) error {
	if m.forbidden[resource.Resource] != nil {
		return m.forbidden[resource.Resource]
	}
	s, err := labels.Parse(selector)
	if err != nil {
		return err
	}
	for _, o := range m.objects[resource.Resource] {
		set, _, err := unstructured.NestedStringMap(o, "metadata", "labels")
		if err != nil {
			return err
		}
		if s.Matches(labels.Set(set)) {
			each(runtime.DeepCopyJSON(o))
		}
	}
	return m.forbidden[resource.Resource]
}

// small is the catalog of testdata.
func small(t *testing.T) *memory {
	t.Helper()
	m := &memory{namespaces: map[string]labels.Set{
		"payments": {"catalog.callboard.dev/visibility": "warn"},
		"shop":     {"part-of": "commerce"},
	}}
	objects, err := apitest.Objects(filepath.Join(testdata, "catalog.yaml"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		m.entities = append(m.entities, o.(catalog.Entity))
	}
	return m
}

// ask runs a command line on a catalog in memory, in the namespace payments. What is printed begins with the command
// line and ends with the exit code.
func ask(l lister, args ...string) (code int, printed string) {
	var out bytes.Buffer
	p := &plugin{
		streams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &out},
		flags:   genericclioptions.NewConfigFlags(true),
		connect: func() (lister, error) { return l, nil },
		now:     func() time.Time { return now },
	}
	namespace := "payments"
	p.flags.Namespace = &namespace
	fmt.Fprintf(&out, "$ kubectl callboard %s\n", commandLine(args))
	code = p.run(context.Background(), args)
	fmt.Fprintf(&out, "(exit code %d)\n", code)
	return code, out.String()
}

// commandLine is how a shell would be told the arguments.
func commandLine(args []string) string {
	out := slices.Clone(args)
	for i, a := range out {
		if strings.Contains(a, " ") {
			out[i] = "'" + a + "'"
		}
	}
	return strings.Join(out, " ")
}

func TestAnswers(t *testing.T) {
	cases := map[string]struct {
		args string
		want int
	}{
		"who-restricted":      {"who-can-use api/payments/charge", exitYes},
		"who-restricted-wide": {"who-can-use charge -o wide", exitYes},
		"who-restricted-json": {"who-can-use api:payments/charge -o json", exitYes},
		"who-public":          {"who-can-use payments/rates", exitYes},
		"who-private":         {"who-can-use ledger", exitYes},
		"who-private-alone":   {"who-can-use vault -o yaml", exitYes},
		"who-missing":         {"who-can-use api/payments/chrage", exitError},
		"who-elsewhere":       {"who-can-use charge -n shop", exitError},
		"who-nowhere":         {"who-can-use api/warehouse/stock", exitError},

		"can-same-system":        {"can-use settlement charge", exitYes},
		"can-listed-system":      {"can-use component/shop/checkout api/payments/charge", exitYes},
		"can-listed-system-wide": {"can-use component/shop/checkout api/payments/charge -o wide", exitYes},
		"can-listed-domain":      {"can-use shop/picker charge", exitYes},
		"can-listed-group":       {"can-use shop/vouchers charge", exitYes},
		"can-denied":             {"can-use component/shop/ads api/payments/charge", exitNo},
		"can-denied-wide":        {"can-use component/shop/ads api/payments/charge -o wide", exitNo},
		"can-denied-json":        {"can-use component/shop/ads api/payments/charge -o json", exitNo},
		"can-denied-yaml":        {"can-use component/shop/ads api/payments/ledger -o yaml", exitNo},
		"can-undecided":          {"can-use shop/stranger charge", exitNo},
		"can-missing-api":        {"can-use component/shop/reports api/payments/missing", exitNo},
		"can-missing-api-json":   {"can-use component/shop/reports api/payments/missing -o json", exitNo},
		"can-resource":           {"can-use resource/shop/orders-db charge", exitNo},
		"can-missing-consumer":   {"can-use component/shop/chekout charge", exitError},
		"can-bad-reference":      {"can-use system/shop/storefront charge", exitError},
		"can-unknown-kind":       {"can-use service/shop/checkout charge", exitError},
		"can-one-argument":       {"can-use shop/checkout", exitError},

		"unknown-command": {"who-may-use charge", exitError},
		"unknown-output":  {"who-can-use charge -o name", exitError},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, got := ask(small(t), strings.Fields(tc.args)...)
			if code != tc.want {
				t.Errorf("%s: exit code %d, want %d", tc.args, code, tc.want)
			}
			golden(t, name, got)
		})
	}
}

// golden compares what was printed with a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join(testdata, name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; make it with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	forbidden := func(resource string) error {
		return apierrors.NewForbidden(schema.GroupResource{Group: catalog.GroupVersion.Group, Resource: resource}, "", errors.New(`User "ada" may not`))
	}
	cases := map[string]struct {
		change func(*memory)
		want   int
		text   string
	}{
		"two kinds are forbidden": {func(m *memory) {
			m.refusal = map[relation.Kind]error{relation.System: forbidden("systems"), relation.Group: forbidden("groups")}
		}, exitError, "you need the verb list, in all namespaces, on groups.catalog.callboard.dev, systems.catalog.callboard.dev: "},
		"the kinds are not installed": {func(m *memory) {
			m.refusal = map[relation.Kind]error{relation.API: apierrors.NewNotFound(schema.GroupResource{Resource: "apis"}, "")}
		}, exitError, "Callboard is not installed there"},
		"the API server fails": {func(m *memory) {
			m.refusal = map[relation.Kind]error{relation.User: errors.New("connection refused")}
		}, exitError, "error: list users.catalog.callboard.dev: connection refused"},
		"namespaces fail": {func(m *memory) { m.hidden = errors.New("connection refused") },
			exitError, "error: list namespaces: connection refused"},
		"namespaces are forbidden": {func(m *memory) { m.hidden = forbidden("namespaces") },
			exitNo, "Note: you may not list namespaces, so their labels are unknown"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := small(t)
			tc.change(m)
			code, got := ask(m, "can-use", "shop/picker", "charge")
			if code != tc.want || !strings.Contains(got, tc.text) {
				t.Errorf("exit code %d, want %d with %q:\n%s", code, tc.want, tc.text, got)
			}
		})
	}
}

// TestNamespacesUnknown holds that what depends on the labels of namespaces is left open where they are unknown.
func TestNamespacesUnknown(t *testing.T) {
	m := small(t)
	m.hidden = apierrors.NewForbidden(schema.GroupResource{Resource: "namespaces"}, "", errors.New("no"))
	code, got := ask(m, "can-use", "shop/picker", "charge", "-o", "wide")
	if code != exitNo {
		t.Errorf("exit code %d, want %d", code, exitNo)
	}
	golden(t, "can-namespaces-unknown", got)
}

func TestVersion(t *testing.T) {
	code, got := ask(nil, "version", "-o", "json")
	if code != exitYes || !strings.Contains(got, `"apiVersion": "catalog.callboard.dev/v1alpha1"`) {
		t.Errorf("exit code %d:\n%s", code, got)
	}
}

// TestHelp holds that every command explains itself with examples.
func TestHelp(t *testing.T) {
	p := &plugin{flags: genericclioptions.NewConfigFlags(true)}
	commands := p.command().Commands()
	for _, c := range commands {
		commands = append(commands, c.Commands()...)
	}
	for _, c := range commands {
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s lacks a short or long text, or an example", c.Name())
		}
		for line := range strings.Lines(c.Long + "\n" + c.Example) {
			if len(line) > 121 {
				t.Errorf("%s: a line of its help is longer than 120 columns: %s", c.Name(), line)
			}
		}
	}
}

// TestDocumentedOutput holds that the output in the documentation is what the tests see.
func TestDocumentedOutput(t *testing.T) {
	var text string
	for _, page := range []string{"plugin.md", "audit.md"} {
		read, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		text += string(read) + "\n"
	}
	files, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, f := range files {
		printed, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		before, _, _ := strings.Cut(string(printed), "(exit code ")
		seen = append(seen, before)
	}
	found := 0
	for i, block := range strings.Split(text, "```") {
		if i%2 == 0 || !strings.HasPrefix(block, "\n$ kubectl callboard ") {
			continue
		}
		found++
		block, _, _ = strings.Cut(block[1:], "$ echo $?")
		if !slices.Contains(seen, block) {
			t.Errorf("no golden file has\n%s", block)
		}
	}
	if found == 0 {
		t.Error("docs/plugin.md shows no output")
	}
}
