package e2e

import (
	"strings"
	"testing"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Two teams: one has an API that the other consumes, and one that nobody does. Both go with a ConfigMap.
const guarded = `
apiVersion: v1
kind: Namespace
metadata: {name: guarded}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: throwaway, namespace: guarded}
---
apiVersion: catalog.callboard.dev/v1alpha1
kind: Group
metadata: {name: guarded-users}
spec: {type: team, allowedNamespaces: {from: All}}
---
apiVersion: catalog.callboard.dev/v1alpha1
kind: Component
metadata: {name: user, namespace: guarded}
spec: {type: service, lifecycle: production, owner: guarded-users, consumesApis: [used]}
`

const ownedByThrowaway = `
apiVersion: catalog.callboard.dev/v1alpha1
kind: API
metadata:
  name: NAME
  namespace: guarded
  ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: throwaway, uid: UID}]
spec: {type: openapi, lifecycle: production}
`

// TestTheGarbageCollectorIsNoWayAround gives what others use an owner of the API server's kind, and deletes that. Then it
// deletes the namespace, with all that is in it.
func TestTheGarbageCollectorIsNoWayAround(t *testing.T) {
	apply := func(text string) {
		t.Helper()
		if _, err := w.try(text, "kubectl", "apply", "-f", "-"); err != nil {
			t.Fatal(err)
		}
	}
	kubectl(t, "apply", "--server-side", "-k", "config/policy")
	t.Cleanup(func() { kubectl(t, "delete", "-k", "config/policy") })
	apply(guarded)
	uid := kubectl(t, "get", "configmap", "throwaway", "-n", "guarded", "-o", "jsonpath={.metadata.uid}")
	for _, name := range []string{"used", "unused"} {
		apply(strings.NewReplacer("NAME", name, "UID", uid).Replace(ownedByThrowaway))
	}
	used, unused := key{"API", "guarded", "used"}, key{"API", "guarded", "unused"}
	counts := func(n int32) predicate {
		return func(s state) bool {
			a, ok := s[used].(*catalog.API)
			return ok && a.Status.ForeignDependents == n
		}
	}
	settled(t, "who uses it counts", counts(1))

	kubectl(t, "delete", "configmap", "throwaway", "-n", "guarded")
	settled(t, "what nobody uses is collected", not(isThere(unused)))
	settled(t, "the collector was refused what is used", func(s state) bool {
		out := kubectl(t, "get", "api", "used", "-n", "guarded", "--ignore-not-found")
		return isThere(used)(s) && out != ""
	})
	kubectl(t, "patch", "component", "user", "-n", "guarded", "--type=merge", "-p", `{"spec":{"consumesApis":null}}`)
	settled(t, "nobody uses it", func(s state) bool { return counts(0)(s) || s[used] == nil })
	settled(t, "then it is collected", not(isThere(used)))

	apply(strings.NewReplacer("NAME", "used", "  ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: throwaway, uid: UID}]\n", "").Replace(ownedByThrowaway))
	kubectl(t, "patch", "component", "user", "-n", "guarded", "--type=merge", "-p", `{"spec":{"consumesApis":["used"]}}`)
	settled(t, "who uses it counts again", counts(1))
	if out, err := w.try("", "kubectl", "delete", "api", "used", "-n", "guarded"); err == nil || !strings.Contains(err.Error(), "it is used by 1 that others own") {
		t.Errorf("kubectl delete says %q, %v; want a refusal", out, err)
	}
	kubectl(t, "delete", "namespace", "guarded", "--timeout=120s")
	settled(t, "it went with its namespace", not(isThere(used)))
	settled(t, "nobody owns any more", func(s state) bool {
		g, ok := s[key{"Group", "", "guarded-users"}].(*catalog.Group)
		return ok && g.Status.ForeignDependents == 0
	})
	kubectl(t, "delete", "group", "guarded-users")
}
