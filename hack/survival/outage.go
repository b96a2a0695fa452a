package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

// goneMost is how long a namespace or what was installed may take to go.
const goneMost = 2 * time.Minute

// outage stops all replicas. Nobody else's traffic waits for them, and what protects from deletion holds.
func (r *runner) outage(ctx context.Context) error {
	if err := r.makeProtected(ctx); err != nil {
		return err
	}
	for _, rep := range r.replicas {
		rep.Stop()
	}
	r.Result("survival_outage_other_failed", r.others(ctx), "writes", 0)
	wrong := 0.0
	check := func(what string, ok bool, err error) {
		r.say("%s: %v", what, err)
		if !ok {
			wrong++
		}
	}
	err := create(ctx, r.Admin, entity(relation.Component, users, "late"), component("open"))
	check("create a component", err != nil && strings.Contains(err.Error(), "failed calling webhook"), err)
	err = create(ctx, r.Admin, entity(relation.Component, users, "late"), component("closed"))
	check("create a violation", err != nil, err)
	err = patch(ctx, r.Admin, harness.EntityPath(entity(relation.Component, users, "old-1")), fields{"spec": fields{"title": "Late"}})
	check("change a spec", err != nil, err)
	kept := harness.EntityPath(entity(relation.API, apis, "kept"))
	_, err = r.Admin.Do(ctx, http.MethodDelete, kept, "", nil)
	check("delete what others use", refused(err) && strings.Contains(err.Error(), "callboard-deletion"), err)
	err = patch(ctx, r.Admin, kept, fields{"metadata": fields{"annotations": fields{catalog.AnnotationAllowDeletion: "a try"}}})
	check("annotate that it is meant", err == nil, err)
	_, err = r.Admin.Do(ctx, http.MethodDelete, kept, "", nil)
	check("delete it then", err == nil, err)
	_, err = r.Admin.Do(ctx, http.MethodDelete, harness.EntityPath(entity(relation.Component, users, "old-1")), "", nil)
	check("delete what nobody uses", err == nil, err)
	r.Result("survival_outage_catalog_wrong", wrong, "writes", 0)
	if _, err := r.Admin.Do(ctx, http.MethodDelete, "/api/v1/namespaces/"+leaving, "", nil); err != nil {
		return err
	}
	r.Result("survival_outage_namespaces_stuck", r.stuck(ctx, "/api/v1/namespaces/"+leaving), "namespaces", 0)
	return nil
}

// leaving is a namespace that goes with an API that others use.
const leaving = "survival-leaving"

