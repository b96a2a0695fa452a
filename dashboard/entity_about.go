package dashboard

import (
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// outside is a link that leaves the dashboard. It has no URL if its address is not one that a page may lead to.
type outside struct {
	Text    string `json:"title"`
	Address string `json:"address"`
	URL     string `json:"url,omitempty"`
	Type    string `json:"type,omitempty"`
}

func outsideOf(links []catalog.Link) []outside {
	var out []outside
	for _, l := range links {
		out = append(out, outsideTo(l.Title, l.URL, string(l.Type)))
	}
	return out
}

// places are annotations that lead to a page: those that Backstage's plugins read. What they hold stands for %s.
var places = []struct{ annotation, title, address, kind string }{
	{"backstage.io/source-location", "Source", "%s", "source"},
	{"backstage.io/view-url", "Where it is declared", "%s", "source"},
	{"backstage.io/edit-url", "Edit what is declared", "%s", "source"},
	{"github.com/project-slug", "GitHub", "https://github.com/%s", "source"},
	{"github.com/user-login", "GitHub", "https://github.com/%s", ""},
	{"gitlab.com/project-slug", "GitLab", "https://gitlab.com/%s", "source"},
	{"circleci.com/project-slug", "CircleCI", "https://app.circleci.com/pipelines/%s", "ci"},
	{"backstage.io/techdocs-ref", "Documents", "%s", "docs"},
}

// linksOf are the links of an entity: those of its spec, then those that its annotations tell.
func linksOf(e catalog.Entity, d catalog.Descriptor) []outside {
	out := outsideOf(d.Links)
	for _, p := range places {
		value := strings.TrimPrefix(e.GetAnnotations()[p.annotation], "url:")
		if value == "" || strings.ContainsAny(value, " \t\r\n") {
			continue
		}
		if l := outsideTo(p.title, strings.Replace(p.address, "%s", value, 1), p.kind); l.URL != "" {
			out = append(out, l)
		}
	}
	return out
}

func outsideTo(title, address, kind string) outside {
	o := outside{Text: title, Address: address, URL: safeURL(address), Type: kind}
	if o.Text == "" {
		o.Text = address
	}
	return o
}

// safeURL is an address if it is one of the web or of a mailbox, else empty. Admission lets in no others, and may have been
// down.
func safeURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	switch scheme := strings.ToLower(u.Scheme); {
	case (scheme == "http" || scheme == "https") && u.Host != "" && u.User == nil:
		return u.String()
	case scheme == "mailto" && strings.Contains(u.Opaque, "@"):
		return u.String()
	}
	return ""
}

// mail is an address to write to.
func mail(address string) *outside {
	if address == "" {
		return nil
	}
	out := outsideTo(address, (&url.URL{Scheme: "mailto", Opaque: url.PathEscape(address)}).String(), "")
	return &out
}

// source is where the code of a Component is.
type source struct {
	Repository outside `json:"repository"`
	Path       string  `json:"path,omitempty"`
}

func sourceOf(s catalog.Source) *source {
	if s.Repository == "" {
		return nil
	}
	return &source{Repository: outsideTo("", string(s.Repository), ""), Path: s.Path}
}

// terms say under what terms external software is used.
type terms struct {
	Vendor  string `json:"vendor,omitempty"`
	Source  string `json:"source,omitempty"`
	License string `json:"license,omitempty"`
}

func termsOf(x catalog.External) *terms {
	if x == (catalog.External{}) {
		return nil
	}
	return &terms{x.Vendor, string(x.Source), x.License}
}

// owner is who answers for an entity, and how to reach him.
type owner struct {
	link
	// How says whether that is declared, inherited or only claimed.
	How  string   `json:"how,omitempty"`
	Mail *outside `json:"mail,omitempty"`
	// Links are those of the owner: where to chat with it, who is on call.
	Links   []outside `json:"links,omitempty"`
	Members items     `json:"members,omitzero"`
}

// ownerOf is the owner that a status names. How to reach him is told to those who may get him.
func (l *sight) ownerOf(st *catalog.EntityStatus) *owner {
	ref := parseFull(st.Owner)
	if ref.IsZero() {
		return nil
	}
	out := owner{link: l.link(ref)}
	if c := meta.FindStatusCondition(st.Conditions, catalog.ConditionOwned); c != nil {
		out.How = c.Message
	}
	if out.URL == "" || l.err != nil {
		return &out
	}
	e, found, err := l.catalog.Entity(l.ctx, ref)
	if err != nil || !found {
		l.err = err
		return &out
	}
	profile, descriptor := presented(e)
	out.Mail, out.Links = mail(profile.Email), outsideOf(descriptor.Links)
	if ref.Kind == relation.Group {
		out.Members = l.related(e, hasMember)
	}
	return &out
}

// presented is how a Group or User presents itself.
func presented(e catalog.Entity) (catalog.Profile, catalog.Descriptor) {
	switch e := e.(type) {
	case *catalog.Group:
		return e.Spec.Profile, e.Spec.Descriptor
	case *catalog.User:
		return e.Spec.Profile, e.Spec.Descriptor
	}
	return catalog.Profile{}, catalog.Descriptor{}
}

// condition is a condition in words.
type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Words   string `json:"words"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
	// Since is when it turned, in UTC.
	Since metav1.Time `json:"since"`
	Badge Badge       `json:"-"`
}

// words say what a condition means where it is True, False and Unknown.
var words = map[string][3]string{
	catalog.ConditionReady:              {"In order", "Not in order", "Not known yet whether it is in order"},
	catalog.ConditionAccessGranted:      {"Every API that it consumes grants it", "An API does not grant that it is consumed", "Whether the APIs grant it is open"},
	catalog.ConditionDefinitionValid:    {"The definition can be read", "The definition cannot be read", "The definition was not looked at yet"},
	catalog.ConditionHealthy:            {"All that should run runs", "Something that should run does not", "Nothing that runs is linked"},
	catalog.ConditionOwned:              {"Somebody answers for it", "Nobody answers for it", "Who answers for it is not known yet"},
	catalog.ConditionReferencesResolved: {"All that it names is there", "Something that it names is not there", "What it names was not looked at yet"},
	catalog.ConditionWorkloadsLinked:    {"What runs it is known", "What should run it is not found", "What runs it was not looked at yet"},
}

func conditionsOf(conditions []metav1.Condition) []condition {
	out := make([]condition, 0, len(conditions))
	for _, c := range conditions {
		said, tone := wordsOf(c)
		out = append(out, condition{
			Type: c.Type, Status: string(c.Status), Words: said, Reason: c.Reason, Message: c.Message,
			Since: c.LastTransitionTime, Badge: Badge{Text: said, Tone: tone, Title: c.Type + "=" + string(c.Status)},
		})
	}
	return out
}

// wordsOf says what a condition means, and in which tone.
func wordsOf(c metav1.Condition) (said, tone string) {
	w, known := words[c.Type]
	switch {
	case c.Reason == catalog.ReasonNotRequired:
		return "Does not apply", "calm"
	case !known:
		return c.Type + " is " + string(c.Status), "calm"
	case c.Status == metav1.ConditionTrue:
		return w[0], "good"
	case c.Status == metav1.ConditionFalse:
		return w[1], "bad"
	}
	return w[2], "warn"
}
