package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	gojson "encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/json"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// clustered is the catalog of testdata with what runs it, and with Scorecards, Exemptions and Attestations. The statuses
// are those of a while ago.
func clustered(t *testing.T) *memory {
	t.Helper()
	m := running(t)
	objects, err := liveObjects("cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if o["kind"] == catalog.KindAPI {
			a := &catalog.API{}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o, a); err != nil {
				t.Fatal(err)
			}
			m.entities = append(m.entities, a)
			continue
		}
		resource := strings.ToLower(o["kind"].(string)) + "s"
		m.objects[resource] = append(m.objects[resource], o)
	}
	percent := func(n int32) *int32 { return &n }
	today := map[string]catalog.Score{
		"component:payments/gateway":    {Scorecard: "production", Verdict: catalog.VerdictPassing, Level: "Gold", Percent: percent(100)},
		"component:payments/settlement": {Scorecard: "production", Verdict: catalog.VerdictPassing, Level: "Gold", Percent: percent(100)},
		"component:shop/picker":         {Scorecard: "production", Verdict: catalog.VerdictFailing, Percent: percent(20)},
		"component:shop/reports":        {Scorecard: "production", Verdict: catalog.VerdictNotApplicable},
		"resource:shop/orders-db":       {Scorecard: "production", Verdict: catalog.VerdictFailing, Percent: percent(0)},
	}
	for i, e := range m.entities {
		e.SetResourceVersion(fmt.Sprint(101 + i))
		if score, ok := today[relation.RefOf(e).String()]; ok {
			e.EntityStatus().Scores = []catalog.Score{score}
		}
	}
	return m
}

func TestScoresOfTheCluster(t *testing.T) {
	cases := map[string]struct {
		args string
		want int
	}{
		"cluster-explain":            {"score explain component/payments/gateway", exitYes},
		"cluster-explain-all":        {"score explain component/shop/checkout", exitYes},
		"cluster-explain-check":      {"score explain shop/vouchers --scorecard production --check threat-model", exitYes},
		"cluster-explain-json":       {"score explain settlement --check threat-model -o json", exitYes},
		"cluster-explain-api":        {"score explain api/shop/orders", exitYes},
		"cluster-explain-draft":      {"score explain resource/shop/orders-db", exitYes},
		"cluster-explain-no-card":    {"score explain settlement --scorecard prodution", exitError},
		"cluster-explain-no-check":   {"score explain settlement --check replicas", exitError},
		"cluster-explain-unjudged":   {"score explain group/engineering", exitError},
		"cluster-explain-elsewhere":  {"score explain settlement --check parsed", exitError},
		"cluster-test":               {"score test production.yaml -A", exitNo},
		"cluster-test-wide":          {"score test production.yaml -n payments -o wide", exitNo},
		"cluster-test-json":          {"score test production.yaml -n payments -o json", exitNo},
		"cluster-next-owner":         {"score next --owner group:engineering", exitYes},
		"cluster-next-owner-wide":    {"score next --owner payments-team -o wide", exitYes},
		"cluster-next-system":        {"score next --system payments/payments", exitYes},
		"cluster-next-limit":         {"score next --owner group:engineering --limit 1", exitYes},
		"cluster-next-one":           {"score next component/shop/ads", exitYes},
		"cluster-next-points":        {"score next api/payments/rates", exitYes},
		"cluster-next-json":          {"score next component/shop/checkout -o json", exitYes},
		"cluster-next-yaml":          {"score next --system shop/warehouse -o yaml", exitYes},
		"cluster-next-done":          {"score next api/shop/stock", exitYes},
		"cluster-next-draft":         {"score next resource/shop/orders-db --scorecard tomorrow", exitYes},
		"cluster-next-nobody":        {"score next", exitError},
		"cluster-next-two":           {"score next checkout --owner group:engineering", exitError},
		"cluster-next-unjudged":      {"score next resource/shop/orders-db", exitError},
		"cluster-next-no-owner":      {"score next --owner group:payment-team", exitError},
		"cluster-next-wrong-owner":   {"score next --owner component:shop/checkout", exitError},
		"cluster-next-wrong-system":  {"score next --system group:engineering", exitError},
		"cluster-next-bad-limit":     {"score next --owner group:engineering --limit 0", exitError},
		"cluster-next-owns-nothing":  {"score next --owner group:closed-team --scorecard contracts", exitError},
		"cluster-next-no-such-card":  {"score next --owner group:engineering --scorecard security", exitError},
		"cluster-next-no-such":       {"score next component/shop/chekout", exitError},
		"audit-control":              {"audit --control SOC2.CC7.1", exitError},
		"audit-scorecard":            {"audit --scorecard contracts", exitYes},
		"audit-scorecard-json":       {"audit --scorecard production --system payments/payments -o json", exitYes},
		"audit-draft":                {"audit --scorecard tomorrow --owner user:ada", exitYes},
		"audit-pci":                  {"audit --control PCI-DSS", exitError},
		"audit-at":                   {"audit --scorecard production --owner closed-team --at 2026-01-01T01:00:00+01:00", exitYes},
		"audit-bad-at":               {"audit --scorecard production --at yesterday", exitError},
		"audit-nothing":              {"audit", exitError},
		"audit-argument":             {"audit production", exitError},
		"audit-no-card":              {"audit --scorecard prodution", exitError},
		"audit-no-control-in-card":   {"audit --scorecard tomorrow --control ISO27001", exitError},
		"audit-bad-output":           {"audit --scorecard production -o yaml", exitError},
		"audit-wrong-kind":           {"audit --scorecard production --system component:shop/checkout", exitError},
		"audit-nobody":               {"audit --scorecard contracts --system shop/warehouse", exitError},
		"audit-verify-missing":       {"audit verify missing.json", exitError},
		"audit-verify-no-json":       {"audit verify production.yaml", exitError},
		"audit-verify-no-file":       {"audit verify", exitError},
		"audit-verify-another-thing": {"audit verify other.json", exitError},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := clustered(t)
			code, got := ask(m, strings.Fields(tc.args)...)
			if code != tc.want {
				t.Errorf("%s: exit code %d, want %d", tc.args, code, tc.want)
			}
			golden(t, name, got)
		})
	}
}

