package main

import (
	"context"
	"net/http"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/hack/harness"
)

// create creates all that the races need.
func (r *runner) create(ctx context.Context) error {
	for _, namespace := range []string{apis, users} {
		if err := r.Admin.Object(ctx, http.MethodPost, "/api/v1/namespaces", fields{"metadata": fields{"name": namespace}}, nil); err != nil {
			return err
		}
	}
	var pairs []pair
	for _, race := range races {
		for i := range r.flags.pairs {
			pairs = append(pairs, pair{race: race, i: i})
		}
	}
	writes := base(pairs)
	_, err := harness.Each(ctx, len(writes), loaders, func(ctx context.Context, i int) error {
		w := writes[i]
		_, err := r.Admin.Do(ctx, w.method, w.path+"?fieldValidation=Strict", w.contentType, w.body)
		return err
	})
	return err
}

// base is what there is before the races.
func base(pairs []pair) []request {
	all := fields{"from": "All"}
	writes := []request{
		create(relation.Ref{Kind: relation.Group, Name: "race-makers"}, fields{"type": "team", "allowedNamespaces": all}),
		create(relation.Ref{Kind: relation.Group, Name: "race-users"}, fields{"type": "team", "allowedNamespaces": all}),
	}
	for _, name := range []string{"home", "away"} {
		writes = append(writes, create(relation.Ref{Kind: relation.System, Namespace: apis, Name: name},
			fields{"owner": "race-makers", "allowedNamespaces": all}))
	}
	for _, p := range pairs {
		writes = append(writes, create(p.api(), p.race.api(p)), create(p.consumer(), consumerSpec(p.race)))
	}
	return writes
}

// awaitAdmission waits until the API server asks the operator, and the policy holds.
func (r *runner) awaitAdmission(ctx context.Context) error {
	p := pair{race: races[3]}
	stranger := relation.Ref{Kind: relation.Component, Namespace: users, Name: "stranger"}
	spec := consumerSpec(races[0])
	spec["consumesApis"] = []string{apis + "/" + p.api().Name}
	w := create(stranger, spec)
	return harness.Await(ctx, time.Minute, "admission", r.operator.Process, func() (bool, error) {
		_, err := r.Admin.Do(ctx, w.method, w.path+"?dryRun=All", w.contentType, w.body)
		if err != nil && !refused(err) {
			return false, err
		}
		return err != nil, nil
	})
}
