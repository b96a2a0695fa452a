package webhooks_test

import (
	"strings"
	"testing"
)

// forbidden is a refusal of a deletion.
func forbidden(kind, name, whom string) answer {
	return answer{refused: `admission webhook "deletion.catalog.callboard.dev" denied the request: ` + kind + `.catalog.callboard.dev "` + name +
		`" is forbidden: it is used by ` + whom + ": have them let go of it, or annotate catalog.callboard.dev/allow-deletion with the reason"}
}

// owning is a refusal to delete an owner.
func owning(kind, name, what string) answer {
	a := forbidden(kind, name, what)
	a.refused = strings.NewReplacer("it is used by", "it owns", "have them let go of it", "give them another owner").Replace(a.refused)
	return a
}

func TestDeletionOfWhatOthersUse(t *testing.T) {
	const (
		consumed = public + "Component shop/cart {owner: web-team, consumesApis: [pay/prices]}\n"
		own      = public + "Component pay/book {system: payments, consumesApis: [prices]}\n"
		databank = teams + "Resource pay/db {owner: pay-team}\n"
	)
	runCases(t, map[string]admissionCase{
		"an API that others consume":          {consumed, "delete API pay/prices", forbidden("API", "prices", "component:shop/cart of group:web-team")},
		"an API that its owner's own consume": {own, "delete API pay/prices", allowed.warns("api:pay/prices is still used by component:pay/book of group:pay-team")},
		"an API that both consume": {own + "Component shop/cart {owner: web-team, consumesApis: [pay/prices]}", "delete API pay/prices",
			forbidden("API", "prices", "component:shop/cart of group:web-team")},
		"an API that nobody consumes": {public, "delete API pay/prices", allowed},
		"an API that others say they consume, without a grant": {
			consumed + "update API pay/prices {visibility: Private, system: payments, owner: pay-team} @{catalog.callboard.dev/allow-cut: agreed}", "delete API pay/prices", allowed},
		"an API, which is meant": {
			systems + "API pay/prices {system: payments, owner: pay-team} @{catalog.callboard.dev/allow-deletion: replaced}\nComponent shop/cart {owner: web-team, consumesApis: [pay/prices]}",
			"delete API pay/prices", allowed.warns("api:pay/prices is still used by component:shop/cart of group:web-team")},
		"an API, with an empty reason": {
			systems + "API pay/prices {system: payments, owner: pay-team} @{catalog.callboard.dev/allow-deletion: ''}\nComponent shop/cart {owner: web-team, consumesApis: [pay/prices]}",
			"delete API pay/prices", forbidden("API", "prices", "component:shop/cart of group:web-team")},
		"a consumer": {consumed, "delete Component shop/cart", allowed},
		"a Component that others depend on": {teams + "Component pay/lib {owner: pay-team}\nComponent shop/cart {owner: web-team, dependsOn: ['component:pay/lib']}", "delete Component pay/lib",
			forbidden("Component", "lib", "component:shop/cart of group:web-team")},
		"a Resource that others depend on": {databank + "Component shop/cart {owner: web-team, dependsOn: ['resource:pay/db']}", "delete Resource pay/db",
			forbidden("Resource", "db", "component:shop/cart of group:web-team")},
		"a Resource that nobody's depends on": {databank + "Component shop/cart {dependsOn: ['resource:pay/db']}", "delete Resource pay/db",
			forbidden("Resource", "db", "component:shop/cart")},
		"a Resource that names dependents in its own namespace": {
			teams + "Component pay/cart {owner: web-team}\nResource pay/db {owner: pay-team, dependencyOf: ['component:pay/cart']}", "delete Resource pay/db",
			forbidden("Resource", "db", "component:pay/cart of group:web-team")},
		"a Resource that names dependents in another namespace, which it may not": {
			teams + "Component shop/cart {owner: web-team}\nResource pay/db {owner: pay-team, dependencyOf: ['component:shop/cart']}", "delete Resource pay/db", allowed},
		"a System with members of others": {systems + "Component pay/cart {owner: web-team, system: payments}", "delete System pay/payments",
			forbidden("System", "payments", "component:pay/cart of group:web-team")},
		"a System with members of its own": {systems + "Component pay/cart {system: payments}", "delete System pay/payments",
			allowed.warns("system:pay/payments is still used by component:pay/cart of group:pay-team")},
		"a System that somebody says he belongs to": {systems + "Component shop/cart {owner: web-team, system: pay/payments}", "delete System pay/payments", allowed},
		"a Domain with Systems of others": {teams + "Domain commerce {owner: pay-team, allowedNamespaces: {from: All}}\nSystem shop/front {owner: web-team, domain: commerce}", "delete Domain commerce",
			forbidden("Domain", "commerce", "system:shop/front of group:web-team")},
		"a Domain with a System that it does not let in": {teams + "Domain commerce {owner: pay-team}\nSystem shop/front {owner: web-team, domain: commerce}", "delete Domain commerce", allowed},
		"a Domain with a sub-domain of others": {teams + "Domain commerce {owner: pay-team}\nDomain retail {owner: web-team, subdomainOf: commerce}", "delete Domain commerce",
			forbidden("Domain", "commerce", "domain:retail of group:web-team")},
		"a Group that owns": {teams + "Component shop/cart {owner: web-team}\nAPI pay/prices {owner: web-team}", "delete Group web-team",
			owning("Group", "web-team", "api:pay/prices and component:shop/cart")},
		"a Group that somebody says owns": {"Group web-team {}\nComponent shop/cart {owner: web-team}", "delete Group web-team", allowed},
		"a Group that owns nothing":       {teams, "delete Group web-team", allowed},
		"a Group that owns, which is meant": {"Group web-team {allowedNamespaces: {from: All}} @{catalog.callboard.dev/allow-deletion: merged}\nComponent shop/cart {owner: web-team}",
			"delete Group web-team", allowed.warns("group:web-team still owns component:shop/cart")},
		"a User who owns": {"User ada {}\nDomain commerce {owner: 'user:ada'}", "delete User ada", owning("User", "ada", "domain:commerce")},
	})
}