// TestAuditOfAControl has what words with spaces need.
func TestAuditOfAControl(t *testing.T) {
	for name, args := range map[string][]string{
		"audit-cc71":      {"audit", "--control", "SOC2 CC7.1"},
		"audit-payments":  {"audit", "--control", "SOC2 CC7.1", "--system", "payments/payments"},
		"audit-cc71-csv":  {"audit", "--control", "SOC2 CC7.1", "-o", "csv"},
		"audit-cc71-html": {"audit", "--control", "SOC2 CC7.1", "-o", "html"},
		"audit-soc2-json": {"audit", "--control", "SOC2", "--owner", "payments-team", "-o", "json"},
		"audit-cc13":      {"audit", "--control", "SOC2 CC1.3", "--owner", "group:checkout-team"},
	} {
		t.Run(name, func(t *testing.T) {
			code, got := ask(clustered(t), args...)
			if code != exitYes {
				t.Errorf("exit code %d, want %d", code, exitYes)
			}
			golden(t, name, got)
		})
	}
}

// TestAuditOfWhatCannotBeRead holds that nothing is left out silently.
func TestAuditOfWhatCannotBeRead(t *testing.T) {
	no := func(group, resource string) error {
		return apierrors.NewForbidden(schema.GroupResource{Group: group, Resource: resource}, "", errors.New("no"))
	}
	group := catalog.GroupVersion.Group
	cases := map[string]struct {
		change func(*memory)
		args   []string
		want   int
	}{
		"audit-unread-claims": {func(m *memory) {
			m.forbidden = map[string]error{"exemptions": no(group, "exemptions"), "attestations": no(group, "attestations")}
		}, []string{"audit", "--scorecard", "production", "--system", "payments/payments"}, exitNo},
		"audit-unread-claims-csv": {func(m *memory) {
			m.forbidden = map[string]error{"exemptions": no(group, "exemptions"), "attestations": no(group, "attestations")}
		}, []string{"audit", "--control", "ISO27001", "-o", "csv"}, exitNo},
		"audit-unread-workloads": {func(m *memory) {
			m.forbidden = map[string]error{"deployments": no("apps", "deployments")}
			m.hidden = no("", "namespaces")
		}, []string{"audit", "--control", "SOC2 CC7.1"}, exitNo},
		"audit-unread-namespaces": {func(m *memory) { m.hidden = no("", "namespaces") },
			[]string{"audit", "--control", "SOC2"}, exitNo},
		"audit-unread-systems": {func(m *memory) {
			m.refusal = map[relation.Kind]error{relation.System: no(group, "systems")}
			m.entities = slices.DeleteFunc(m.entities, func(e catalog.Entity) bool { return relation.KindOf(e) == relation.System })
		}, []string{"audit", "--control", "SOC2 CC7.1", "-o", "csv"}, exitNo},
		"audit-unread-kinds": {func(m *memory) {
			m.refusal = map[relation.Kind]error{relation.System: no(group, "systems"), relation.Component: no(group, "components")}
			m.entities = slices.DeleteFunc(m.entities, func(e catalog.Entity) bool {
				return relation.KindOf(e) == relation.System || relation.KindOf(e) == relation.Component
			})
		}, []string{"audit", "--control", "SOC2 CC1.3"}, exitNo},
		"audit-unread-definitions": {func(m *memory) {
			m.forbidden = map[string]error{"configmaps": no("", "configmaps")}
		}, []string{"audit", "--control", "SOC2 CC8.1"}, exitNo},
		"audit-unread-owner": {func(m *memory) {
			m.refusal = map[relation.Kind]error{relation.Group: no(group, "groups")}
		}, []string{"audit", "--control", "SOC2 CC1.3", "--owner", "group:payments-team"}, exitError},
		"audit-unread-scorecards": {func(m *memory) {
			m.forbidden = map[string]error{"scorecards": no(group, "scorecards")}
		}, []string{"audit", "--scorecard", "production"}, exitError},
		"audit-unread-all-of-it": {func(m *memory) {
			m.refusal = map[relation.Kind]error{relation.Component: no(group, "components")}
			m.entities = slices.DeleteFunc(m.entities, func(e catalog.Entity) bool { return relation.KindOf(e) == relation.Component })
		}, []string{"audit", "--scorecard", "production"}, exitNo},
		"cluster-explain-unread": {func(m *memory) {
			m.forbidden = map[string]error{"exemptions": no(group, "exemptions"), "attestations": no(group, "attestations")}
		}, []string{"score", "explain", "gateway", "--check", "threat-model"}, exitYes},
		"cluster-test-unread": {func(m *memory) {
			m.forbidden = map[string]error{"scorecards": no(group, "scorecards")}
		}, []string{"score", "test", "production.yaml", "-n", "payments"}, exitNo},
		"cluster-next-unread": {func(m *memory) {
			m.refusal = map[relation.Kind]error{relation.User: no(group, "users")}
		}, []string{"score", "next", "--owner", "payments-team"}, exitError},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := clustered(t)
			tc.change(m)
			code, got := ask(m, tc.args...)
			if code != tc.want {
				t.Errorf("exit code %d, want %d", code, tc.want)
			}
			golden(t, name, got)
		})
	}
}

