package dashboard

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/markdown"
)

// maxManifest is how much of an object's YAML a page shows, in bytes.
const maxManifest = 48 << 10

// manifest is an object as YAML, as kubectl shows it.
type manifest struct {
	YAML string `json:"yaml"`
	// Cut says that the rest is left out.
	Cut     bool   `json:"cut,omitempty"`
	Kubectl string `json:"kubectl"`
}

// manifestOf writes an entity as YAML.
func manifestOf(e catalog.Entity) manifest {
	ref := relation.RefOf(e)
	return manifestFrom(e, ref.Kind.ObjectKind(), plurals[ref.Kind])
}

// manifestFrom writes an object as YAML, without what the API server and kubectl keep for themselves.
func manifestFrom(o metav1.Object, kind, plural string) manifest {
	out := manifest{Kubectl: kubectl(append(object("get", plural, o.GetNamespace(), o.GetName()), "-o", "yaml")...)}
	typed, ok := o.(runtime.Object)
	if !ok {
		return out
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
	if err != nil {
		return out
	}
	fields["apiVersion"], fields["kind"] = catalog.GroupVersion.String(), kind
	if m, ok := fields["metadata"].(map[string]any); ok {
		delete(m, "managedFields")
		if a, ok := m["annotations"].(map[string]any); ok {
			delete(a, corev1.LastAppliedConfigAnnotation)
			if len(a) == 0 {
				delete(m, "annotations")
			}
		}
	}
	text, err := yaml.Marshal(fields)
	if err != nil {
		return out
	}
	out.YAML, out.Cut = markdown.Cut(string(text), maxManifest)
	return out
}

// scalar is a text as it stands in YAML: a name such as on or 12 needs quotes.
func scalar(text string) string {
	out, err := yaml.Marshal(text)
	if err != nil {
		return strconv.Quote(text)
	}
	return strings.TrimSpace(string(out))
}

// gap is something that may be missing.
type gap struct {
	is        bool
	what, why string
	yaml      string
}

// missingOf are those of the gaps that are there.
func missingOf(plural, namespace, name string, gaps ...gap) []Empty {
	var out []Empty
	for _, g := range gaps {
		if g.is {
			edit := kubectl(object("edit", plural, namespace, name)...)
			out = append(out, Empty{g.what, g.why, strings.TrimSpace(g.yaml), edit})
		}
	}
	return out
}

// lacks are those of the gaps that an entity has.
func lacks(ref relation.Ref, gaps ...gap) []Empty {
	return missingOf(plurals[ref.Kind], ref.Namespace, ref.Name, gaps...)
}

func noOwner(st *catalog.EntityStatus) gap {
	return gap{reason(st, catalog.ConditionOwned) == catalog.ReasonNoOwner, "An owner", "Nobody is asked when it breaks.",
		"spec:\n  owner: my-team  # a Group, or user:name"}
}

func noDescription(d catalog.Descriptor) gap {
	return gap{d.Description == "", "A description", "Others cannot tell what it is for.",
		"spec:\n  description: What it does, and for whom."}
}

func noSystem(declared catalog.EntityRef) gap {
	return gap{declared == "", "A system", "It shows on no map, and what is Private or Restricted to a System is closed to it.",
		"spec:\n  system: my-system"}
}

func noLinks(d catalog.Descriptor) gap {
	return gap{len(d.Links) == 0, "Links", "A runbook or a dashboard is what people look for first when something is wrong.",
		"spec:\n  links:\n    - {url: \"https://example.com/runbook\", title: Runbook, icon: docs}"}
}

func noWorkloads(st *catalog.EntityStatus) gap {
	return gap{reason(st, catalog.ConditionHealthy) == catalog.ReasonNoWorkloads, "What runs it", "Without it nobody sees whether it is healthy.",
		"spec:\n  workloads:\n    selector: {matchLabels: {app: my-app}}"}
}

func noMail(p catalog.Profile) gap {
	return gap{p.Email == "", "An address", "Nobody knows how to reach it.", "spec:\n  profile:\n    email: name@example.com"}
}

func noContact(d catalog.Descriptor) gap {
	return gap{len(d.Links) == 0, "Where to find it", "A channel to chat in, or who is on call, is what people look for first.",
		"spec:\n  links:\n    - {url: \"https://chat.example.com/my-team\", title: Chat, type: chat}\n    - {url: \"https://oncall.example.com/my-team\", title: On call, type: on-call}"}
}