// makeProtected makes two APIs that others use, and waits until that is counted.
func (r *runner) makeProtected(ctx context.Context) error {
	if err := r.Admin.Object(ctx, http.MethodPost, "/api/v1/namespaces", fields{"metadata": fields{"name": leaving}}, nil); err != nil {
		return err
	}
	for namespace, name := range map[string]string{apis: "kept", leaving: "kept"} {
		ref := entity(relation.API, namespace, name)
		if err := create(ctx, r.Admin, ref, fields{"type": "grpc", "lifecycle": "production", "owner": "makers"}); err != nil {
			return err
		}
		spec := component("open")
		spec["consumesApis"] = []string{namespace + "/" + name}
		if err := create(ctx, r.Admin, entity(relation.Component, users, "of-"+namespace), spec); err != nil {
			return err
		}
		err := harness.Await(ctx, time.Minute, "the count of who uses "+ref.String(), r.replicas[0].Process, func() (bool, error) {
			var a catalog.API
			err := r.Admin.Object(ctx, http.MethodGet, harness.EntityPath(ref), nil, &a)
			return a.Status.ForeignDependents > 0, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// others creates, changes and deletes what is not ours, and counts what fails.
func (r *runner) others(ctx context.Context) float64 {
	failed := 0
	do := func(err error) {
		if err != nil {
			if failed++; failed <= 5 {
				r.say("not ours: %v", err)
			}
		}
	}
	containers := []fields{{"name": "main", "image": "example.invalid/main:1"}}
	labels := fields{"app": "other"}
	for _, kind := range []struct {
		path string
		spec fields
	}{
		{"/api/v1/namespaces/default/pods", fields{"containers": containers}},
		{"/apis/apps/v1/namespaces/default/deployments", fields{
			"replicas": 1, "selector": fields{"matchLabels": labels},
			"template": fields{"metadata": fields{"labels": labels}, "spec": fields{"containers": containers}},
		}},
		{"/apis/coordination.k8s.io/v1/namespaces/default/leases", fields{"holderIdentity": "nobody"}},
	} {
		for i := range r.flags.tries {
			name := fmt.Sprintf("other-%d", i)
			do(r.Admin.Object(ctx, http.MethodPost, kind.path, fields{"metadata": fields{"name": name}, "spec": kind.spec}, nil))
			do(patch(ctx, r.Admin, kind.path+"/"+name, fields{"metadata": fields{"labels": fields{"changed": "yes"}}}))
			_, err := r.Admin.Do(ctx, http.MethodDelete, kind.path+"/"+name, "", nil)
			do(err)
		}
	}
	return float64(failed)
}

// stuck waits until all paths lead nowhere, and counts those that still do not.
func (r *runner) stuck(ctx context.Context, paths ...string) float64 {
	for deadline := time.Now().Add(goneMost); len(paths) > 0 && time.Now().Before(deadline); {
		paths = slices.DeleteFunc(paths, func(path string) bool {
			_, err := r.Admin.Do(ctx, http.MethodGet, path, "", nil)
			return harness.IsCode(err, http.StatusNotFound)
		})
		if harness.Sleep(ctx, 100*time.Millisecond) != nil {
			break
		}
	}
	for _, path := range paths {
		r.say("still there: %s", path)
	}
	return float64(len(paths))
}

// crds are the paths of our definitions.
func crds() []string {
	var out []string
	for _, k := range relation.Kinds() {
		path := harness.CollectionPath(k, "")
		out = append(out, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/"+path[strings.LastIndex(path, "/")+1:]+"."+catalog.GroupVersion.Group)
	}
	return out
}

// uninstall removes all, with no operator running: first in the order that docs/visibility.md names, then, installed
// anew, everything at once.
func (r *runner) uninstall(ctx context.Context) error {
	for _, args := range [][]string{
		{"delete", "-k", "config/policy"},
		{"delete", "-k", "config/webhook", "--ignore-not-found"}, // there is no Service here
		{"delete", "-k", "config/default", "--ignore-not-found", "--timeout", goneMost.String()},
		{"delete", "namespace", apis, users, "--timeout", goneMost.String()},
	} {
		if _, err := r.Kubectl(ctx, nil, args...); err != nil {
			return err
		}
	}
	paths := append(crds(), "/api/v1/namespaces/"+apis, "/api/v1/namespaces/"+users, "/api/v1/namespaces/"+harness.SystemNamespace)
	r.Result("survival_uninstall_stuck", r.stuck(ctx, paths...), "objects", 0)
	return r.uninstallAtOnce(ctx)
}

func (r *runner) uninstallAtOnce(ctx context.Context) error {
	if _, err := r.Kubectl(ctx, nil, "apply", "--server-side", "--force-conflicts", "-k", "config/crd"); err != nil {
		return err
	}
	if err := r.Admin.Object(ctx, http.MethodPost, "/api/v1/namespaces", fields{"metadata": fields{"name": apis}}, nil); err != nil {
		return err
	}
	used := entity(relation.API, apis, "used")
	err := harness.Await(ctx, time.Minute, "the CRDs", r.Up, func() (bool, error) {
		return create(ctx, r.Admin, used, fields{"type": "grpc", "lifecycle": "production"}) == nil, nil
	})
	if err != nil {
		return err
	}
	dependents := fields{"observedGeneration": 1, "foreignDependents": 3}
	if err := patch(ctx, r.Admin, harness.EntityPath(used)+"/status", fields{"status": dependents}); err != nil {
		return err
	}
	if _, err := r.Kubectl(ctx, nil, "apply", "--server-side", "--force-conflicts", "-k", "config/default"); err != nil {
		return err
	}
	err = harness.Await(ctx, time.Minute, "the policy", r.Up, func() (bool, error) {
		_, err := r.Admin.Do(ctx, http.MethodDelete, harness.EntityPath(used)+"?dryRun=All", "", nil)
		return refused(err), nil
	})
	if err != nil {
		return err
	}
	_, err = r.Kubectl(ctx, nil, "delete", "-k", "config/default", "--timeout", goneMost.String())
	r.say("delete all at once: %v", err)
	if _, err := r.Kubectl(ctx, nil, "delete", "namespace", apis, "--timeout", goneMost.String()); err != nil {
		r.say("delete the namespace: %v", err)
	}
	paths := append(crds(), "/api/v1/namespaces/"+apis, "/api/v1/namespaces/"+harness.SystemNamespace)
	r.Result("survival_uninstall_at_once_stuck", r.stuck(ctx, paths...), "objects", 0)
	return errors.Join(err)
}
