package scores

import (
	"math"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// claims are the Exemptions and Attestations of an entity, by name.
type claims struct {
	exemptions   map[string]*catalog.Exemption
	attestations map[string]*catalog.Attestation
}

// SetExemption enters an Exemption, and answers whom it is about.
func (b *Board) SetExemption(x *catalog.Exemption) relation.Ref {
	ref := scorecard.ClaimedEntity(x.Namespace, x.Spec.Entity)
	b.change(ref, func(c *claims) { c.exemptions[x.Name] = x })
	return ref
}

// DeleteExemption takes an Exemption out, and answers whom it was about.
func (b *Board) DeleteExemption(x *catalog.Exemption) relation.Ref {
	ref := scorecard.ClaimedEntity(x.Namespace, x.Spec.Entity)
	b.change(ref, func(c *claims) { delete(c.exemptions, x.Name) })
	return ref
}

// SetAttestation enters an Attestation, and answers whom it is about.
func (b *Board) SetAttestation(a *catalog.Attestation) relation.Ref {
	ref := scorecard.ClaimedEntity(a.Namespace, a.Spec.Entity)
	b.change(ref, func(c *claims) { c.attestations[a.Name] = a })
	return ref
}

// DeleteAttestation takes an Attestation out, and answers whom it was about.
func (b *Board) DeleteAttestation(a *catalog.Attestation) relation.Ref {
	ref := scorecard.ClaimedEntity(a.Namespace, a.Spec.Entity)
	b.change(ref, func(c *claims) { delete(c.attestations, a.Name) })
	return ref
}

func (b *Board) change(ref relation.Ref, do func(*claims)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.claims[ref]
	if c == nil {
		c = &claims{exemptions: map[string]*catalog.Exemption{}, attestations: map[string]*catalog.Attestation{}}
		b.claims[ref] = c
	}
	if do(c); len(c.exemptions)+len(c.attestations) == 0 {
		delete(b.claims, ref)
	}
}

// Ends is the first moment at which an Exemption does not count: the one that it says, or as long after its creation as
// its Scorecard lets it.
func Ends(x *catalog.Exemption, c *Card) time.Time {
	if c == nil {
		return x.Spec.ExpiresAt.Time
	}
	return scorecard.ExemptionEnds(x, c.MaxExemption)
}

// claimsOf are the approved Exemptions and the Attestations of an entity, by name.
func (b *Board) claimsOf(ref relation.Ref) ([]scorecard.Exemption, []scorecard.Attestation) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.claims[ref]
	if c == nil {
		return nil, nil
	}
	var exemptions []scorecard.Exemption
	for _, x := range c.exemptions {
		most := time.Duration(math.MaxInt64) // a Scorecard that is not there judges nobody
		if card := b.cards[x.Spec.Scorecard]; card != nil {
			most = card.MaxExemption
		}
		if e, approved := scorecard.ExemptionOf(x, most); approved {
			exemptions = append(exemptions, e)
		}
	}
	slices.SortFunc(exemptions, func(a, b scorecard.Exemption) int { return strings.Compare(a.Name, b.Name) })
	var attestations []scorecard.Attestation
	for _, a := range c.attestations {
		attestations = append(attestations, scorecard.AttestationOf(a))
	}
	slices.SortFunc(attestations, func(a, b scorecard.Attestation) int { return strings.Compare(a.Name, b.Name) })
	return exemptions, attestations
}

// Claims are the Exemptions and Attestations of an entity.
func (b *Board) Claims(ref relation.Ref) []client.Object {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c := b.claims[ref]
	if c == nil {
		return nil
	}
	var out []client.Object
	for _, x := range c.exemptions {
		out = append(out, x)
	}
	for _, a := range c.attestations {
		out = append(out, a)
	}
	return out
}

// ExemptionsFrom are the Exemptions from checks of a Scorecard.
func (b *Board) ExemptionsFrom(name string) []client.Object {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []client.Object
	for _, c := range b.claims {
		for _, x := range c.exemptions {
			if x.Spec.Scorecard == name {
				out = append(out, x)
			}
		}
	}
	return out
}
