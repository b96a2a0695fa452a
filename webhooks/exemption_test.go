package webhooks_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// install makes the objects of a file of config until the test ends.
func install(t testing.TB, file string) {
	t.Helper()
	text, err := os.ReadFile("../config/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for doc := range strings.SplitSeq(string(text), "\n---\n") {
		u := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(doc), &u.Object); err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		if err := k8s.Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := k8s.Delete(context.Background(), u); err != nil {
				t.Error(err)
			}
		})
	}
}

// asUser is a client of a user of the world, who has one of the roles that come with Callboard in the namespace shop.
func asUser(t testing.TB, w *world, name, role string) client.Client {
	t.Helper()
	w.namespace(w.name("shop"))
	b := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.name("shop"), Name: w.name(name)},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: w.name(name)}},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
	}
	if err := k8s.Create(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	c, err := newClient(func(cfg *rest.Config) { cfg.Impersonate = rest.ImpersonationConfig{UserName: w.name(name)} })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// office is a namespace whose Exemptions and Attestations several people write.
type office struct {
	*world
	people map[string]client.Client
}

// newOffice makes one in which ada and mallory ask, grace and eng approve, and flux writes what stands in Git.
func newOffice(t *testing.T) *office {
	t.Helper()
	install(t, "rbac/exemption_roles.yaml")
	install(t, "policy/exemption.yaml")
	o := &office{newWorld(t), map[string]client.Client{"admin": k8s}}
	for name, role := range map[string]string{
		"ada": "requester", "mallory": "requester", "grace": "approver", "eng": "approver", "flux": "gitops",
	} {
		o.people[name] = asUser(t, o.world, name, "callboard-exemption-"+role)
	}
	for name, c := range o.people { // until authorizer and policies have heard of it all
		for _, line := range []string{"create Exemption shop/it {requestedBy: nobody}", "create Attestation shop/it {reviewedBy: nobody}"} {
			eventually(t, func() error {
				got := o.ask(c, line, client.DryRunAll).refused
				if strings.Contains(got, "denied request: spec.") {
					return nil
				}
				return fmt.Errorf("%s: %s: %q", name, line, got)
			})
		}
	}
	return o
}

// tell does "who: verb object" and answers why it is refused.
func (o *office) tell(line string, dry ...client.CreateOption) string {
	o.t.Helper()
	who, rest, _ := strings.Cut(line, ": ")
	if o.people[who] == nil {
		o.t.Fatalf("nobody is called %s", who)
	}
	return o.ask(o.people[who], rest, dry...).refused
}

// claimCase is what several people do one after the other. All but the last must pass.
type claimCase struct {
	steps []string
	// refused is what the last one is told, of the policy's words or a part of the API server's.
	refused string
}

// run holds the last step to what it should be told, without effect and for real.
func (o *office) run(t *testing.T, kind string, tc claimCase) {
	t.Helper()
	o.t = t
	last := len(tc.steps) - 1
	for _, step := range tc.steps[:last] {
		if got := o.tell(step); got != "" {
			t.Fatalf("%s: %s", step, got)
		}
	}
	try, got := o.tell(tc.steps[last], client.DryRunAll), o.tell(tc.steps[last])
	if try != got {
		t.Errorf("%s\nwith --dry-run=server: %q\nwithout:               %q", tc.steps[last], try, got)
	}
	want := tc.refused
	if strings.HasPrefix(want, "spec.") {
		lower := strings.ToLower(kind)
		want = fmt.Sprintf(`%ss.catalog.callboard.dev "it" is forbidden: ValidatingAdmissionPolicy 'callboard-%s' with binding 'callboard-%s' denied request: %s`,
			lower, lower, lower, want)
		if got != want {
			t.Errorf("%s\nis told %q\nwant    %q", tc.steps[last], got, want)
		}
	} else if (want == "") != (got == "") || !strings.Contains(got, want) {
		t.Errorf("%s\nis told %q\nwant    %q", tc.steps[last], got, want)
	}
	u := o.object(kind + " shop/it")
	if err := k8s.Delete(t.Context(), u); client.IgnoreNotFound(err) != nil {
		t.Error(err)
	}
}

const (
	adaAsks    = "ada: create Exemption shop/it {requestedBy: ada}"
	graceSigns = "grace: update Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Agreed}}"
	withdrawn  = "Exemption shop/it {requestedBy: ada}"
	frozen     = ": cannot change while it is approved: take spec.approval away first, in a change of its own, and have it approved again"
	adasWords  = ": can be changed only by ada, who asked: approve what stands there, or make an Exemption of your own"
)

func TestExemptionsAreAskedForByTheirWriter(t *testing.T) {
	o := newOffice(t)
	for name, tc := range map[string]claimCase{
		"in one's own name":               {steps: []string{adaAsks}},
		"by who may approve, for himself": {steps: []string{"grace: create Exemption shop/it {requestedBy: grace}"}},
		"in another's name": {steps: []string{"mallory: create Exemption shop/it {requestedBy: ada}"},
			refused: "spec.requestedBy: is ada, and you are mallory: write your own name, for you are the one who asks"},
		"in another's name, signed": {steps: []string{"mallory: create Exemption shop/it {requestedBy: ada, writtenBy: mallory}"},
			refused: "spec.requestedBy: is ada, and you are mallory: write your own name, for you are the one who asks"},
		"in another's name by who may approve": {steps: []string{"grace: create Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Both}}"},
			refused: "spec.requestedBy: is ada, and you are grace: write your own name, for you are the one who asks"},
		"in another's name by server-side apply": {steps: []string{"mallory: apply Exemption shop/it {requestedBy: ada}"},
			refused: "spec.requestedBy: is ada, and you are mallory: write your own name, for you are the one who asks"},
		"in a name that looks alike": {steps: []string{`mallory: create Exemption shop/it {requestedBy: "\u0430da"}`},
			refused: "spec.requestedBy: is \u0430da, and you are mallory: write your own name, for you are the one who asks"},
		"in no name":                           {steps: []string{"mallory: create Exemption shop/it {}"}, refused: "[spec.requestedBy: Required value"},
		"taking another name later":            {steps: []string{adaAsks, "ada: update Exemption shop/it {requestedBy: mallory}"}, refused: "requestedBy cannot change: make another Exemption"},
		"taking another name later, from Git":  {steps: []string{adaAsks, "flux: update Exemption shop/it {requestedBy: mallory, writtenBy: flux}"}, refused: "requestedBy cannot change: make another Exemption"},
		"with an approval of one's own":        {steps: []string{"grace: create Exemption shop/it {requestedBy: grace, approval: {by: grace, reason: Mine}}"}, refused: "approval.by must be somebody other than requestedBy: have somebody else approve it"},
		"with an approval in another's name":   {steps: []string{"mallory: create Exemption shop/it {requestedBy: mallory, approval: {by: grace, reason: Hers}}"}, refused: "spec.approval.by: is grace, and you are mallory: write your own name if you approve it, or leave that to grace"},
		"for a time that is over":              {steps: []string{"ada: create Exemption shop/it {requestedBy: ada, expiresAt: '2020-01-01T00:00:00Z'}"}, refused: "spec.expiresAt: 2020-01-01T00:00:00Z is over: write a later time"},
		"for a time that is over, from Git":    {steps: []string{"flux: create Exemption shop/it {requestedBy: ada, writtenBy: flux, expiresAt: '2020-01-01T00:00:00+02:00'}"}, refused: "spec.expiresAt: 2020-01-01T00:00:00+02:00 is over: write a later time"},
		"with a false signature":               {steps: []string{"ada: create Exemption shop/it {requestedBy: ada, writtenBy: flux}"}, refused: "spec.writtenBy: is flux, and you are ada: write your own name, or leave it out"},
		"with a false creation time":           {steps: []string{"ada: create Exemption shop/it {requestedBy: ada, writtenBy: ada}"}},
		"in a namespace where one may nothing": {steps: []string{"ada: create Exemption pay/it {requestedBy: ada}"}, refused: `cannot create resource "exemptions"`},
		"changing what one asked for":          {steps: []string{adaAsks, "ada: update Exemption shop/it {requestedBy: ada, checks: [probes], ticket: 'https://example.com/1'}"}},
		"changing what another asked for": {steps: []string{adaAsks, "mallory: update Exemption shop/it {requestedBy: ada, entity: 'component:mine', checks: [probes]}"},
			refused: "spec.entity, spec.checks" + adasWords},
		"signing what another asked for": {steps: []string{adaAsks, "mallory: update Exemption shop/it {requestedBy: ada, writtenBy: mallory}"},
			refused: "spec.writtenBy" + adasWords},
		"labels of what another asked for": {steps: []string{adaAsks, "mallory: annotate Exemption shop/it @{seen: 'yes'}"}},
	} {
		t.Run(name, func(t *testing.T) { o.run(t, "Exemption", tc) })
	}
}

func TestExemptionsAreApprovedByTheirWriter(t *testing.T) {
	o := newOffice(t)
	mayNot := "spec.approval: mallory may not approve exemptions in namespace shop: leave that to somebody who has the verb approve there, such as by the ClusterRole callboard-exemption-approver"
	for name, tc := range map[string]claimCase{
		"by who may":                         {steps: []string{adaAsks, graceSigns}},
		"by who may, with server-side apply": {steps: []string{adaAsks, "grace: apply Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Agreed}}"}},
		"by who may not":                     {steps: []string{adaAsks, "mallory: update Exemption shop/it {requestedBy: ada, approval: {by: mallory, reason: Me too}}"}, refused: mayNot},
		"by who may not, as who may":         {steps: []string{adaAsks, "mallory: update Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Hers}}"}, refused: "spec.approval.by: is grace, and you are mallory: write your own name if you approve it, or leave that to grace"},
		"by who asked":                       {steps: []string{adaAsks, "ada: update Exemption shop/it {requestedBy: ada, approval: {by: ada, reason: Mine}}"}, refused: "approval.by must be somebody other than requestedBy"},
		"by who asked, and may":              {steps: []string{"grace: create Exemption shop/it {requestedBy: grace}", "grace: update Exemption shop/it {requestedBy: grace, approval: {by: grace, reason: Mine}}"}, refused: "approval.by must be somebody other than requestedBy"},
		"by who may, as another who may":     {steps: []string{adaAsks, "eng: update Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Hers}}"}, refused: "spec.approval.by: is grace, and you are eng: write your own name if you approve it, or leave that to grace"},
		"signed as Git":                      {steps: []string{adaAsks, "grace: update Exemption shop/it {requestedBy: ada, writtenBy: grace, approval: {by: grace, reason: Agreed}}"}, refused: "spec.writtenBy" + adasWords},
		"without a reason":                   {steps: []string{adaAsks, "grace: update Exemption shop/it {requestedBy: ada, approval: {by: grace}}"}, refused: "[spec.approval.reason: Required value"},
		"and rewritten at once":              {steps: []string{adaAsks, "grace: update Exemption shop/it {requestedBy: ada, entity: 'component:mine', approval: {by: grace, reason: Agreed}}"}, refused: "spec.entity" + adasWords},
		"after rewriting it":                 {steps: []string{adaAsks, "grace: update Exemption shop/it {requestedBy: ada, scorecard: other, expiresAt: '2098-01-01T00:00:00Z'}"}, refused: "spec.scorecard, spec.expiresAt" + adasWords},
		"anew by another":                    {steps: []string{adaAsks, graceSigns, "eng: update Exemption shop/it {requestedBy: ada, approval: {by: eng, reason: I too}}"}},
		"anew by who may not":                {steps: []string{adaAsks, graceSigns, "mallory: update Exemption shop/it {requestedBy: ada, approval: {by: mallory, reason: I too}}"}, refused: mayNot},
		"with another's reason":              {steps: []string{adaAsks, graceSigns, "eng: update Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Otherwise}}"}, refused: "spec.approval.by: is grace, and you are eng: write your own name if you approve it, or leave that to grace"},
		"and withdrawn by who asked":         {steps: []string{adaAsks, graceSigns, "ada: update " + withdrawn}},
		"and withdrawn by who may":           {steps: []string{adaAsks, graceSigns, "eng: update " + withdrawn}},
		"and withdrawn from Git":             {steps: []string{adaAsks, graceSigns, "flux: update " + withdrawn}},
		"and withdrawn by somebody":          {steps: []string{adaAsks, graceSigns, "mallory: update " + withdrawn}, refused: "spec.approval: can be taken away by ada, who asked, and by those who may approve: ask one of them"},
		"and withdrawn with a change":        {steps: []string{adaAsks, graceSigns, "ada: update Exemption shop/it {requestedBy: ada, reason: Other}"}, refused: "spec.reason" + frozen},
		"withdrawn, then changed":            {steps: []string{adaAsks, graceSigns, "ada: update " + withdrawn, "ada: update Exemption shop/it {requestedBy: ada, reason: Other}"}},
		"withdrawn, changed, approved":       {steps: []string{adaAsks, graceSigns, "ada: update " + withdrawn, "ada: update Exemption shop/it {requestedBy: ada, reason: Other}", "eng: update Exemption shop/it {requestedBy: ada, reason: Other, approval: {by: eng, reason: Agreed}}"}},
		"then annotated":                     {steps: []string{adaAsks, graceSigns, "mallory: annotate Exemption shop/it @{seen: 'yes'}"}},
		"then deleted by who asked":          {steps: []string{adaAsks, graceSigns, "ada: delete Exemption shop/it"}},
	} {
		t.Run(name, func(t *testing.T) { o.run(t, "Exemption", tc) })
	}
}

// TestApprovedExemptionsDoNotChange changes each field that the schema knows while the approval stands.
func TestApprovedExemptionsDoNotChange(t *testing.T) {
	o := newOffice(t)
	approved := ", requestedBy: ada, approval: {by: grace, reason: Agreed}}"
	changes := map[string]string{
		"entity": "component:other", "scorecard": "other", "checks": "[probes]", "reason": "Other", "ticket": "https://example.com/1",
		"expiresAt": "'2098-01-01T00:00:00Z'", "writtenBy": "ada", "requestedBy": "", "approval": "",
	}
	for _, field := range fieldsOf(t, "exemptions") {
		value, ok := changes[field]
		if !ok {
			t.Errorf("spec.%s is new: the policy must keep it from being changed while it is approved", field)
		}
		if value == "" { // other tests change these
			continue
		}
		for who, more := range map[string]string{"ada": "", "grace": "", "flux": ", writtenBy: flux"} {
			if field == "writtenBy" {
				value, more = who, ""
			}
			want := "spec." + field + frozen
			if field == "writtenBy" {
				want = "spec.writtenBy: cannot change while it is approved: take spec.approval away first, in a change of its own"
			}
			t.Run(field+" by "+who, func(t *testing.T) {
				o.run(t, "Exemption", claimCase{refused: want, steps: []string{
					adaAsks, graceSigns, who + ": update Exemption shop/it {" + field + ": " + value + more + approved,
				}})
			})
		}
	}
}

// fieldsOf are the fields of the spec of a kind, as the CRD has them.
func fieldsOf(t *testing.T, plural string) []string {
	t.Helper()
	crd := &unstructured.Unstructured{}
	crd.SetAPIVersion("apiextensions.k8s.io/v1")
	crd.SetKind("CustomResourceDefinition")
	if err := k8s.Get(t.Context(), client.ObjectKey{Name: plural + ".catalog.callboard.dev"}, crd); err != nil {
		t.Fatal(err)
	}
	versions, _, err := unstructured.NestedSlice(crd.Object, "spec", "versions")
	if err != nil {
		t.Fatal(err)
	}
	props, _, err := unstructured.NestedMap(versions[0].(map[string]any), "schema", "openAPIV3Schema", "properties", "spec", "properties")
	if err != nil || len(props) == 0 {
		t.Fatalf("no fields of %s: %v", plural, err)
	}
	var out []string
	for name := range props {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func TestExemptionsFromGit(t *testing.T) {
	o := newOffice(t)
	const reviewed = "flux: create Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Merged}, writtenBy: flux}"
	sign := func(names string) string {
		return "spec.writtenBy: must be flux, for you write names that are not yours, " + names + ": add it, or write your own name"
	}
	for name, tc := range map[string]claimCase{
		"with both names":                 {steps: []string{reviewed}},
		"with both names, not signed":     {steps: []string{"flux: create Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Merged}}"}, refused: sign("requestedBy ada and approval.by grace")},
		"with one name, not signed":       {steps: []string{"flux: create Exemption shop/it {requestedBy: ada}"}, refused: sign("requestedBy ada")},
		"signed as another":               {steps: []string{"flux: create Exemption shop/it {requestedBy: ada, writtenBy: ada}"}, refused: sign("requestedBy ada")},
		"in its own name":                 {steps: []string{"flux: create Exemption shop/it {requestedBy: flux}"}},
		"the same person twice":           {steps: []string{"flux: create Exemption shop/it {requestedBy: ada, approval: {by: ada, reason: Merged}, writtenBy: flux}"}, refused: "approval.by must be somebody other than requestedBy"},
		"approved by Git itself":          {steps: []string{adaAsks, "flux: update Exemption shop/it {requestedBy: ada, approval: {by: flux, reason: Me}}"}, refused: "spec.approval: flux may not approve exemptions in namespace shop: leave that to somebody who has the verb approve there, such as by the ClusterRole callboard-exemption-approver"},
		"an approval later":               {steps: []string{"flux: create Exemption shop/it {requestedBy: ada, writtenBy: flux}", "flux: update Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Merged}, writtenBy: flux}"}},
		"an approval of what ada asked":   {steps: []string{adaAsks, "flux: update Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Merged}, writtenBy: flux}"}},
		"the same, not signed":            {steps: []string{adaAsks, "flux: update Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Merged}}"}, refused: sign("approval.by grace")},
		"a change with the approval":      {steps: []string{"flux: create Exemption shop/it {requestedBy: ada, writtenBy: flux}", "flux: update Exemption shop/it {requestedBy: ada, reason: Other, approval: {by: grace, reason: Merged}, writtenBy: flux}"}},
		"a change of what stays approved": {steps: []string{reviewed, "flux: update Exemption shop/it {requestedBy: ada, reason: Other, approval: {by: grace, reason: Merged}, writtenBy: flux}"}, refused: "spec.reason" + frozen},
		"another approval":                {steps: []string{reviewed, "flux: update Exemption shop/it {requestedBy: ada, approval: {by: eng, reason: Merged}, writtenBy: flux}"}},
		"another approval of hers":        {steps: []string{adaAsks, graceSigns, "flux: update Exemption shop/it {requestedBy: ada, approval: {by: eng, reason: Merged}, writtenBy: flux}"}},
		"withdrawn by whom it names":      {steps: []string{reviewed, "ada: update Exemption shop/it {requestedBy: ada, writtenBy: flux}"}},
		"its signature wiped out":         {steps: []string{reviewed, "grace: update Exemption shop/it {requestedBy: ada, approval: {by: grace, reason: Now really}}"}, refused: "spec.writtenBy: cannot change while it is approved: take spec.approval away first, in a change of its own"},
		"approved by hand":                {steps: []string{"flux: create Exemption shop/it {requestedBy: ada, writtenBy: flux}", "grace: update Exemption shop/it {requestedBy: ada, writtenBy: flux, approval: {by: grace, reason: Agreed}}"}},
	} {
		t.Run(name, func(t *testing.T) { o.run(t, "Exemption", tc) })
	}
}

func TestAttestationsAreTheirWriters(t *testing.T) {
	o := newOffice(t)
	const (
		adaSays  = "ada: create Attestation shop/it {reviewedBy: ada}"
		fluxSays = "flux: create Attestation shop/it {reviewedBy: ada, writtenBy: flux}"
		notAda   = "spec.reviewedBy: is ada, and you are mallory: write your own name, for you answer for what you write"
		sign     = "spec.writtenBy: must be flux, for you write a name that is not yours, reviewedBy ada: add it, or write your own name"
	)
	for name, tc := range map[string]claimCase{
		"in one's own name":          {steps: []string{adaSays}},
		"in another's name":          {steps: []string{"mallory: create Attestation shop/it {reviewedBy: ada}"}, refused: notAda},
		"in another's, signed":       {steps: []string{"mallory: create Attestation shop/it {reviewedBy: ada, writtenBy: mallory}"}, refused: notAda},
		"in another's, as Git":       {steps: []string{"mallory: create Attestation shop/it {reviewedBy: ada, writtenBy: flux}"}, refused: notAda},
		"by server-side apply":       {steps: []string{"mallory: apply Attestation shop/it {reviewedBy: ada}"}, refused: notAda},
		"by who may approve":         {steps: []string{"grace: create Attestation shop/it {reviewedBy: ada}"}, refused: "spec.reviewedBy: is ada, and you are grace: write your own name, for you answer for what you write"},
		"changed by another":         {steps: []string{adaSays, "mallory: update Attestation shop/it {reviewedBy: ada, answer: 'No'}"}, refused: notAda},
		"prolonged by another":       {steps: []string{adaSays, "mallory: update Attestation shop/it {reviewedBy: ada, validUntil: '2199-01-01T00:00:00Z'}"}, refused: notAda},
		"taken over by another":      {steps: []string{adaSays, "mallory: update Attestation shop/it {reviewedBy: mallory, answer: 'No'}"}},
		"changed by the same":        {steps: []string{adaSays, "ada: update Attestation shop/it {reviewedBy: ada, answer: 'No'}"}},
		"annotated by another":       {steps: []string{adaSays, "mallory: annotate Attestation shop/it @{seen: 'yes'}"}},
		"from Git":                   {steps: []string{fluxSays}},
		"from Git, not signed":       {steps: []string{"flux: create Attestation shop/it {reviewedBy: ada}"}, refused: sign},
		"from Git, signed as ada":    {steps: []string{"flux: create Attestation shop/it {reviewedBy: ada, writtenBy: ada}"}, refused: sign},
		"from Git, changed":          {steps: []string{fluxSays, "flux: update Attestation shop/it {reviewedBy: ada, writtenBy: flux, answer: 'No'}"}},
		"from Git, signature gone":   {steps: []string{fluxSays, "flux: update Attestation shop/it {reviewedBy: ada}"}, refused: sign},
		"from Git, then by hand":     {steps: []string{fluxSays, "ada: update Attestation shop/it {reviewedBy: ada, answer: 'No'}"}},
		"by hand, as if from Git":    {steps: []string{fluxSays, "ada: update Attestation shop/it {reviewedBy: ada, writtenBy: flux, answer: 'No'}"}, refused: "spec.writtenBy: is flux, and you are ada: write your own name, or leave it out"},
		"for a time that is over":    {steps: []string{"ada: create Attestation shop/it {reviewedBy: ada, validUntil: '2020-01-01T00:00:00Z'}"}, refused: "spec.validUntil: 2020-01-01T00:00:00Z is over: write a later time"},
		"ended early by who said it": {steps: []string{adaSays, "ada: update Attestation shop/it {reviewedBy: ada, validUntil: '2020-01-01T00:00:00Z'}"}},
	} {
		t.Run(name, func(t *testing.T) { o.run(t, "Attestation", tc) })
	}
}

// TestAFinalizerOpensNoExemption holds that an object on its way out is judged like any other: it still counts while a
// finalizer keeps it.
func TestAFinalizerOpensNoExemption(t *testing.T) {
	o := newOffice(t)
	u := o.object("Exemption shop/it {requestedBy: mallory}")
	u.SetFinalizers([]string{"example.com/keep"})
	mallory := o.people["mallory"]
	if err := mallory.Create(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if err := mallory.Delete(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	forged := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"approval":{"by":"grace","reason":"Forged"}}}`))
	if err := mallory.Patch(t.Context(), u, forged); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "spec.approval.by: is grace") {
		t.Errorf("an approval of what is being deleted: %v, want it refused", err)
	}
	if err := mallory.Patch(t.Context(), u, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))); err != nil {
		t.Errorf("taking the finalizer away: %v", err)
	}
	if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(u), u); !apierrors.IsNotFound(err) {
		t.Errorf("it is still there: %v", err)
	}
}
