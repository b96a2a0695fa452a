package dashboard

import (
	"strings"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// linker knows where the reader may go.
type linker struct {
	graph *relation.Graph
	may   index.Scopes
}

// to leads to an entity if it is there and the reader may get it; else only its name is shown.
func (l linker) to(ref relation.Ref) RefLink {
	if ref.IsZero() {
		return RefLink{}
	}
	out := RefLink{Ref: ref.String(), Text: shortName(ref)}
	if scope, ok := l.may[ref.Kind]; ok && scope.Includes(ref.Namespace) && l.graph.Exists(ref) {
		out.URL = refURL(ref)
	}
	return out
}

// rowView is what lists show of an entity, and what JSON says of it.
type rowView struct {
	Ref         string             `json:"ref"`
	Kind        string             `json:"kind"`
	Namespace   string             `json:"namespace,omitempty"`
	Name        string             `json:"name"`
	URL         string             `json:"url"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        string             `json:"type,omitempty"`
	Lifecycle   string             `json:"lifecycle,omitempty"`
	Owner       RefLink            `json:"owner,omitzero"`
	System      RefLink            `json:"system,omitzero"`
	Domain      RefLink            `json:"domain,omitzero"`
	Tags        []string           `json:"tags,omitempty"`
	Visibility  catalog.Visibility `json:"visibility,omitempty"`
	Health      catalog.Health     `json:"health,omitempty"`
	Pods        string             `json:"pods,omitempty"`
	Score       string             `json:"score,omitempty"`
	Ready       bool               `json:"ready"`
	Problems    []string           `json:"problems,omitempty"`
	Providers   int32              `json:"providers,omitempty"`
	Consumers   int32              `json:"consumers,omitempty"`
	Denied      int32              `json:"denied,omitempty"`
	Components  int32              `json:"components,omitempty"`
	Members     int32              `json:"members,omitempty"`
	Owns        int32              `json:"owns,omitempty"`
	Exposed     int32              `json:"exposedApis,omitempty"`
	Systems     int32              `json:"systems,omitempty"`
	Groups      int32              `json:"groups,omitempty"`
	Level       string             `json:"level,omitempty"`
	Average     string             `json:"average,omitempty"`
	Created     string             `json:"created,omitempty"`

	Cells []cell `json:"-"`
}

// cell is one field of a table.
type cell struct {
	Label  string // of the column
	Text   string
	URL    string
	Hint   string // shown where the pointer rests
	Sub    string // small, below
	Badges []Badge
	Num    bool
	Head   bool // names the row
}

// row is what lists show of an entity.
func (l linker) row(r *index.Row) rowView {
	out := rowView{
		Ref: r.Ref.String(), Kind: r.Ref.Kind.ObjectKind(), Namespace: r.Ref.Namespace, Name: r.Ref.Name, URL: refURL(r.Ref),
		Title: r.Title, Description: clip(r.Description, 300), Type: r.Type, Lifecycle: r.Lifecycle,
		Owner: l.to(parseFull(r.Owner)), System: l.to(parseFull(r.System)),
		Tags: r.Tags, Visibility: r.Visibility, Health: r.Health, Pods: r.Pods, Score: r.Score, Ready: r.Ready, Problems: r.Problems,
		Providers: r.Providers, Consumers: r.Consumers, Denied: r.Denied, Components: r.Components, Members: r.Members, Owns: r.Owns,
		Exposed: r.Exposed, Systems: r.Systems, Groups: r.Groups, Level: r.Level, Average: r.Average,
	}
	if !r.Created.IsZero() {
		out.Created = r.Created.UTC().Format(time.RFC3339)
	}
	if r.Domain != "" {
		out.Domain = l.to(relation.Ref{Kind: relation.Domain, Name: r.Domain})
	}
	return out
}

// clip keeps the first characters of a text, and says that there were more.
func clip(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// ScoreBadge shows the score.
func (r rowView) ScoreBadge() Badge { return scoreBadge(r.Score) }