// printed is what a command line prints, alone.
func printed(t *testing.T, l lister, at time.Time, in string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	p := &plugin{
		streams: genericiooptions.IOStreams{In: strings.NewReader(in), Out: &stdout, ErrOut: &stderr},
		flags:   genericclioptions.NewConfigFlags(true),
		connect: func() (lister, error) { return l, nil },
		now:     func() time.Time { return at },
	}
	namespace := "payments"
	p.flags.Namespace = &namespace
	code = p.run(context.Background(), args)
	return code, stdout.String(), stderr.String()
}

// TestAuditIsReproducible holds that the same state and moment give the same bytes, in whatever order the objects come, and
// that any other state gives another digest.
func TestAuditIsReproducible(t *testing.T) {
	m := clustered(t)
	digestOf := func(text string) string {
		var a auditAnswer
		if err := json.UnmarshalCaseSensitivePreserveInts([]byte(text), &a); err != nil {
			t.Fatal(err)
		}
		return a.SHA256
	}
	first := map[string]string{}
	for _, o := range []string{"table", "csv", "json", "html"} {
		_, first[o], _ = printed(t, m, now, "", "audit", "--scorecard", "production", "-o", o)
	}
	for o, text := range first {
		if !strings.Contains(text, digestOf(first["json"])) {
			t.Errorf("%s does not tell the digest %s", o, digestOf(first["json"]))
		}
	}
	slices.Reverse(m.entities)
	for _, all := range m.objects {
		slices.Reverse(all)
	}
	for o, want := range first {
		_, got, _ := printed(t, m, now.Add(time.Hour), "", "audit", "--scorecard", "production", "-o", o, "--at", "2026-03-01T13:00:00.9+01:00")
		if got != want {
			t.Errorf("%s: another run gives other bytes:\n%s\nwant\n%s", o, got, want)
		}
	}
	changes := map[string]func(*memory){
		"another version of an entity": func(m *memory) { component(t, m, "checkout").SetResourceVersion("999") },
		"another moment":               func(*memory) {},
		"a reason":                     func(m *memory) { set(m.objects["exemptions"][0], "another", "spec", "reason") },
		"an approver":                  func(m *memory) { set(m.objects["exemptions"][0], "x@example.com", "spec", "approval", "by") },
		"a scorecard":                  func(m *memory) { set(m.objects["scorecards"][0], "599", "metadata", "resourceVersion") },
		"an attestation":               func(m *memory) { set(m.objects["attestations"][0], "799", "metadata", "resourceVersion") },
	}
	seen := map[string]string{digestOf(first["json"]): "the first"}
	for name, change := range changes {
		m := clustered(t)
		change(m)
		at := now
		if name == "another moment" {
			at = now.Add(time.Second)
		}
		_, text, _ := printed(t, m, at, "", "audit", "--scorecard", "production", "-o", "json")
		if other, ok := seen[digestOf(text)]; ok {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[digestOf(text)] = name
	}
}

// component is a Component of the catalog.
func component(t *testing.T, m *memory, name string) catalog.Entity {
	t.Helper()
	for _, e := range m.entities {
		if relation.KindOf(e) == relation.Component && e.GetName() == name {
			return e
		}
	}
	t.Fatalf("there is no Component %s", name)
	return nil
}

// set sets a text within an object.
func set(o map[string]any, value string, path ...string) {
	for _, p := range path[:len(path)-1] {
		o = o[p].(map[string]any)
	}
	o[path[len(path)-1]] = value
}

func TestAuditVerify(t *testing.T) {
	m := clustered(t)
	_, text, _ := printed(t, m, now, "", "audit", "--control", "SOC2", "-o", "json")
	_, out, _ := printed(t, nil, now, text, "audit", "verify", "-")
	sum := strings.TrimSpace(out[strings.LastIndex(out, " "):])
	compact := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	cases := map[string]struct {
		text string
		args []string
		want int
		says string
	}{
		"as it was printed":       {text, nil, exitYes, "verified: the SHA-256 of the audit at 2026-03-01T12:00:00Z is " + sum},
		"with other spaces":       {compact(text), nil, exitYes, "verified"},
		"with the digest":         {text, []string{"--sha256", sum}, exitYes, "verified"},
		"with another digest":     {text, []string{"--sha256", "5a1c"}, exitNo, "another: "},
		"a result was changed":    {strings.Replace(text, `"result": "Fail"`, `"result": "Pass"`, 1), nil, exitNo, "changed: "},
		"a name was changed":      {strings.Replace(text, "grace@", "Grace@", 1), nil, exitNo, "changed: "},
		"a field was added":       {strings.Replace(text, "{", `{"more": true,`, 1), nil, exitNo, "changed: "},
		"a row was taken out":     {cutRow(text), nil, exitNo, "changed: "},
		"the digest was changed":  {strings.Replace(text, sum, "00"+sum[2:], 1), nil, exitNo, "changed: "},
		"the digest is missing":   {strings.Replace(text, `"sha256"`, `"sha-256"`, 1), nil, exitError, "the field sha256 is missing"},
		"a field stands twice":    {strings.Replace(text, "{", `{"at": "2020-01-01T00:00:00Z",`, 1), nil, exitError, `duplicate field "at"`},
		"a fraction":              {strings.Replace(text, "{", `{"more": 1.5,`, 1), nil, exitError, "an audit holds no 1.5"},
		"another format":          {strings.Replace(text, "callboard-audit/v1", "callboard-audit/v2", 1), nil, exitError, "callboard-audit/v2, and not callboard-audit/v1"},
		"it breaks off":           {text[:len(text)/2], nil, exitError, "it is no JSON"},
		"something stands behind": {text + text, nil, exitError, "it is no JSON"},
		"nothing":                 {"", nil, exitError, "it is no JSON"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := printed(t, nil, now, tc.text, append([]string{"audit", "verify", "-"}, tc.args...)...)
			if code != tc.want || !strings.Contains(out+errOut, tc.says) {
				t.Errorf("exit code %d, want %d and %q:\n%s%s", code, tc.want, tc.says, out, errOut)
			}
		})
	}
}

