package dashboard

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// use is one entity that consumes an API, or one API that is consumed, with the verdict on that.
type use struct {
	item
	// Path is the field of the consumer that says so.
	Path string `json:"path,omitempty"`
	// Decision is Allowed, Denied or Undecided; empty if the reader may not know.
	Decision string `json:"decision,omitempty"`
	Why      string `json:"why,omitempty"`
	// Ask is who can grant what is not granted.
	Ask     *link  `json:"ask,omitempty"`
	Kubectl string `json:"kubectl,omitempty"`
	Badge   Badge  `json:"-"`
}

// uses are the verdicts on several.
type uses struct {
	Uses    []use `json:"items"`
	More    int   `json:"more,omitempty"`
	Unnamed int   `json:"unnamed,omitempty"`
}

// consumedBy are the APIs that an entity says it consumes, with the verdicts.
func (l *sight) consumedBy(e catalog.Entity) uses {
	consumer := relation.RefOf(e)
	all := l.catalog.Graph().Consumptions(consumer)
	out := uses{Uses: []use{}, More: max(0, len(all)-maxItems)}
	for _, c := range all[:min(len(all), maxItems)] {
		u := l.judged(l.item(c.API), consumer, c.API)
		u.Path = c.Path
		if u.Decision == "" {
			l.tellDenied(&u, e.EntityStatus(), consumer, c.API)
		}
		out.Uses = append(out.Uses, u)
	}
	return out
}

// tellDenied tells of an API that the reader may not get what the consumer's own status tells of it.
func (l *sight) tellDenied(u *use, st *catalog.EntityStatus, consumer, api relation.Ref) {
	c := meta.FindStatusCondition(st.Conditions, catalog.ConditionAccessGranted)
	if c == nil {
		return
	}
	if v := l.catalog.Verdict(consumer, api); v.Decision != visibility.Allowed && strings.Contains(c.Message, v.Why) {
		l.tell(u, v)
	}
}

// consumersOf are those that consume an API, with the verdicts.
func (l *sight) consumersOf(a *catalog.API) uses {
	api, found := relation.RefOf(a), l.related(a, apiConsumedBy)
	out := uses{Uses: []use{}, More: found.More, Unnamed: found.Unnamed}
	for _, i := range found.Items {
		out.Uses = append(out.Uses, l.judged(i, parseFull(catalog.FullRef(i.Ref)), api))
	}
	return out
}

// judged adds the verdict on a consumption, if the reader may get both.
func (l *sight) judged(i item, consumer, api relation.Ref) use {
	out := use{item: i}
	if l.sees(consumer) && l.sees(api) {
		l.tell(&out, l.catalog.Verdict(consumer, api))
	}
	return out
}

func (l *sight) tell(u *use, v visibility.Verdict) {
	u.Decision, u.Badge, u.Why = v.Decision.String(), decisionBadge(v.Decision), l.why(v)
	if v.Decision == visibility.Allowed {
		return
	}
	u.Ask = l.stated(v.Owner.FullRef())
	u.Kubectl = kubectl("callboard", "can-use", pluginRef(v.Consumer), pluginRef(v.API))
}

// why says what decided. What lies between a consumer and an entry that covers it, such as the Groups above its owner,
// is told only to those who may get that.
func (l *sight) why(v visibility.Verdict) string {
	told := true
	switch v.Rule {
	case visibility.RuleGroup:
		told = l.sees(v.By)
	case visibility.RuleDomain:
		row, _ := l.row(v.Consumer)
		told = l.sees(v.By) && l.sees(parseFull(row.System))
	}
	if !told {
		return v.API.String() + " is " + string(v.Visibility) + ", and its allowedConsumers cover " + v.Consumer.String()
	}
	return v.Why
}

func decisionBadge(d visibility.Decision) Badge {
	switch d {
	case visibility.Allowed:
		return Badge{Text: "Granted", Tone: "good"}
	case visibility.Denied:
		return Badge{Text: "Denied", Tone: "bad"}
	}
	return Badge{Text: "Undecided", Tone: "warn"}
}
