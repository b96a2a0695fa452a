package relation

import (
	"fmt"
	"slices"
	"strings"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// rel is a relation type. A relation and its inverse differ in the lowest bit.
type rel uint8

const (
	ownedBy rel = iota
	ownerOf
	providesAPI
	apiProvidedBy
	consumesAPI
	apiConsumedBy
	dependsOn
	dependencyOf
	partOf
	hasPart
	memberOf
	hasMember
	childOf
	parentOf

	// Not shown, and kept on one side alone.
	heirs     // who takes the owner of this one, for want of one of his own
	claimedIn // who names this one in the first field, and so on for each field
)

func (r rel) inverse() rel { return r ^ 1 }

func (r rel) shown() bool { return r <= parentOf }

// claimed is the relation of a target to those who name it in the field.
func (f Field) claimed() rel { return claimedIn + rel(f) }

var relationTypes = [...]catalog.RelationType{
	ownedBy: "ownedBy", ownerOf: "ownerOf", providesAPI: "providesApi", apiProvidedBy: "apiProvidedBy",
	consumesAPI: "consumesApi", apiConsumedBy: "apiConsumedBy", dependsOn: "dependsOn", dependencyOf: "dependencyOf",
	partOf: "partOf", hasPart: "hasPart", memberOf: "memberOf", hasMember: "hasMember", childOf: "childOf",
	parentOf: "parentOf",
}

// Types lists every relation.
func Types() []catalog.RelationType { return slices.Clone(relationTypes[:]) }

// relations are the relations, seen from the entity that makes the claim, that the claim stands for while it counts.
// Owners and parents are not among them: those are derived, since one entity has one of each.
func (f Field) relations(target Kind) []rel {
	switch f {
	case FieldSystem, FieldDomain, FieldSubdomainOf, FieldSubcomponentOf:
		return onlyPartOf
	case FieldProvidesAPIs:
		return onlyProvides
	case FieldConsumesAPIs:
		return onlyConsumes
	case FieldDependsOn:
		if target == API { // to depend on an API is to consume it
			return dependsAndConsumes
		}
		return onlyDependsOn
	case FieldDependencyOf:
		return onlyDependencyOf
	case FieldMembers:
		return onlyHasMember
	case FieldMemberOf:
		return onlyMemberOf
	}
	return nil
}

// withinSystem says that, across namespaces, claims in the field count only between members of one System.
func (f Field) withinSystem() bool {
	return f == FieldProvidesAPIs || f == FieldDependencyOf || f == FieldSubcomponentOf
}

var (
	onlyPartOf         = []rel{partOf}
	onlyProvides       = []rel{providesAPI}
	onlyConsumes       = []rel{consumesAPI}
	onlyDependsOn      = []rel{dependsOn}
	dependsAndConsumes = []rel{dependsOn, consumesAPI}
	onlyDependencyOf   = []rel{dependencyOf}
	onlyHasMember      = []rel{hasMember}
	onlyMemberOf       = []rel{memberOf}
)

// accepted are the kinds that may stand in a field.
var accepted = [fields][]Kind{
	FieldSystem:           {System},
	FieldOwner:            {Group, User},
	FieldDomain:           {Domain},
	FieldSubdomainOf:      {Domain},
	FieldSubcomponentOf:   {Component},
	FieldProvidesAPIs:     {API},
	FieldConsumesAPIs:     {API},
	FieldDependsOn:        {Component, Resource, API},
	FieldDependencyOf:     {Component, Resource},
	FieldParent:           {Group},
	FieldChildren:         {Group},
	FieldMembers:          {User},
	FieldMemberOf:         {Group},
	FieldAllowedConsumers: {Component, System, Domain, Group},
}

func (f Field) accepts(kind Kind, text catalog.EntityRef) error {
	if slices.Contains(accepted[f], kind) {
		return nil
	}
	var may []string
	for _, k := range accepted[f] {
		may = append(may, k.String()+":")
	}
	return fmt.Errorf("%q names another kind than %s may: use %s", text, f, strings.Join(may, " or "))
}
