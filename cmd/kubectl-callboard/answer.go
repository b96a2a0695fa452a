package main

import (
	"cmp"
	"fmt"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// The field names of what follows are stable: docs/plugin.md explains them to who reads them with a program.

// party is an entity, and where it belongs.
type party struct {
	Ref string `json:"ref"`
	// Owner is the effective owner, its own or inherited.
	Owner string `json:"owner,omitempty"`
	// OwnerState is Granted; Claimed, if the owner does not admit it, so that it opens nothing; or NotFound.
	OwnerState string `json:"ownerState,omitempty"`
	// System is the one that it belongs to, by permitted membership.
	System string `json:"system,omitempty"`
	// DeclaredSystem is one that it names, and that is missing or does not admit it.
	DeclaredSystem string `json:"declaredSystem,omitempty"`
}

var ownerStates = map[relation.State]string{
	relation.Granted: "Granted", relation.Claimed: "Claimed", relation.NotFound: "NotFound",
}

func (b *board) party(ref relation.Ref) party {
	p := party{Ref: ref.String()}
	v, _ := b.graph.View(ref)
	p.Owner, p.OwnerState, p.System = v.Owner.Ref.String(), ownerStates[v.Owner.State], v.System.String()
	for _, problem := range v.Problems {
		if problem.Field == relation.FieldSystem && !problem.Target.IsZero() {
			p.DeclaredSystem = problem.Target.String()
		}
	}
	return p
}

// owner is the owner as the text shows it, empty if there is none.
func (p party) owner() string {
	switch p.OwnerState {
	case ownerStates[relation.Claimed]:
		return p.Owner + " (claimed)"
	case ownerStates[relation.NotFound]:
		return p.Owner + " (not found)"
	}
	return p.Owner
}

// system is the System as the text shows it, empty if there is none.
func (p party) system() string {
	if p.DeclaredSystem != "" {
		return p.DeclaredSystem + " (not a member)"
	}
	return p.System
}

// text says in a line who it is.
func (p party) text() string {
	return fmt.Sprintf("%s, owned by %s, part of %s",
		p.Ref, cmp.Or(p.owner(), "nobody"), cmp.Or(p.system(), "no System"))
}

// subject is the API that is asked about.
type subject struct {
	party
	// Visibility is absent if the API does not exist.
	Visibility catalog.Visibility `json:"visibility,omitempty"`
	// Mode is what the API's namespace says that admission does about a consumption that is not granted: enforce, warn
	// or audit; absent if it says nothing, so that the operator's default holds, or if its labels are unknown.
	Mode visibility.Mode `json:"mode,omitempty"`

	unlabelled bool // the labels of namespaces are unknown
}

func (b *board) subject(a relation.Access) subject {
	return subject{
		party: b.party(a.API), Visibility: a.Visibility, Mode: visibility.ModeOf(b.graph.Labels(a.API.Namespace)), unlabelled: b.unlabelled,
	}
}

// mode is the mode as the text shows it.
func (s subject) mode() string {
	switch {
	case s.unlabelled:
		return "unknown"
	case s.Mode == "":
		return "the operator's default"
	}
	return string(s.Mode)
}

// judgement is a verdict on a consumer.
type judgement struct {
	Consumer party           `json:"consumer"`
	Verdict  string          `json:"verdict"` // Allowed, Denied or Undecided
	Rule     visibility.Rule `json:"rule"`    // what decided
	// By is the entry of allowedConsumers, or the System, that decided, or that may yet; absent if none did.
	By string `json:"by,omitempty"`
	// Why says in a sentence what decided and, unless it is allowed, what would have to change and whom to ask.
	Why string `json:"why"`
	// Field is where the consumer declares that it uses the API, if it does.
	Field string `json:"field,omitempty"`
}

func (b *board) judgement(a relation.Access) judgement {
	v := visibility.Of(a)
	j := judgement{
		Consumer: b.party(a.Consumer), Verdict: v.Decision.String(),
		Rule: v.Rule, By: v.By.String(), Why: v.Why,
	}
	for _, c := range b.graph.Consumptions(a.Consumer) {
		if c.API == a.API {
			j.Field = c.Path
		}
	}
	return j
}

// entry is an entry of allowedConsumers.
type entry struct {
	Ref    string `json:"ref"`
	Exists bool   `json:"exists"`
}

func (b *board) entriesOf(listed []relation.Ref) []entry {
	out := make([]entry, len(listed))
	for i, l := range listed {
		out[i] = entry{Ref: l.String(), Exists: b.graph.Exists(l)}
	}
	return out
}

// text is the entry as the text shows it.
func (e entry) text() string {
	if e.Exists {
		return e.Ref
	}
	return e.Ref + " (not found)"
}

// tally counts verdicts.
type tally struct {
	Total     int `json:"total"`
	Allowed   int `json:"allowed"`
	Denied    int `json:"denied"`
	Undecided int `json:"undecided"`
}

func (t *tally) add(d visibility.Decision) {
	t.Total++
	switch d {
	case visibility.Allowed:
		t.Allowed++
	case visibility.Denied:
		t.Denied++
	case visibility.Undecided:
		t.Undecided++
	}
}

func (t tally) text() string {
	return fmt.Sprintf("%d, of which %d Allowed, %d Denied, %d Undecided", t.Total, t.Allowed, t.Denied, t.Undecided)
}
