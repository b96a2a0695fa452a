package webhooks_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// admissionCase is one request and all that the API server says to it.
type admissionCase struct {
	given string
	do    string
	want  answer
}

func runCases(t *testing.T, cases map[string]admissionCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.given(tc.given)
			if diff := cmp.Diff(tc.want, w.do(tc.do), cmp.AllowUnexported(answer{})); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.do, diff)
			}
		})
	}
}

// invalid is a refusal as admission words it.
func invalid(kind, name, why string) answer {
	return answer{refused: `admission webhook "visibility.catalog.callboard.dev" denied the request: ` + kind +
		`.catalog.callboard.dev "` + name + `" is invalid: ` + why}
}

func (a answer) warns(texts ...string) answer {
	a.warned = append(a.warned, texts...)
	return a
}

var allowed answer

// What several cases begin with.
const (
	teams = `
		Group web-team {allowedNamespaces: {from: All}}
		Group pay-team {allowedNamespaces: {from: All}}
	`
	systems = teams + `
		System shop/storefront {owner: web-team}
		System pay/payments {owner: pay-team}
	`
	private = systems + `
		API pay/ledger {visibility: Private, system: payments, owner: pay-team}
	`
	restricted = systems + `
		API pay/charge {visibility: Restricted, system: payments, owner: pay-team, allowedConsumers: [component:shop/checkout]}
	`
	public = systems + `
		API pay/prices {system: payments, owner: pay-team}
	`
)

const (
	ledgerIsPrivate = `api:pay/ledger is Private: only members of system:pay/payments may use it; ask group:pay-team to move both into one System, or make the API Restricted`
	chargeIsListed  = `api:pay/charge is Restricted: component:shop/cart is neither in system:pay/payments nor covered by its allowedConsumers; ask group:pay-team to add component:shop/cart to spec.allowedConsumers`
)

