// Package visibility says who may use which API. It is the one place for that rule: the webhook refuses with it, the
// controller reports with it, the dashboard and the plugin explain with it.
package visibility

import (
	"fmt"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Decision is whether a consumer may use an API.
type Decision uint8

// The decisions.
const (
	// Undecided: no, as things stand, but an object that may still arrive could allow it.
	Undecided Decision = iota
	// Allowed: the API grants it.
	Allowed
	// Denied: the API does not grant it.
	Denied
)

var decisionNames = [...]string{Undecided: "Undecided", Allowed: "Allowed", Denied: "Denied"}

// String is the decision's name.
func (d Decision) String() string { return decisionNames[d] }

// Rule is what decided.
type Rule string

// The rules.
const (
	RulePublic     Rule = "Public"        // anybody may use a Public API
	RuleSameSystem Rule = "SameSystem"    // both belong to one System
	RuleProvider   Rule = "Provider"      // the API has no System, and the consumer provides it
	RuleComponent  Rule = "AllowedEntity" // allowedConsumers names the consumer
	RuleSystem     Rule = "AllowedSystem" // allowedConsumers names the consumer's System
	RuleDomain     Rule = "AllowedDomain" // allowedConsumers names a Domain of the consumer's System
	RuleGroup      Rule = "AllowedGroup"  // allowedConsumers names a Group that owns the consumer, or one above it
	RuleNoAPI      Rule = "NoSuchAPI"     // the API does not exist
	RulePending    Rule = "Pending"       // something that could allow it has not arrived
	RulePrivate    Rule = "Private"       // the API is for its own System
	RuleNotListed  Rule = "NotListed"     // the API is for its own System and its list
)

// Verdict is a decision with its reasons.
type Verdict struct {
	Decision Decision
	Rule     Rule
	// By is the entry of allowedConsumers, or the System, that decided; zero where none did.
	By relation.Ref
	// Why says in one sentence what decided and, unless the API allows it, what would have to change and whom to ask.
	Why string

	Consumer relation.Ref
	API      relation.Ref
	// Path is the field of the consumer that says so, if it does.
	Path string
	// Visibility and Owner are the API's; zero if it does not exist.
	Visibility catalog.Visibility
	Owner      relation.Ref
	// Mode says what admission makes of it, empty where the API's namespace leaves that to the operator.
	Mode Mode
}

// ModeOr is the verdict's mode; absent is that of a namespace that names none.
func (v Verdict) ModeOr(absent Mode) Mode {
	if v.Mode == "" {
		return absent
	}
	return v.Mode
}

// Mode says what admission does about a consumption that an API does not grant, as Pod Security admission has it.
type Mode string

// The modes.
const (
	Enforce Mode = "enforce" // it is refused
	Warn    Mode = "warn"    // it is let in with a warning
	Audit   Mode = "audit"   // it is let in, and noted
)

// ParseMode reads a mode.
func ParseMode(text string) (Mode, error) {
	switch m := Mode(text); m {
	case Enforce, Warn, Audit:
		return m, nil
	}
	return "", fmt.Errorf("%q is no mode: use enforce, warn or audit", text)
}

// ModeOf reads the mode off the labels of an API's namespace, empty if they name none. A value that is no mode is taken
// for enforce: a slip of the pen opens nothing.
func ModeOf(labels map[string]string) Mode {
	switch v, ok := labels[catalog.LabelVisibility]; {
	case !ok:
		return ""
	case v == string(Warn), v == string(Audit):
		return Mode(v)
	}
	return Enforce
}

// Judge says whether an entity may use an API.
func Judge(g Catalog, consumer, api relation.Ref) Verdict {
	return Of(g.Access(consumer, api))
}

// Of says whether an entity may use an API, by all that decides it.
func Of(a relation.Access) Verdict {
	v := Verdict{Consumer: a.Consumer, API: a.API, Visibility: a.Visibility, Owner: a.Owner, Mode: ModeOf(a.Labels)}
	v.Decision, v.Rule, v.By = decide(a)
	v.Why = v.why(a)
	return v
}

func decide(a relation.Access) (Decision, Rule, relation.Ref) {
	switch {
	case !a.Known:
		return Undecided, RuleNoAPI, relation.Ref{}
	case a.Visibility == catalog.VisibilityPublic:
		return Allowed, RulePublic, relation.Ref{}
	case !a.APISystem.IsZero() && a.APISystem == a.ConsumerSystem:
		return Allowed, RuleSameSystem, a.APISystem
	}
	if a.Visibility == catalog.VisibilityPrivate {
		switch {
		case a.APISystem.IsZero() && a.APIWaits.IsZero() && a.Provides:
			return Allowed, RuleProvider, relation.Ref{}
		case sameSystemMayCome(a):
			return Undecided, RulePending, orElse(a.APISystem, a.APIWaits)
		}
		return Denied, RulePrivate, relation.Ref{}
	}
	switch {
	case !a.Covers.IsZero():
		return Allowed, listed[a.Covers.Kind], a.Covers
	case sameSystemMayCome(a):
		return Undecided, RulePending, orElse(a.APISystem, a.APIWaits)
	case !a.MayCover.IsZero():
		return Undecided, RulePending, a.MayCover
	}
	return Denied, RuleNotListed, relation.Ref{}
}

// listed is the rule by which an entry of allowedConsumers of a kind covers a consumer.
var listed = map[relation.Kind]Rule{
	relation.Component: RuleComponent, relation.System: RuleSystem, relation.Domain: RuleDomain, relation.Group: RuleGroup,
}

// sameSystemMayCome says whether both may yet belong to one System.
func sameSystemMayCome(a relation.Access) bool {
	consumer, api := orElse(a.ConsumerSystem, a.ConsumerWaits), orElse(a.APISystem, a.APIWaits)
	return !consumer.IsZero() && consumer == api
}

func orElse(r, other relation.Ref) relation.Ref {
	if r.IsZero() {
		return other
	}
	return r
}

// why says what decided and what to do.
func (v Verdict) why(a relation.Access) string {
	api, is := v.API.String(), " is "+string(v.Visibility)
	switch v.Rule {
	case RuleNoAPI:
		return api + " does not exist: nothing can be said until it does"
	case RulePublic:
		return api + is
	case RuleSameSystem:
		return api + is + ", and both belong to " + v.By.String()
	case RuleProvider:
		return api + is + " and has no System, and " + v.Consumer.String() + " provides it"
	case RuleComponent, RuleSystem, RuleDomain, RuleGroup:
		return api + is + ", and its allowedConsumers name " + v.By.String()
	case RulePending:
		return api + is + ", and does not grant " + v.Consumer.String() + " as things stand: it may through " + v.By.String() +
			", where something is missing or has not given its consent"
	case RulePrivate:
		return api + is + ": only " + insiders(a) + " may use it; " + v.ask("move both into one System, or make the API Restricted")
	}
	what := v.Consumer.String()
	if v.Consumer.Kind == relation.Resource { // no entry can name one
		what = "the System, Domain or Group of " + what
	}
	return api + is + ": " + v.Consumer.String() + " is neither in " + systemName(a) + " nor covered by its allowedConsumers; " +
		v.ask("add "+what+" to spec.allowedConsumers")
}

func insiders(a relation.Access) string {
	if s := orElse(a.APISystem, a.APIWaits); !s.IsZero() {
		return "members of " + s.String()
	}
	return "its providers"
}

func systemName(a relation.Access) string {
	if s := orElse(a.APISystem, a.APIWaits); !s.IsZero() {
		return s.String()
	}
	return "a System of its own"
}

// ask says whom to ask for what.
func (v Verdict) ask(what string) string {
	if v.Owner.IsZero() {
		return "it has no owner to ask: " + what
	}
	return "ask " + v.Owner.String() + " to " + what
}
