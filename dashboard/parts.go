package dashboard

import (
	"context"
	"net/url"
	"strings"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// What the shared templates of _parts.html show. Each is ready to be written: templates decide nothing.

// Badge is a word with a tone: good, warn, bad, info, calm, or heat-0 to heat-4. Template "badge".
type Badge struct {
	Text  string `json:"text"`
	Tone  string `json:"-"`
	Title string `json:"title,omitempty"`
}

// RefLink is a reference to an entity, with an address if the reader can go there. Template "ref".
type RefLink struct {
	Ref  string `json:"ref"`
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
}

// Link is a text that leads somewhere, if URL is set. Template "link"; several are "crumbs".
type Link struct {
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
}

// Empty says that there is nothing to show, and what to do about it. Template "empty".
type Empty struct {
	Title   string `json:"title"`
	Text    string `json:"text"`
	YAML    string `json:"yaml,omitempty"`    // what to add
	Command string `json:"command,omitempty"` // what to run
}

// Note is a sentence beside the facts. Template "notes" shows several.
type Note struct {
	Text string `json:"text"`
	Tone string `json:"-"`
}

// Finding is something that is wrong. Template "problems" shows several.
type Finding struct {
	Badge Badge   `json:"badge"`
	Text  string  `json:"text"`
	Ref   RefLink `json:"ref,omitzero"`
}

// Pager leads through the pages of a list. Template "pager".
type Pager struct {
	Text     string `json:"text"`
	Previous string `json:"previous,omitempty"`
	Next     string `json:"next,omitempty"`
}

// plurals are the kinds as they stand in addresses and in kubectl.
var plurals = map[relation.Kind]string{
	relation.API: "apis", relation.Component: "components", relation.Domain: "domains", relation.Group: "groups",
	relation.Resource: "resources", relation.System: "systems", relation.User: "users",
}

// refURL is the address of an entity's page; empty for the zero reference.
func refURL(ref relation.Ref) string {
	switch {
	case ref.IsZero():
		return ""
	case ref.Namespace == "":
		return "/" + plurals[ref.Kind] + "/" + url.PathEscape(ref.Name)
	}
	return "/" + plurals[ref.Kind] + "/" + url.PathEscape(ref.Namespace) + "/" + url.PathEscape(ref.Name)
}

// parseFull reads a reference in full form; zero if it cannot be read.
func parseFull(full catalog.FullRef) relation.Ref {
	ref, err := relation.Parse(catalog.EntityRef(full), relation.KindNone, "")
	if err != nil {
		return relation.Ref{}
	}
	return ref
}

// shortName is a reference as people write it beside others: the kind is known, and the namespace counts.
func shortName(ref relation.Ref) string {
	if ref.Namespace == "" {
		return ref.Name
	}
	return ref.Namespace + "/" + ref.Name
}

// scopes are where the reader may get entities of some kinds, all if none is named.
func (r *request) scopes(ctx context.Context, kinds ...relation.Kind) (index.Scopes, error) {
	if len(kinds) == 0 {
		kinds = relation.Kinds()
	}
	out := index.Scopes{}
	for _, k := range kinds {
		s, err := r.reader.Scope(ctx, access.Of(k))
		if err != nil {
			return nil, err
		}
		if open(s) {
			out[k] = s
		}
	}
	return out, nil
}

// open says whether a scope lets anything be seen, now or once more namespaces are looked at.
func open(s access.Scope) bool { return s.All || s.Partial || len(s.Namespaces) > 0 }

// healthBadge shows a health.
func healthBadge(h catalog.Health) Badge { return Badge{Text: string(h), Tone: healthTone(h)} }

func healthTone(h catalog.Health) string {
	switch h {
	case catalog.HealthHealthy:
		return "good"
	case catalog.HealthProgressing:
		return "info"
	case catalog.HealthDegraded:
		return "bad"
	}
	return "calm"
}

// visibilityBadge shows who may consume an API.
func visibilityBadge(v catalog.Visibility) Badge {
	tones := map[catalog.Visibility]string{catalog.VisibilityPublic: "good", catalog.VisibilityRestricted: "warn", catalog.VisibilityPrivate: "calm"}
	return Badge{Text: string(v), Tone: tones[v]}
}

// heat is the tone of a rank among others: 0 for none, and then up to the highest.
func heat(rank, of int) string {
	if of <= 0 || rank <= 0 {
		return "heat-0"
	}
	return "heat-" + string('0'+rune(min(4, (rank*4+of-1)/of)))
}

// partialNote says that an answer may still grow.
var partialNote = Note{Text: "Not all namespaces have been looked at yet: this may still grow. Load the page again in a moment.", Tone: "warn"}

// closedNote says kindly that the reader may not get a kind of objects.
func closedNote(r access.Resource) Note {
	what := r.Plural
	if r.Group != "" {
		what += "." + r.Group
	}
	return Note{
		Text: "You may not list " + r.Plural + ". To see them, ask for a role that may get, list and watch " + what + ".",
		Tone: "warn",
	}
}

// kubectl joins the words of a command, each quoted for a shell where that is needed.
func kubectl(words ...string) string {
	for i, w := range words {
		words[i] = shellWord(w)
	}
	return "kubectl " + strings.Join(words, " ")
}

func shellWord(w string) string {
	const plainMarks = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+"
	plain := strings.Trim(w, plainMarks) == "" // Trim stops at the first that is not plain
	if plain && w != "" {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
