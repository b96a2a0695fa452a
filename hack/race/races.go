package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/hack/harness"
)

// Where all of it happens: the APIs belong to one team in one namespace, their consumers to another.
const (
	apis  = "race-apis"
	users = "race-users"
)

type fields = map[string]any

// request is a write.
type request struct {
	method, path, contentType string
	body                      []byte
}

func (r request) String() string { return fmt.Sprintf("%s %s %s", r.method, r.path, r.body) }

func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps and strings
	}
	return text
}

func patch(ref relation.Ref, spec fields) request {
	return request{http.MethodPatch, harness.EntityPath(ref), "application/merge-patch+json", encoded(fields{"spec": spec})}
}

func remove(ref relation.Ref) request {
	return request{method: http.MethodDelete, path: harness.EntityPath(ref)}
}

func create(ref relation.Ref, spec fields) request {
	return request{http.MethodPost, harness.CollectionPath(ref.Kind, ref.Namespace), harness.ContentJSON, encoded(fields{
		"apiVersion": catalog.GroupVersion.String(), "kind": ref.Kind.ObjectKind(),
		"metadata": fields{"name": ref.Name, "namespace": ref.Namespace}, "spec": spec,
	})}
}

// pair is an API and who comes to consume it.
type pair struct {
	race  *race
	i     int
	round int
}

func (p pair) api() relation.Ref {
	return relation.Ref{Kind: relation.API, Namespace: apis, Name: fmt.Sprintf("%s-%d", p.race.name, p.i)}
}

// fresh says that the consumer is created with its consumption, and not changed to have it. Many that come at once are a
// bulk load, where what is denied goes first, and what names something that is not there yet waits for the end.
func (p pair) fresh() bool { return p.round&2 != 0 && !p.consumerMoves() && p.race.name != "delete" }

// odd says that the first write of the pair takes its other form.
func (p pair) odd() bool { return p.round&1 != 0 }

func (p pair) consumer() relation.Ref {
	ref := relation.Ref{Kind: relation.Component, Namespace: users, Name: fmt.Sprintf("%s-%d", p.race.name, p.i)}
	if p.fresh() {
		ref.Name += "-new"
	}
	return ref
}

func (p pair) consumerMoves() bool { return p.race.name == "move" && p.odd() }

// consume is the second write.
func (p pair) consume() request {
	used := []string{apis + "/" + p.api().Name}
	if !p.fresh() {
		return patch(p.consumer(), fields{"consumesApis": used})
	}
	spec := consumerSpec(p.race)
	spec["consumesApis"] = used
	return create(p.consumer(), spec)
}

func (p pair) forgo() request {
	if p.fresh() {
		return remove(p.consumer())
	}
	return patch(p.consumer(), fields{"consumesApis": nil})
}

// race is two writes of which each is right alone, and that together make what is not.
type race struct {
	name string
	// api is the spec of the API before.
	api func(p pair) fields
	// take is the write that takes away what the other one comes to use; giveBack undoes it.
	take, giveBack func(p pair) request
	// slipped says whether what must not be is.
	slipped func(v visibility.Verdict) bool
}

func denied(v visibility.Verdict) bool { return v.Decision == visibility.Denied }

func apiSpec(more fields) fields {
	out := fields{"type": "grpc", "lifecycle": "production", "owner": "race-makers"}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func consumerSpec(r *race) fields {
	out := fields{"type": "service", "lifecycle": "production", "owner": "race-users"}
	if r.name == "move" {
		out["system"] = apis + "/home"
	}
	return out
}

// nobody is an entry of a list that must not get empty.
const nobody = "component:" + users + "/nobody"

func listOf(p pair) []string {
	name := fmt.Sprintf("component:%s/unlist-%d", users, p.i)
	return []string{name, name + "-new", nobody}
}

var races = []*race{{
	name: "narrow",
	api:  func(pair) fields { return apiSpec(fields{"visibility": "Public"}) },
	take: func(p pair) request {
		if p.odd() {
			return patch(p.api(), fields{"visibility": "Restricted", "allowedConsumers": []string{nobody}})
		}
		return patch(p.api(), fields{"visibility": "Private"})
	},
	giveBack: func(p pair) request { return patch(p.api(), fields{"visibility": "Public", "allowedConsumers": nil}) },
	slipped:  denied,
}, {
	name:     "delete",
	api:      func(pair) fields { return apiSpec(nil) },
	take:     func(p pair) request { return remove(p.api()) },
	giveBack: func(p pair) request { return create(p.api(), p.race.api(p)) },
	slipped:  func(v visibility.Verdict) bool { return v.Rule == visibility.RuleNoAPI },
}, {
	name: "unlist",
	api:  func(p pair) fields { return apiSpec(fields{"visibility": "Restricted", "allowedConsumers": listOf(p)}) },
	take: func(p pair) request { return patch(p.api(), fields{"allowedConsumers": []string{nobody}}) },
	giveBack: func(p pair) request {
		return patch(p.api(), fields{"allowedConsumers": listOf(p)})
	},
	slipped: denied,
}, {
	name: "move",
	api:  func(pair) fields { return apiSpec(fields{"visibility": "Private", "system": "home"}) },
	take: func(p pair) request {
		if p.consumerMoves() {
			return patch(p.consumer(), fields{"system": apis + "/away"})
		}
		return patch(p.api(), fields{"system": "away"})
	},
	giveBack: func(p pair) request {
		if p.consumerMoves() {
			return patch(p.consumer(), fields{"system": apis + "/home"})
		}
		return patch(p.api(), fields{"system": "home"})
	},
	slipped: denied,
}}
