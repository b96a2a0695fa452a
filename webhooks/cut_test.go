package webhooks_test

import (
	"fmt"
	"strings"
	"testing"
)

// cutBy is a refusal of a change that cuts consumers.
func cutBy(kind, name, field, whom string) answer {
	return invalid(kind, name, field+": Forbidden: takes access from "+whom+
		": agree with their owners, or annotate catalog.callboard.dev/allow-cut with the reason")
}

func TestChangeThatCutsConsumers(t *testing.T) {
	const (
		meant   = " @{catalog.callboard.dev/allow-cut: it was agreed}"
		one     = "component:shop/cart (of api:pay/charge)"
		listed  = restricted + "Component shop/checkout {owner: web-team, consumesApis: [pay/charge]}"
		anybody = systems + "API pay/charge {system: payments, owner: pay-team}\nComponent shop/cart {owner: web-team, consumesApis: [pay/charge]}"
		inside  = systems + "API pay/charge {visibility: Private, system: payments, owner: pay-team}\nComponent pay/book {system: payments, consumesApis: [charge]}"
		domains = "Domain commerce {allowedNamespaces: {from: All}}\nDomain retail {subdomainOf: commerce, allowedNamespaces: {from: All}}\n" + systems +
			"API pay/charge {visibility: Restricted, owner: pay-team, allowedConsumers: ['domain:commerce']}\n" +
			"System shop/front {owner: web-team, domain: retail}\nComponent shop/cart {system: front, consumesApis: [pay/charge]}"
		groups = "Group eng {allowedNamespaces: {from: All}}\nGroup lab-team {parent: eng, allowedNamespaces: {from: All}}\n" + systems +
			"API pay/charge {visibility: Restricted, owner: pay-team, allowedConsumers: ['group:eng']}\n" +
			"Component shop/cart {owner: lab-team, consumesApis: [pay/charge]}"
		guest = systems + "System lab/open {owner: pay-team, allowedNamespaces: {from: All}}\n" +
			"API lab/charge {visibility: Private, system: open, owner: pay-team}\nComponent shop/cart {owner: web-team, system: lab/open, consumesApis: [lab/charge]}"
	)
	runCases(t, map[string]admissionCase{
		"an API that becomes private": {anybody, "update API pay/charge {system: payments, owner: pay-team, visibility: Private}",
			cutBy("API", "charge", "spec.visibility", one)},
		"an API that becomes private, which is meant": {anybody, "update API pay/charge {system: payments, owner: pay-team, visibility: Private}" + meant,
			allowed.warns("spec.visibility: takes access from " + one)},
		"an API that becomes private, with an empty reason": {anybody,
			"update API pay/charge {system: payments, owner: pay-team, visibility: Private} @{catalog.callboard.dev/allow-cut: ''}",
			cutBy("API", "charge", "spec.visibility", one)},
		"an API that becomes restricted": {anybody, "update API pay/charge {system: payments, owner: pay-team, visibility: Restricted}",
			cutBy("API", "charge", "spec.visibility", one)},
		"an API that becomes restricted and lists its consumers": {anybody,
			"update API pay/charge {system: payments, owner: pay-team, visibility: Restricted, allowedConsumers: ['component:shop/cart']}", allowed},
		"an API whose list gets shorter": {listed, "update API pay/charge {visibility: Restricted, system: payments, owner: pay-team}",
			cutBy("API", "charge", "spec.allowedConsumers", "component:shop/checkout (of api:pay/charge)")},
		"an API whose list names another": {listed, "update API pay/charge {visibility: Restricted, system: payments, owner: pay-team, allowedConsumers: ['component:shop/cart']}",
			cutBy("API", "charge", "spec.allowedConsumers", "component:shop/checkout (of api:pay/charge)")},
		"an API whose list names the System instead": {restricted + "Component shop/checkout {system: storefront, consumesApis: [pay/charge]}",
			"update API pay/charge {visibility: Restricted, system: payments, owner: pay-team, allowedConsumers: ['system:shop/storefront']}", allowed},
		"an API that moves to another System": {inside + "\nSystem pay/other {owner: pay-team}", "update API pay/charge {visibility: Private, system: other, owner: pay-team}",
			cutBy("API", "charge", "spec.system", "component:pay/book (of api:pay/charge)")},
		"an API that leaves its System": {inside, "update API pay/charge {visibility: Private, owner: pay-team}",
			cutBy("API", "charge", "spec.system", "component:pay/book (of api:pay/charge)")},
		"an API that is opened":      {inside, "update API pay/charge {system: payments, owner: pay-team}", allowed},
		"an API without consumers":   {private, "update API pay/ledger {visibility: Private, owner: pay-team}", allowed},
		"an API whose title changes": {anybody, "update API pay/charge {system: payments, owner: pay-team, title: Charge}", allowed},
		"a consumer without a grant does not block": {anybody + "\nupdate API pay/charge {system: payments, owner: pay-team, visibility: Restricted, allowedConsumers: ['component:shop/cart']}" +
			"\nComponent shop/checkout {owner: lab-team, consumesApis: [pay/none]}",
			"update API pay/charge {system: payments, owner: pay-team, visibility: Restricted, allowedConsumers: ['component:shop/cart', 'component:shop/web']}", allowed},
		"a System that leaves its Domain": {domains, "update System shop/front {owner: web-team}", cutBy("System", "front", "spec.domain", one)},
		"a System that leaves its Domain, which is meant": {domains, "update System shop/front {owner: web-team}" + meant,
			allowed.warns("spec.domain: takes access from " + one)},
		"a System that closes": {guest, "update System lab/open {owner: pay-team}",
			cutBy("System", "open", "spec.allowedNamespaces", "component:shop/cart (of api:lab/charge)")},
		"a System that changes its owner": {systems + "API pay/charge {visibility: Restricted, owner: pay-team, allowedConsumers: ['group:web-team']}\n" +
			"Component shop/cart {system: storefront, consumesApis: [pay/charge]}",
			"update System shop/storefront {owner: pay-team}", cutBy("System", "storefront", "spec.owner", one)},
		"a Domain that moves up":          {domains, "update Domain retail {allowedNamespaces: {from: All}}", cutBy("Domain", "retail", "spec.subdomainOf", one)},
		"a Domain that closes":            {domains, "update Domain retail {subdomainOf: commerce}", cutBy("Domain", "retail", "spec.allowedNamespaces", one)},
		"a Group that leaves its parent":  {groups, "update Group lab-team {allowedNamespaces: {from: All}}", cutBy("Group", "lab-team", "spec.parent", one)},
		"a Group that closes":             {groups, "update Group lab-team {parent: eng}", cutBy("Group", "lab-team", "spec.allowedNamespaces", one)},
		"a Group that changes its parent": {groups + "\nGroup finance {allowedNamespaces: {from: All}}", "update Group lab-team {parent: finance, allowedNamespaces: {from: All}}", cutBy("Group", "lab-team", "spec.parent", one)},
		"a parent that lets go of a child it named": {"Group eng {children: [lab-team], allowedNamespaces: {from: All}}\nGroup lab-team {allowedNamespaces: {from: All}}\n" + systems +
			"API pay/charge {visibility: Restricted, owner: pay-team, allowedConsumers: ['group:eng']}\nComponent shop/cart {owner: lab-team, consumesApis: [pay/charge]}",
			"update Group eng {allowedNamespaces: {from: All}}", cutBy("Group", "eng", "spec.children", one)},
	})
}