// TestInterrupted holds that what was broken off is not printed as a result.
func TestInterrupted(t *testing.T) {
	m := clustered(t)
	for _, args := range []string{"audit --scorecard production", "score next --owner engineering", "score test production.yaml -A"} {
		var out bytes.Buffer
		p := &plugin{
			streams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &out},
			flags:   genericclioptions.NewConfigFlags(true),
			connect: func() (lister, error) { return m, nil },
			now:     func() time.Time { return now },
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if code := p.run(ctx, strings.Fields(args)); code != exitError || out.String() != "error: context canceled\n" {
			t.Errorf("%s: exit code %d: %s", args, code, out.String())
		}
	}
}

// TestAuditVerifyOfFiles has what is printed about a file.
func TestAuditVerifyOfFiles(t *testing.T) {
	_, text, _ := printed(t, clustered(t), now, "", "audit", "--control", "SOC2", "-o", "json")
	t.Chdir(t.TempDir())
	for file, content := range map[string]string{"soc2.json": text, "changed.json": strings.ReplaceAll(text, "grace@", "ada@")} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]int{"soc2": exitYes, "changed": exitNo} {
		code, got := ask(nil, "audit", "verify", name+".json")
		if code != want {
			t.Errorf("%s: exit code %d, want %d", name, code, want)
		}
		golden(t, "audit-verify-"+name, got)
	}
}