func TestConsumptionIsJudgedWhenItIsAdded(t *testing.T) {
	const web = "owner: web-team"
	forbidden := func(name, path, why string) answer { return invalid("Component", name, path+": Forbidden: "+why) }
	runCases(t, map[string]admissionCase{
		"a public API": {public, "create Component shop/cart {" + web + ", consumesApis: [pay/prices]}", allowed},
		"an API without visibility of a team without a System": {
			teams + "API pay/prices {owner: pay-team}", "create Component shop/cart {" + web + ", consumesApis: [pay/prices]}", allowed},
		"a private API from outside": {
			private, "create Component shop/cart {" + web + ", consumesApis: [pay/ledger]}",
			forbidden("cart", "spec.consumesApis[0]", ledgerIsPrivate)},
		"a private API from another System": {
			private, "create Component shop/cart {system: storefront, consumesApis: [pay/ledger]}",
			forbidden("cart", "spec.consumesApis[0]", ledgerIsPrivate)},
		"a private API from its System": {
			private, "create Component pay/book {system: payments, consumesApis: [ledger]}", allowed},
		"a private API from its namespace, but not its System": {
			private, "create Component pay/book {owner: pay-team, consumesApis: [ledger]}",
			forbidden("book", "spec.consumesApis[0]", ledgerIsPrivate)},
		"a private API without a System": {
			teams + "API pay/ledger {visibility: Private, owner: pay-team}", "create Component pay/book {owner: pay-team, consumesApis: [ledger]}",
			forbidden("book", "spec.consumesApis[0]", "api:pay/ledger is Private: only its providers may use it; ask group:pay-team to move both into one System, or make the API Restricted")},
		"a private API without a System from its provider": {
			teams + "API pay/ledger {visibility: Private, owner: pay-team}",
			"create Component pay/book {owner: pay-team, providesApis: [ledger], consumesApis: [ledger]}", allowed},
		"a private API that nobody owns": {
			"System pay/payments {}\nAPI pay/ledger {visibility: Private, system: payments}", "create Component shop/cart {type: website, consumesApis: [pay/ledger]}",
			forbidden("cart", "spec.consumesApis[0]", "api:pay/ledger is Private: only members of system:pay/payments may use it; it has no owner to ask: move both into one System, or make the API Restricted")},
		"a restricted API, not listed": {
			restricted, "create Component shop/cart {" + web + ", consumesApis: [pay/charge]}", forbidden("cart", "spec.consumesApis[0]", chargeIsListed)},
		"a restricted API, listed": {
			restricted, "create Component shop/checkout {" + web + ", consumesApis: [pay/charge]}", allowed},
		"a restricted API, same System": {
			restricted, "create Component pay/book {system: payments, consumesApis: [charge]}", allowed},
		"a restricted API, dependsOn instead of consumesApis": {
			restricted, "create Component shop/cart {" + web + ", dependsOn: [api:pay/charge]}", forbidden("cart", "spec.dependsOn[0]", chargeIsListed)},
		"a restricted API, from a Resource": {
			restricted, "create Resource shop/cart {" + web + ", dependsOn: [api:pay/charge]}",
			invalid("Resource", "cart", "spec.dependsOn[0]: Forbidden: api:pay/charge is Restricted: resource:shop/cart is neither in system:pay/payments nor covered by its allowedConsumers; ask group:pay-team to add the System, Domain or Group of resource:shop/cart to spec.allowedConsumers")},
		"several, of which two are not granted": {
			restricted + "API pay/ledger {visibility: Private, system: payments, owner: pay-team}\nAPI pay/prices {owner: pay-team}",
			"create Component shop/cart {" + web + ", consumesApis: [pay/prices, pay/ledger, pay/charge]}",
			invalid("Component", "cart", "[spec.consumesApis[1]: Forbidden: "+ledgerIsPrivate+", spec.consumesApis[2]: Forbidden: "+chargeIsListed+"]")},
		"one in two spellings is told once": {
			restricted, "create Component pay/cart {owner: pay-team, consumesApis: [charge, pay/charge]}",
			forbidden("cart", "spec.consumesApis[0]", "api:pay/charge is Restricted: component:pay/cart is neither in system:pay/payments nor covered by its allowedConsumers; ask group:pay-team to add component:pay/cart to spec.allowedConsumers")},
		"added by an update": {
			restricted + "Component shop/cart {" + web + "}", "update Component shop/cart {" + web + ", consumesApis: [pay/charge]}",
			forbidden("cart", "spec.consumesApis[0]", chargeIsListed)},
		"added beside one that is granted": {
			restricted + "API pay/prices {owner: pay-team}\nComponent shop/cart {" + web + ", consumesApis: [pay/prices]}",
			"update Component shop/cart {" + web + ", consumesApis: [pay/prices, pay/charge]}", forbidden("cart", "spec.consumesApis[1]", chargeIsListed)},
		"taken out": {
			restricted + "Component shop/checkout {" + web + ", consumesApis: [pay/charge]}", "update Component shop/checkout {" + web + "}", allowed},
	})
}