func TestFirstTenConsumersAreNamed(t *testing.T) {
	given := public
	var named []string
	for i := range 12 {
		given += fmt.Sprintf("\nComponent shop/c%02d {owner: web-team, consumesApis: [pay/prices]}", i)
		if i < 10 {
			named = append(named, fmt.Sprintf("component:shop/c%02d (of api:pay/prices)", i))
		}
	}
	runCases(t, map[string]admissionCase{"of twelve": {given, "update API pay/prices {visibility: Private, system: payments, owner: pay-team}",
		cutBy("API", "prices", "spec.visibility", strings.Join(named, ", ")+" and 2 more")}})
}

func TestOldViolationsOnlyWarn(t *testing.T) {
	const (
		web   = "owner: web-team"
		old   = public + "Component shop/cart {owner: web-team, consumesApis: [pay/prices]}\n"
		since = old + "update API pay/prices {visibility: Private, system: payments, owner: pay-team} @{catalog.callboard.dev/allow-cut: agreed}\n"
		why   = "api:pay/prices is Private: only members of system:pay/payments may use it; ask group:pay-team to move both into one System, or make the API Restricted"
	)
	warn := allowed.warns("spec.consumesApis[0]: " + why)
	runCases(t, map[string]admissionCase{
		"its title changes":           {since, "update Component shop/cart {" + web + ", title: Cart, consumesApis: [pay/prices]}", warn},
		"it consumes another as well": {since + "API pay/rates {owner: pay-team}", "update Component shop/cart {" + web + ", consumesApis: [pay/prices, pay/rates]}", warn},
		"it consumes another that is not granted": {since + "API pay/ledger {visibility: Private, system: payments, owner: pay-team}",
			"update Component shop/cart {" + web + ", consumesApis: [pay/prices, pay/ledger]}",
			invalid("Component", "cart", "spec.consumesApis[1]: Forbidden: "+ledgerIsPrivate).warns("spec.consumesApis[0]: " + why)},
		"it lets go of it":             {since, "update Component shop/cart {" + web + "}", allowed},
		"it names it in another field": {since, "update Component shop/cart {" + web + ", dependsOn: ['api:pay/prices']}", allowed.warns("spec.dependsOn[0]: " + why)},
		"it is made anew":              {since, "create Component shop/cart2 {" + web + ", consumesApis: [pay/prices]}", invalid("Component", "cart2", "spec.consumesApis[0]: Forbidden: "+why)},
		"a component that leaves the System that grants it": {
			systems + "API pay/prices {visibility: Private, system: payments, owner: pay-team}\nComponent pay/cart {system: payments, consumesApis: [prices]}",
			"update Component pay/cart {owner: web-team, consumesApis: [prices]}", invalid("Component", "cart", "spec.consumesApis[0]: Forbidden: "+why)},
		"a component that changes the owner that is listed": {
			systems + "API pay/charge {visibility: Restricted, system: payments, owner: pay-team, allowedConsumers: ['group:web-team']}\nComponent shop/cart {owner: web-team, consumesApis: [pay/charge]}",
			"update Component shop/cart {owner: pay-team, consumesApis: [pay/charge]}", invalid("Component", "cart", "spec.consumesApis[0]: Forbidden: "+chargeIsListed)},
		"a component that moves into the System": {since + "update API pay/prices {visibility: Private, system: payments, owner: pay-team} @{catalog.callboard.dev/allow-cut: agreed}\nSystem shop/other {owner: web-team}",
			"update Component shop/cart {system: other, consumesApis: [pay/prices]}", warn},
	})
}

