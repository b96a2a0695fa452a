package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The resources that are no entities, and that Scorecards judge by.
var (
	scorecardsResource   = catalog.GroupVersion.WithResource("scorecards")
	exemptionsResource   = catalog.GroupVersion.WithResource("exemptions")
	attestationsResource = catalog.GroupVersion.WithResource("attestations")
	configMapsResource   = corev1.SchemeGroupVersion.WithResource("configmaps")
)

// unread is what may not be read, and what that means for the answer.
type unread struct {
	Resource string `json:"resource"`
	Means    string `json:"means"`
}

// unreadTexts say what may not be read: in one sentence, where it means the same.
func unreadTexts(all []unread) []string {
	var means []string
	resources := map[string][]string{}
	for _, u := range all {
		if len(resources[u.Means]) == 0 {
			means = append(means, u.Means)
		}
		resources[u.Means] = append(resources[u.Means], u.Resource)
	}
	out := make([]string, len(means))
	for i, m := range means {
		out[i] = fmt.Sprintf("%s: not readable (you need the verb list, in all namespaces): %s", enumerate(resources[m]), m)
	}
	return out
}

// claims are what people say about entities: the Exemptions and Attestations, by name, and texts of definitions.
type claims struct {
	exemptions   map[relation.Ref][]*catalog.Exemption
	attestations map[relation.Ref][]*catalog.Attestation
	configMaps   map[string]*corev1.ConfigMap // by namespace/name
	most         map[string]time.Duration     // how long Exemptions can last, by Scorecard
	facts        map[relation.Ref]*scorecard.Definition
}

// typed reads all objects of a resource.
func typed[T any](ctx context.Context, l lister, resource schema.GroupVersionResource, selector string) ([]*T, error) {
	var out []*T
	var wrong error
	err := l.Objects(ctx, resource, selector, func(plain map[string]any) {
		o := new(T)
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(plain, o); err != nil {
			wrong = err
			return
		}
		out = append(out, o)
	})
	if err == nil {
		err = wrong
	}
	return out, err
}

// readClaims reads the Exemptions, and what else the Scorecards ask for.
func (s *scene) readClaims(ctx context.Context, l lister, cards []card, reads scorecard.Variables) error {
	s.claims = claims{
		exemptions: map[relation.Ref][]*catalog.Exemption{}, attestations: map[relation.Ref][]*catalog.Attestation{},
		configMaps: map[string]*corev1.ConfigMap{}, most: map[string]time.Duration{}, facts: map[relation.Ref]*scorecard.Definition{},
	}
	for _, c := range cards {
		s.most[c.Name] = scorecard.MaxExemption(c.Scorecard)
	}
	exemptions, err := typed[catalog.Exemption](ctx, l, exemptionsResource, "")
	if err := s.unless(err, exemptionsResource, "whoever is exempt counts as if nobody had exempted them"); err != nil {
		return err
	}
	slices.SortFunc(exemptions, func(a, b *catalog.Exemption) int { return strings.Compare(a.Name, b.Name) })
	for _, x := range exemptions {
		ref := scorecard.ClaimedEntity(x.Namespace, x.Spec.Entity)
		s.exemptions[ref] = append(s.exemptions[ref], x)
	}
	if reads.Has(scorecard.VarAttestations) {
		if err := s.readAttestations(ctx, l); err != nil {
			return err
		}
	}
	if reads.Has(scorecard.VarDefinition) {
		return s.readDefinitions(ctx, l)
	}
	return nil
}

func (s *scene) readAttestations(ctx context.Context, l lister) error {
	all, err := typed[catalog.Attestation](ctx, l, attestationsResource, "")
	if err := s.unless(err, attestationsResource, "a check that reads attestations cannot be judged"); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b *catalog.Attestation) int { return strings.Compare(a.Name, b.Name) })
	for _, a := range all {
		ref := scorecard.ClaimedEntity(a.Namespace, a.Spec.Entity)
		s.attestations[ref] = append(s.attestations[ref], a)
	}
	return nil
}

// readDefinitions reads the ConfigMaps that hold definitions, if an API names one.
func (s *scene) readDefinitions(ctx context.Context, l lister) error {
	needed := false
	for _, e := range s.entities {
		a, ok := e.(*catalog.API)
		needed = needed || ok && a.Spec.DefinitionFrom != (catalog.DefinitionSource{})
	}
	if !needed {
		return nil
	}
	all, err := typed[corev1.ConfigMap](ctx, l, configMapsResource, catalog.LabelDefinition+"=true")
	if err := s.unless(err, configMapsResource, "a check that reads the definition of an API with definitionFrom cannot be judged"); err != nil {
		return err
	}
	for _, cm := range all {
		s.configMaps[cm.Namespace+"/"+cm.Name] = cm
	}
	return nil
}

// unless notes that a resource may not be read; another error is returned. What the cluster does not know, nobody wrote.
func (s *scene) unless(err error, resource schema.GroupVersionResource, means string) error {
	name := resource.GroupResource().String()
	switch {
	case err == nil || apierrors.IsNotFound(err):
		return nil
	case apierrors.IsForbidden(err):
		s.unread = append(s.unread, unread{name, means})
		return nil
	}
	return fmt.Errorf("list %s: %w", name, err)
}