// cutRow takes the first row out of an audit.
func cutRow(text string) string {
	at := strings.Index(text, `"rows": [`) + len(`"rows": [`)
	end := strings.Index(text[at:], "        },\n") + len("        },\n")
	return text[:at] + text[at+end:]
}

// TestCanonicalIsWhatOthersSay holds that who has no plugin can compute the digest: any encoder that sorts fields, writes
// no spaces and escapes only what it must agrees.
func TestCanonicalIsWhatOthersSay(t *testing.T) {
	_, text, _ := printed(t, clustered(t), now, "", "audit", "--control", "SOC2", "-o", "json")
	decoder := gojson.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var audit map[string]any
	if err := decoder.Decode(&audit); err != nil {
		t.Fatal(err)
	}
	told := audit["sha256"]
	delete(audit, "sha256")
	var b bytes.Buffer
	encoder := gojson.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(audit); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(bytes.TrimSuffix(b.Bytes(), []byte("\n"))); hex.EncodeToString(sum[:]) != told {
		t.Errorf("another encoder says %x, the audit %v", sum, told)
	}
}

func TestCanonical(t *testing.T) {
	in := map[string]any{
		"b": []any{int64(1), nil, true, map[string]any{}}, "a": "\"\\\b\t\n\f\r\x01<>&\u2028\x7fé€😀", "": int64(-5),
	}
	want := `{"":-5,"a":"\"\\\b\t\n\f\r\u0001<>&` + "\u2028\x7fé€😀" + `","b":[1,null,true,{}]}`
	var b bytes.Buffer
	if err := canonical(&b, in); err != nil || b.String() != want {
		t.Errorf("canonical() = %s, %v, want %s", b.String(), err, want)
	}
	if err := canonical(&b, map[string]any{"a": []any{0.5}}); err == nil {
		t.Error("canonical() takes a fraction")
	}
}