func TestModes(t *testing.T) {
	labelled := func(mode string) string {
		return "Namespace pay {catalog.callboard.dev/visibility: '" + mode + "'}\n"
	}
	const add, narrow = "create Component shop/cart {owner: web-team, consumesApis: [pay/charge]}", "update API pay/prices {visibility: Private, system: payments, owner: pay-team}"
	used := public + "Component shop/cart {owner: web-team, consumesApis: [pay/prices]}"
	const who = "spec.visibility: takes access from component:shop/cart (of api:pay/prices)"
	no := invalid("Component", "cart", "spec.consumesApis[0]: Forbidden: "+chargeIsListed)
	runCases(t, map[string]admissionCase{
		"enforce":                      {labelled("enforce") + restricted, add, no},
		"warn":                         {labelled("warn") + restricted, add, allowed.warns("spec.consumesApis[0]: " + chargeIsListed)},
		"audit":                        {labelled("audit") + restricted, add, allowed},
		"a slip of the pen":            {labelled("Audit") + restricted, add, no},
		"empty":                        {labelled("") + restricted, add, no},
		"of the consumer's namespace":  {"Namespace shop {catalog.callboard.dev/visibility: audit}\n" + restricted, add, no},
		"a cut where it only warns":    {labelled("warn") + used, narrow, allowed.warns(who)},
		"a cut where it is only noted": {labelled("audit") + used, narrow, allowed},
		"a cut where it is refused":    {labelled("enforce") + used, narrow, cutBy("API", "prices", "spec.visibility", "component:shop/cart (of api:pay/prices)")},
	})
}