func TestListOfAllowedConsumers(t *testing.T) {
	lists := func(who string) string {
		return systems + "API pay/charge {visibility: Restricted, system: payments, owner: pay-team, allowedConsumers: [" + who + "]}\n"
	}
	const cart, inShop = "create Component shop/cart {owner: web-team, consumesApis: [pay/charge]}", "create Component shop/cart {system: storefront, consumesApis: [pay/charge]}"
	no := invalid("Component", "cart", "spec.consumesApis[0]: Forbidden: "+chargeIsListed)
	pending := func(through string) string {
		return "spec.consumesApis[0]: api:pay/charge is Restricted, and does not grant component:shop/cart as things stand: it may through " +
			through + ", where something is missing or has not given its consent"
	}
	runCases(t, map[string]admissionCase{
		"its System":         {lists("'system:shop/storefront'"), inShop, allowed},
		"another System":     {lists("'system:shop/other'"), inShop, no},
		"its owner":          {lists("'group:web-team'"), cart, allowed},
		"another Group":      {lists("'group:pay-team'"), cart, no},
		"its System's owner": {lists("'group:web-team'"), inShop, allowed},
		"a Group above its owner": {
			lists("'group:eng'") + "Group eng {children: [lab-team], allowedNamespaces: {from: All}}\nGroup lab-team {parent: eng, allowedNamespaces: {from: All}}",
			"create Component shop/cart {owner: lab-team, consumesApis: [pay/charge]}", allowed},
		"its owner, which does not let the namespace in": {
			lists("'group:lab-team'") + "Group lab-team {}", "create Component shop/cart {owner: lab-team, consumesApis: [pay/charge]}", no},
		"a User": {lists("'group:web-team'") + "User ada {memberOf: [web-team]}", "create Component shop/cart {owner: 'user:ada', consumesApis: [pay/charge]}", no},
		"the Domain of its System": {
			"Domain commerce {allowedNamespaces: {from: All}}\n" + lists("'domain:commerce'") + "System shop/front {owner: web-team, domain: commerce}",
			"create Component shop/cart {system: front, consumesApis: [pay/charge]}", allowed},
		"a Domain above that of its System": {
			"Domain commerce {allowedNamespaces: {from: All}}\nDomain retail {subdomainOf: commerce, allowedNamespaces: {from: All}}\n" +
				lists("'domain:commerce'") + "System shop/front {owner: web-team, domain: retail}",
			"create Component shop/cart {system: front, consumesApis: [pay/charge]}", allowed},
		"a Domain below that of its System": {
			"Domain commerce {allowedNamespaces: {from: All}}\nDomain retail {subdomainOf: commerce, allowedNamespaces: {from: All}}\n" +
				lists("'domain:retail'") + "System shop/front {owner: web-team, domain: commerce}",
			"create Component shop/cart {system: front, consumesApis: [pay/charge]}", no},
		"the Domain of its System, which does not let the namespace in": {
			"Domain commerce {}\n" + lists("'domain:commerce'") + "System shop/front {owner: web-team, domain: commerce}",
			"create Component shop/cart {system: front, consumesApis: [pay/charge]}", no},
		"nobody who exists": {lists("'component:shop/checkout'"), cart, no},
		"its System, which does not exist yet": {
			lists("'system:shop/front'"), "create Component shop/cart {owner: web-team, system: front, consumesApis: [pay/charge]}",
			allowed.warns("spec.system: system:shop/front does not exist: create it or correct the name", pending("system:shop/front"))},
		"its owner, which does not exist yet": {
			lists("'group:lab-team'"), "create Component shop/cart {owner: lab-team, consumesApis: [pay/charge]}",
			allowed.warns("spec.owner: group:lab-team does not exist: create it or correct the name", pending("group:lab-team"))},
		"a Group that does not exist yet": {
			lists("'group:eng'"), cart, allowed.warns(pending("group:eng"))},
		"the Domain of its System, which does not exist yet": {
			lists("'domain:commerce'") + "System shop/front {owner: web-team, domain: commerce}",
			"create Component shop/cart {system: front, consumesApis: [pay/charge]}", allowed.warns(pending("domain:commerce"))},
	})
}

func TestMissingTargetsWarn(t *testing.T) {
	runCases(t, map[string]admissionCase{
		"an API": {teams, "create Component shop/cart {owner: web-team, consumesApis: [pay/none]}",
			allowed.warns("spec.consumesApis[0]: api:pay/none does not exist: create it or correct the name")},
		"an owner": {"", "create Component shop/cart {owner: web-team}",
			allowed.warns("spec.owner: group:web-team does not exist: create it or correct the name")},
		"a System": {teams, "create Component shop/cart {owner: web-team, system: none}",
			allowed.warns("spec.system: system:shop/none does not exist: create it or correct the name")},
		"a System in another namespace": {teams, "create Component shop/cart {owner: web-team, system: pay/none}",
			allowed.warns("spec.system: system:pay/none does not exist or does not permit this: ask its owner to cover this namespace in allowedNamespaces")},
		"a closed System in another namespace": {systems, "create Component shop/cart {owner: web-team, system: pay/payments}",
			allowed.warns("spec.system: system:pay/payments does not exist or does not permit this: ask its owner to cover this namespace in allowedNamespaces")},
		"a parent": {"", "create Group web-team {parent: eng}",
			allowed.warns("spec.parent: group:eng does not exist: create it or correct the name")},
	})
}