func TestHarmless(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "a=b": "a=b", "1+1": "1+1",
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		" =1": "' =1", "\u00a0=1": "'\u00a0=1", "＝1": "'＝1", "|x": "|x", "   ": "   ",
	} {
		if got := harmless(cell); got != want {
			t.Errorf("harmless(%q) = %q, want %q", cell, got, want)
		}
	}
}

// TestCSVIsHarmless holds that no cell of an audit is taken for a formula, whatever somebody wrote.
func TestCSVIsHarmless(t *testing.T) {
	m := clustered(t)
	for _, x := range m.objects["exemptions"] {
		set(x, "+cmd|' /C calc'!A0,\"two\"", "spec", "reason")
	}
	set(m.objects["scorecards"][0]["spec"].(map[string]any)["checks"].([]any)[3].(map[string]any), "@SUM(1+1)", "title")
	_, text, _ := printed(t, m, now, "", "audit", "--scorecard", "production", "-o", "csv")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	kept := 0
	for _, row := range rows {
		if len(row) != len(csvHeader) {
			t.Errorf("%d cells, want %d: %q", len(row), len(csvHeader), row)
		}
		for _, cell := range row {
			if strings.HasPrefix(cell, "'") {
				kept++
			}
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("%q begins like a formula", cell)
			}
		}
	}
	if kept < 2 {
		t.Errorf("only %d cells begin with an apostrophe", kept)
	}
}

// TestAuditPage holds the page to what an auditor and a browser need: one file that fetches nothing, and every text a text.
func TestAuditPage(t *testing.T) {
	m := clustered(t)
	hostile := `<script>alert(1)</script><img src=x onerror=alert(1)>"'&`
	for _, x := range m.objects["exemptions"] {
		set(x, hostile, "spec", "reason")
		set(x, "javascript:alert(1)", "spec", "ticket")
	}
	sc := m.objects["scorecards"][0]
	set(sc, hostile, "spec", "title")
	_, text, _ := printed(t, m, now, "", "audit", "--scorecard", "production", "-o", "html")
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	elements := map[string]int{}
	var texts strings.Builder
	for n := range root.Descendants() {
		switch n.Type {
		case html.TextNode:
			texts.WriteString(n.Data)
		case html.ElementNode:
			elements[n.Data]++
			for _, a := range n.Attr {
				name, value := strings.ToLower(a.Key), a.Val
				switch {
				case name == "src" || name == "srcset" || name == "background" || name == "data" || strings.HasPrefix(name, "on"):
					t.Errorf("<%s %s=%q> fetches or runs something", n.Data, name, value)
				case name == "href" && (n.Data != "a" || !strings.HasPrefix(value, "https://") && !strings.HasPrefix(value, "#")):
					t.Errorf("<%s href=%q>", n.Data, value)
				}
			}
		}
	}
	for _, banned := range []string{"script", "link", "img", "iframe", "object", "embed", "form", "base", "svg", "video"} {
		if elements[banned] > 0 {
			t.Errorf("there is a <%s>", banned)
		}
	}
	if !strings.Contains(texts.String(), hostile) {
		t.Error("the hostile text is not shown as it stands")
	}
	if n := elements["table"]; n == 0 || elements["thead"] != n || elements["caption"] != n || elements["h2"] != n || elements["section"] != n {
		t.Errorf("tables, heads, captions, headings: %v", elements)
	}
	style := text[strings.Index(text, "<style>"):strings.Index(text, "</style>")]
	for _, want := range []string{"@media print", "break-before: page", "display: table-header-group", "break-inside: avoid", "@page"} {
		if !strings.Contains(style, want) {
			t.Errorf("the style does not say %s", want)
		}
	}
	for _, banned := range []string{"url(", "@import", "expression("} {
		if strings.Contains(style, banned) {
			t.Errorf("the style says %s", banned)
		}
	}
	if !strings.Contains(text, `<html lang="en">`) || !strings.Contains(text, "default-src 'none'") {
		t.Error("the page lacks its language or its policy")
	}
}
