package status

import (
	"fmt"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// summary holds what the columns of the entity's kind show.
func summary(o Observation) catalog.Summary {
	v := o.Relations
	var s catalog.Summary
	switch v.Ref.Kind {
	case relation.Component, relation.Resource:
		w := o.Workloads
		if w.Link.Needed {
			s.Health = w.Health.Catalog()
		}
		if w.Pods {
			s.Pods = fmt.Sprintf("%d/%d", w.Ready, w.Desired)
		}
		if n := int32(len(w.Workloads)); n > maxWorkloads {
			s.Workloads = &n
		}
	case relation.API:
		s.Providers, s.Denied = count(v, "apiProvidedBy"), number(o.Denied)
		s.Consumers = number(int(*count(v, "apiConsumedBy")) - o.Denied - o.Undecided)
	case relation.System, relation.Domain:
		s.Components, s.ExposedAPIs = &v.Tally.Components, &v.Tally.Exposed
		if v.Ref.Kind == relation.Domain {
			s.Systems = &v.Tally.Systems
		}
	case relation.Group:
		s.Owns = number(v.Owns)
		if v.HadMembers {
			s.Members = &v.Tally.Members
		}
	case relation.User:
		s.Owns, s.Groups = number(v.Owns), count(v, "memberOf")
	}
	s.Average = o.Average
	if worst := v.Tally.Worst(); worst != relation.HealthNone {
		s.Health = worst.Catalog()
	}
	return s
}

// rollup sums up what belongs to a grouping; it is empty on other kinds.
func rollup(o Observation) catalog.Rollup {
	v := o.Relations
	t := v.Tally
	r := catalog.Rollup{Components: &t.Components, APIs: &t.APIs, Resources: &t.Resources}
	switch v.Ref.Kind {
	case relation.System:
	case relation.Domain, relation.Group:
		r.Systems = &t.Systems
	default:
		return catalog.Rollup{}
	}
	r.Health = catalog.HealthCounts{
		Healthy: t.Health[relation.Healthy], Suspended: t.Health[relation.Suspended],
		Progressing: t.Health[relation.Progressing], Degraded: t.Health[relation.Degraded],
	}
	r.Scores = o.ScoreRollups
	return r
}

// count is the number of entities at the other end of a relation.
func count(v relation.View, t catalog.RelationType) *int32 {
	for _, r := range v.Relations {
		if r.Type == t {
			return number(r.Count)
		}
	}
	return number(0)
}

func number(n int) *int32 {
	out := int32(n)
	return &out
}