// claim adds to the input of an entity what people say about it.
func (s *scene) claim(in *scorecard.Input) {
	in.Now = s.now
	for _, x := range s.exemptions[in.Ref] {
		most, known := s.most[x.Spec.Scorecard]
		if e, approved := scorecard.ExemptionOf(x, most); approved && known {
			in.Exemptions = append(in.Exemptions, e)
		}
	}
	for _, a := range s.attestations[in.Ref] {
		in.Attestations = append(in.Attestations, scorecard.AttestationOf(a))
	}
	if a, ok := s.entities[in.Ref].(*catalog.API); ok {
		in.Definition = s.definition(in.Ref, a)
	}
}

// definition is what the definition of an API says, nil if there is none or it cannot be read.
func (s *scene) definition(ref relation.Ref, a *catalog.API) *scorecard.Definition {
	if !s.reads.Has(scorecard.VarDefinition) {
		return nil
	}
	if known, ok := s.facts[ref]; ok {
		return known
	}
	text := a.Spec.Definition
	if from := a.Spec.DefinitionFrom.ConfigMap; from.Name != "" {
		if cm := s.configMaps[a.Namespace+"/"+from.Name]; cm != nil {
			text = cm.Data[from.Key]
		}
	}
	s.facts[ref] = nil
	if text != "" {
		if f, err := definition.FactsOf(string(a.Spec.Type), text); err == nil {
			s.facts[ref] = &f
		}
	}
	return s.facts[ref]
}

// exemptionResult is an Exemption that counts, and who approved it.
type exemptionResult struct {
	Name            string           `json:"name"`
	Namespace       string           `json:"namespace"`
	ResourceVersion string           `json:"resourceVersion,omitempty"`
	Reason          string           `json:"reason"`
	Ticket          catalog.WebURL   `json:"ticket,omitempty"`
	RequestedBy     catalog.UserName `json:"requestedBy"`
	ApprovedBy      catalog.UserName `json:"approvedBy"`
	ApprovalReason  string           `json:"approvalReason"`
	// WrittenBy wrote names that are not its own: the review is then the one of Git.
	WrittenBy catalog.UserName `json:"writtenBy,omitempty"`
	Ends      string           `json:"ends"`
}

// exemption finds an Exemption of an entity, nil if there is none.
func (s *scene) exemption(ref relation.Ref, name string) *exemptionResult {
	for _, x := range s.exemptions[ref] {
		if name == "" || x.Name != name {
			continue
		}
		return &exemptionResult{
			Name: x.Name, Namespace: x.Namespace, ResourceVersion: x.ResourceVersion, Reason: x.Spec.Reason, Ticket: x.Spec.Ticket,
			RequestedBy: x.Spec.RequestedBy, ApprovedBy: x.Spec.Approval.By, ApprovalReason: x.Spec.Approval.Reason,
			WrittenBy: x.Spec.WrittenBy, Ends: moment(scorecard.ExemptionEnds(x, s.most[x.Spec.Scorecard])),
		}
	}
	return nil
}

// why says in a line why there is an exemption, and until when.
func (x *exemptionResult) why() string {
	text := fmt.Sprintf("%s: %s", x.Name, x.Reason)
	if x.Ticket != "" {
		text += fmt.Sprintf(" (%s)", x.Ticket)
	}
	return text + ", ends " + x.Ends
}

// approver says who approved an exemption, and who wrote that.
func (x *exemptionResult) approver() string {
	if x.WrittenBy != "" {
		return fmt.Sprintf("%s (written by %s)", x.ApprovedBy, x.WrittenBy)
	}
	return string(x.ApprovedBy)
}

// attestationResult is an Attestation that counts, and who answers for it.
type attestationResult struct {
	Name            string            `json:"name"`
	Namespace       string            `json:"namespace"`
	ResourceVersion string            `json:"resourceVersion,omitempty"`
	Question        catalog.CheckName `json:"question"`
	Answer          catalog.Answer    `json:"answer"`
	Comment         string            `json:"comment,omitempty"`
	Evidence        catalog.WebURL    `json:"evidence,omitempty"`
	ReviewedBy      catalog.UserName  `json:"reviewedBy"`
	WrittenBy       catalog.UserName  `json:"writtenBy,omitempty"`
	ValidUntil      string            `json:"validUntil"`
}

// attested are the Attestations of an entity that a check may read and that still count.
func (s *scene) attested(ref relation.Ref, c card, check catalog.CheckName) []attestationResult {
	names, all := c.compiled.Questions(ref.Kind, check)
	var out []attestationResult
	for _, a := range s.attestations[ref] {
		if !s.now.Before(a.Spec.ValidUntil.Time) || !all && !slices.Contains(names, string(a.Spec.Question)) {
			continue
		}
		out = append(out, attestationResult{
			Name: a.Name, Namespace: a.Namespace, ResourceVersion: a.ResourceVersion, Question: a.Spec.Question,
			Answer: a.Spec.Answer, Comment: a.Spec.Comment, Evidence: a.Spec.Evidence, ReviewedBy: a.Spec.ReviewedBy,
			WrittenBy: a.Spec.WrittenBy, ValidUntil: moment(a.Spec.ValidUntil.Time),
		})
	}
	return out
}

// text says in a line what is attested, by whom, and until when.
func (a *attestationResult) text() string {
	text := fmt.Sprintf("%s: %s by %s", a.Question, a.Answer, a.ReviewedBy)
	if a.WrittenBy != "" {
		text += fmt.Sprintf(" (written by %s)", a.WrittenBy)
	}
	if a.Evidence != "" {
		text += fmt.Sprintf(" (%s)", a.Evidence)
	}
	return text + ", valid until " + a.ValidUntil
}

// moment is a time as it is told.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }
