package workload

import (
	"cmp"
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// View is what runs an entity.
type View struct {
	Link      Link
	Permitted bool // false: the link names a namespace that does not let it
	Workloads []Status
	Conflicts []Conflict
	Health    relation.Health // the worst of the workloads
	// Ready and Desired count the pods of workloads that keep pods running; Pods says that there are such workloads.
	Ready, Desired int32
	Pods           bool
}

// Status is how one workload does.
type Status struct {
	Key            Key
	Ready, Desired int32 // negative: not counted
	Images         []string
	Health         relation.Health
	Reason         string
}

// Conflict is a workload that other entities claim as well.
type Conflict struct {
	Key    Key
	Rivals []relation.Ref
}

// View returns what runs an entity: workloads from the worst down, then by kind, namespace and name.
func (x *Index) View(ref relation.Ref) View {
	x.mu.RLock()
	defer x.mu.RUnlock()
	e := x.entities[ref]
	if e == nil {
		return View{}
	}
	v := View{Link: e.link, Permitted: e.permitted}
	for w := range e.workloads {
		s := w.status()
		v.Workloads = append(v.Workloads, s)
		v.Health = max(v.Health, s.Health)
		if w.facts.Key.Kind != catalog.WorkloadJob && s.Desired >= 0 {
			v.Pods = true
			v.Ready += s.Ready
			v.Desired += s.Desired
		}
		if c := (Conflict{Key: w.facts.Key, Rivals: w.rivals(e)}); len(c.Rivals) > 0 {
			v.Conflicts = append(v.Conflicts, c)
		}
	}
	slices.SortFunc(v.Workloads, func(a, b Status) int {
		return cmp.Or(cmp.Compare(b.Health, a.Health), compareKeys(a.Key, b.Key))
	})
	slices.SortFunc(v.Conflicts, func(a, b Conflict) int { return compareKeys(a.Key, b.Key) })
	return v
}

// Health is how what runs an entity does: the worst of its workloads.
func (x *Index) Health(ref relation.Ref) relation.Health {
	x.mu.RLock()
	defer x.mu.RUnlock()
	worst := relation.HealthNone
	if e := x.entities[ref]; e != nil {
		for w := range e.workloads {
			worst = max(worst, w.status().Health)
		}
	}
	return worst
}

func (w *workload) rivals(e *entity) []relation.Ref {
	var out []relation.Ref
	for _, c := range w.claimants {
		if c != e {
			out = append(out, c.ref)
		}
	}
	return out
}

// status joins what the workload says of itself with what its pods say, and a CronJob with its latest Job.
func (w *workload) status() Status {
	f := &w.facts
	s := Status{Key: f.Key, Ready: f.Ready, Desired: f.Desired, Images: f.Images, Health: f.Health, Reason: f.Reason}
	if job := w.latestJob(); job != nil && s.Health == relation.Healthy {
		if j := job.status(); j.Health == relation.Degraded {
			s.Health, s.Reason = j.Health, j.Reason
		}
	}
	if reason := w.podReason(); reason != "" && s.Health != relation.Suspended {
		s.Health, s.Reason = relation.Degraded, reason
	}
	return s
}

// podReason is the reason that most of the bad pods share; of several, the first in alphabetical order.
func (w *workload) podReason() string {
	best := ""
	for reason, n := range w.reasons {
		if best == "" || n > w.reasons[best] || n == w.reasons[best] && reason < best {
			best = reason
		}
	}
	return best
}

func (w *workload) latestJob() *workload {
	var latest *workload
	for j := range w.jobs {
		if latest == nil || latest.facts.Started.Before(&j.facts.Started) ||
			latest.facts.Started.Equal(&j.facts.Started) && latest.facts.Key.Name < j.facts.Key.Name {
			latest = j
		}
	}
	return latest
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
