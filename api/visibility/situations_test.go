package visibility_test

var systems = []situation{{
	name: "both are in one System of the API's namespace",
	entities: `component:pay/ui system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay`,
	consumer:      "component:pay/ui",
	restricted:    "Allowed SameSystem system:pay/pay",
	private:       "Allowed SameSystem system:pay/pay",
	whyRestricted: "api:pay/charge is Restricted, and both belong to system:pay/pay",
	whyPrivate:    "api:pay/charge is Private, and both belong to system:pay/pay",
}, {
	name: "both are in one System whose consent is None: its own namespace needs none",
	entities: `component:pay/ui system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=None`,
	consumer:   "component:pay/ui",
	restricted: "Allowed SameSystem system:pay/pay",
	private:    "Allowed SameSystem system:pay/pay",
}, {
	name: "the consumer joined the API's System from another namespace, and all may",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=All`,
	restricted: "Allowed SameSystem system:pay/pay",
	private:    "Allowed SameSystem system:pay/pay",
}, {
	name: "the consumer joined the API's System from a namespace with the label that it asks for",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=env:dev`,
	restricted: "Allowed SameSystem system:pay/pay",
	private:    "Allowed SameSystem system:pay/pay",
}, {
	name: "the consumer joined the API's System from the namespace that it names",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=kubernetes.io/metadata.name:shop`,
	restricted: "Allowed SameSystem system:pay/pay",
	private:    "Allowed SameSystem system:pay/pay",
}, {
	name: "the API's System refuses the consumer's namespace, which is not told from a missing one",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=Same`,
	restricted:    "Undecided Pending system:pay/pay",
	private:       "Undecided Pending system:pay/pay",
	whyRestricted: "api:pay/charge is Restricted, and does not grant component:shop/checkout as things stand: it may through system:pay/pay, where something is missing or has not given its consent",
	whyPrivate:    "api:pay/charge is Private, and does not grant component:shop/checkout as things stand: it may through system:pay/pay, where something is missing or has not given its consent",
}, {
	name: "the API's System, in the API's namespace, is missing, and the consumer names it too",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay`,
	restricted: "Undecided Pending system:pay/pay",
	private:    "Undecided Pending system:pay/pay",
	whyPrivate: "api:pay/charge is Private, and does not grant component:shop/checkout as things stand: it may through system:pay/pay, where something is missing or has not given its consent",
}, {
	name: "the API's System grants a label, and those of the consumer's namespace are not known",
	entities: `unknown shop
		component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=env:dev`,
	restricted: "Undecided Pending system:pay/pay",
	private:    "Undecided Pending system:pay/pay",
}, {
	name: "the consumer's System refuses the API's namespace",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge system=system:shop/store
		system:shop/store`,
	restricted: "Undecided Pending system:shop/store",
	private:    "Undecided Pending system:shop/store",
}, {
	name: "the consumer's System grants the API's namespace",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge system=system:shop/store
		system:shop/store from=env:prod`,
	restricted: "Allowed SameSystem system:shop/store",
	private:    "Allowed SameSystem system:shop/store",
}, {
	name: "both name a System in a third namespace that is missing",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge system=system:x/guild`,
	restricted: "Undecided Pending system:x/guild",
	private:    "Undecided Pending system:x/guild",
}, {
	name: "both are in one System of a third namespace",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge system=system:x/guild
		system:x/guild from=All`,
	restricted: "Allowed SameSystem system:x/guild",
	private:    "Allowed SameSystem system:x/guild",
}, {
	name: "they are in two Systems, and the API has an owner to ask",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge system=system:pay/pay owner=group:pay
		system:shop/store
		system:pay/pay`,
	whyRestricted: "api:pay/charge is Restricted: component:shop/checkout is neither in system:pay/pay nor covered by its allowedConsumers; ask group:pay to add component:shop/checkout to spec.allowedConsumers",
	whyPrivate:    "api:pay/charge is Private: only members of system:pay/pay may use it; ask group:pay to move both into one System, or make the API Restricted",
}, {
	name: "they are in two Systems of one namespace",
	entities: `component:pay/ui system=system:pay/front
		api:pay/charge system=system:pay/pay
		system:pay/front
		system:pay/pay`,
	consumer: "component:pay/ui",
}, {
	name: "they are in two Systems of one Domain: that is not one System",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge system=system:pay/pay
		system:shop/store domain=domain:commerce
		system:pay/pay domain=domain:commerce
		domain:commerce from=All`,
	whyPrivate: "api:pay/charge is Private: only members of system:pay/pay may use it; it has no owner to ask: move both into one System, or make the API Restricted",
}, {
	name: "their Systems have one name in two namespaces",
	entities: `component:shop/checkout system=system:shop/pay
		api:pay/charge system=system:pay/pay
		system:shop/pay
		system:pay/pay`,
}, {
	name: "neither has a System: none equals none is not the same",
	entities: `component:shop/checkout
		api:pay/charge`,
	whyRestricted: "api:pay/charge is Restricted: component:shop/checkout is neither in a System of its own nor covered by its allowedConsumers; it has no owner to ask: add component:shop/checkout to spec.allowedConsumers",
	whyPrivate:    "api:pay/charge is Private: only its providers may use it; it has no owner to ask: move both into one System, or make the API Restricted",
}, {
	name: "the API has a System, and the consumer none",
	entities: `component:shop/checkout
		api:pay/charge system=system:pay/pay
		system:pay/pay from=All`,
}, {
	name: "the consumer has a System, and the API none",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge owner=user:ada
		system:shop/store`,
	whyPrivate: "api:pay/charge is Private: only its providers may use it; ask user:ada to move both into one System, or make the API Restricted",
}, {
	name: "the API names a missing System, and the consumer none",
	entities: `component:shop/checkout
		api:pay/charge system=system:pay/pay`,
	whyPrivate: "api:pay/charge is Private: only members of system:pay/pay may use it; it has no owner to ask: move both into one System, or make the API Restricted",
}, {
	name: "the consumer names a missing System, and the API another",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge system=system:pay/pay
		system:pay/pay`,
}, {
	name: "the consumer provides the API, which has no System",
	entities: `component:pay/server provides=api:pay/charge
		api:pay/charge`,
	consumer:   "component:pay/server",
	private:    "Allowed Provider",
	whyPrivate: "api:pay/charge is Private and has no System, and component:pay/server provides it",
}, {
	name: "the consumer provides the API, which names a missing System: it is not without one",
	entities: `component:pay/server provides=api:pay/charge
		api:pay/charge system=system:pay/pay`,
	consumer: "component:pay/server",
}, {
	name: "the consumer provides the API, and is not in its System",
	entities: `component:pay/server provides=api:pay/charge
		api:pay/charge system=system:pay/pay
		system:pay/pay`,
	consumer: "component:pay/server",
}, {
	name: "the consumer provides the API, and both name a missing System",
	entities: `component:pay/server provides=api:pay/charge system=system:pay/pay
		api:pay/charge system=system:pay/pay`,
	consumer:   "component:pay/server",
	restricted: "Undecided Pending system:pay/pay",
	private:    "Undecided Pending system:pay/pay",
}, {
	name: "the consumer claims to provide the API from another namespace",
	entities: `component:shop/checkout provides=api:pay/charge
		api:pay/charge`,
}, {
	name: "another component provides the API",
	entities: `component:pay/server provides=api:pay/charge
		component:pay/ui
		api:pay/charge`,
	consumer: "component:pay/ui",
}, {
	name: "the provider's System is not the API's: a System does not come from the provider",
	entities: `component:pay/server provides=api:pay/charge system=system:pay/pay
		component:pay/ui system=system:pay/pay
		api:pay/charge
		system:pay/pay`,
	consumer: "component:pay/ui",
}, {
	name: "a Resource depends on the API, and both are in one System",
	entities: `resource:pay/db system=system:pay/pay dependsOn=api:pay/charge
		api:pay/charge system=system:pay/pay
		system:pay/pay`,
	consumer:   "resource:pay/db",
	restricted: "Allowed SameSystem system:pay/pay",
	private:    "Allowed SameSystem system:pay/pay",
}, {
	name: "a Resource depends on the API from elsewhere",
	entities: `resource:shop/db dependsOn=api:pay/charge
		api:pay/charge`,
	consumer: "resource:shop/db",
}, {
	name: "a Component depends on the API from elsewhere",
	entities: `component:shop/checkout dependsOn=api:pay/charge
		api:pay/charge`,
}, {
	name:     "the consumer does not exist",
	entities: `api:pay/charge`,
}}

var listedDirectly = []situation{{
	name: "the component is listed",
	entities: `component:shop/checkout
		api:pay/charge allow=component:shop/checkout`,
	restricted:    "Allowed AllowedEntity component:shop/checkout",
	whyRestricted: "api:pay/charge is Restricted, and its allowedConsumers name component:shop/checkout",
}, {
	name: "the component is listed, and depends on the API",
	entities: `component:shop/checkout dependsOn=api:pay/charge
		api:pay/charge allow=component:shop/checkout`,
	restricted: "Allowed AllowedEntity component:shop/checkout",
}, {
	name:       "the component is listed before it exists",
	entities:   `api:pay/charge allow=component:shop/checkout`,
	restricted: "Allowed AllowedEntity component:shop/checkout",
}, {
	name: "another component is listed, which does not exist",
	entities: `component:shop/checkout
		api:pay/charge allow=component:shop/cart`,
}, {
	name: "a component of that name in another namespace is listed",
	entities: `component:shop/checkout
		component:x/checkout
		api:pay/charge allow=component:x/checkout`,
}, {
	name: "a component of the Resource's name is listed",
	entities: `resource:shop/checkout dependsOn=api:pay/charge
		api:pay/charge allow=component:shop/checkout`,
	consumer: "resource:shop/checkout",
}, {
	name: "the list is empty",
	entities: `component:shop/checkout
		api:pay/charge owner=group:gone`,
	whyRestricted: "api:pay/charge is Restricted: component:shop/checkout is neither in a System of its own nor covered by its allowedConsumers; ask group:gone to add component:shop/checkout to spec.allowedConsumers",
}, {
	name: "its System is listed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=system:shop/store
		system:shop/store`,
	restricted:    "Allowed AllowedSystem system:shop/store",
	whyRestricted: "api:pay/charge is Restricted, and its allowedConsumers name system:shop/store",
}, {
	name: "the System of a Resource is listed",
	entities: `resource:shop/db system=system:shop/store dependsOn=api:pay/charge
		api:pay/charge allow=system:shop/store
		system:shop/store`,
	consumer:   "resource:shop/db",
	restricted: "Allowed AllowedSystem system:shop/store",
}, {
	name: "its System in another namespace is listed, and granted it",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=system:x/guild
		system:x/guild from=All`,
	restricted: "Allowed AllowedSystem system:x/guild",
}, {
	name: "a System in another namespace that it names is listed, and closed",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=system:x/guild
		system:x/guild from=Same`,
	restricted:    "Undecided Pending system:x/guild",
	whyRestricted: "api:pay/charge is Restricted, and does not grant component:shop/checkout as things stand: it may through system:x/guild, where something is missing or has not given its consent",
}, {
	name: "a System in another namespace that it names is listed, and missing",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=system:x/guild`,
	restricted:    "Undecided Pending system:x/guild",
	whyRestricted: "api:pay/charge is Restricted, and does not grant component:shop/checkout as things stand: it may through system:x/guild, where something is missing or has not given its consent",
}, {
	name: "a System in its own namespace that it names is listed, and missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=system:shop/store`,
	restricted: "Undecided Pending system:shop/store",
}, {
	name: "another System is listed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=system:shop/cart
		system:shop/store
		system:shop/cart`,
}, {
	name: "another System is listed, which is missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=system:shop/cart
		system:shop/store`,
}, {
	name: "another System is listed than the missing one that it names",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=system:shop/cart
		system:shop/cart`,
}, {
	name: "a System is listed, and it has none",
	entities: `component:shop/checkout
		api:pay/charge allow=system:shop/store
		system:shop/store from=All`,
}, {
	name: "both the component and its System are listed: the first decides",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=system:shop/store,component:shop/checkout
		system:shop/store`,
	restricted: "Allowed AllowedSystem system:shop/store",
}, {
	name: "both are in one System, and the component is listed too",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay allow=component:shop/checkout
		system:pay/pay from=All`,
	restricted: "Allowed SameSystem system:pay/pay",
	private:    "Allowed SameSystem system:pay/pay",
}}

var listedDomains = []situation{{
	name: "the Domain of its System is listed, and grants it",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:commerce
		domain:commerce from=All`,
	restricted:    "Allowed AllowedDomain domain:commerce",
	whyRestricted: "api:pay/charge is Restricted, and its allowedConsumers name domain:commerce",
}, {
	name: "the Domain of its System is listed, and grants its label",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:commerce
		domain:commerce from=env:dev`,
	restricted: "Allowed AllowedDomain domain:commerce",
}, {
	name: "the Domain above that of its System is listed: a sub-domain is covered, by the consent of the sub-domain",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce from=All
		domain:commerce from=None`,
	restricted: "Allowed AllowedDomain domain:commerce",
}, {
	name: "the Domain two levels above is listed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:top
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce from=All
		domain:commerce parent=domain:top
		domain:top`,
	restricted: "Allowed AllowedDomain domain:top",
}, {
	name: "a sub-domain of its Domain is listed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:web
		system:shop/store domain=domain:commerce
		domain:web parent=domain:commerce from=All
		domain:commerce from=All`,
}, {
	name: "another sub-domain of the same Domain is listed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:mobile
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce from=All
		domain:mobile parent=domain:commerce from=All
		domain:commerce`,
}, {
	name: "the Domain is only claimed: who names himself gains nothing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:commerce
		domain:commerce`,
}, {
	name: "the Domain is only claimed, as it grants another label",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:commerce
		domain:commerce from=env:prod`,
}, {
	name: "the sub-domain is only claimed, though the one above would grant it",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce
		domain:commerce from=All`,
}, {
	name: "the Domain grants a label, and those of the System's namespace are not known",
	entities: `unknown shop
		component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:commerce
		domain:commerce from=env:dev`,
	restricted: "Undecided Pending domain:commerce",
}, {
	name: "another Domain is listed than the one that may grant a namespace whose labels are not known",
	entities: `unknown shop
		component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:mobile
		system:shop/store domain=domain:commerce
		domain:commerce from=env:dev
		domain:mobile from=All`,
}, {
	name: "the Domain grants nobody, and the labels of the System's namespace are not known",
	entities: `unknown shop
		component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:commerce
		domain:commerce from=None`,
}, {
	name: "the Domain grants another namespace by name, and the labels of the System's namespace are not known",
	entities: `unknown shop
		component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:commerce
		domain:commerce from=kubernetes.io/metadata.name:pay`,
}, {
	name: "the Domain of its System is listed, and missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:commerce`,
	restricted:    "Undecided Pending domain:commerce",
	whyRestricted: "api:pay/charge is Restricted, and does not grant component:shop/checkout as things stand: it may through domain:commerce, where something is missing or has not given its consent",
}, {
	name: "the Domain of its System is missing, and may be a sub-domain of the listed one",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:web
		domain:commerce`,
	restricted: "Undecided Pending domain:commerce",
}, {
	name: "the Domain above that of its System is missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:top
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce from=All
		domain:top`,
	restricted: "Undecided Pending domain:top",
}, {
	name: "the Domain above that of its System is missing, and the listed one is below it",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:mobile
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce from=All
		domain:mobile parent=domain:commerce`,
}, {
	name: "the listed Domain is missing, and that of its System has none above it: a sub-domain names its parent",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:web
		domain:web from=All`,
}, {
	name: "the System that it names is missing, and may be in any Domain",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		domain:commerce`,
	restricted: "Undecided Pending domain:commerce",
}, {
	name: "the System in another namespace that it names is closed, and may be in any Domain",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=domain:commerce
		system:x/guild
		domain:commerce`,
	restricted: "Undecided Pending domain:commerce",
}, {
	name: "the System in another namespace that it names is missing, and may be in any Domain",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=domain:commerce
		domain:commerce`,
	restricted: "Undecided Pending domain:commerce",
}, {
	name: "its System is in no Domain",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store
		domain:commerce from=All`,
}, {
	name: "it has no System, and so no Domain",
	entities: `component:shop/checkout
		api:pay/charge allow=domain:commerce
		domain:commerce from=All`,
}, {
	name: "its Domain is on a cycle, and listed itself",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:web
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce from=All
		domain:commerce parent=domain:web`,
	restricted: "Allowed AllowedDomain domain:web",
}, {
	name: "its Domain is on a cycle, and the other on it is listed: a cycle is not followed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce from=All
		domain:commerce parent=domain:web`,
}, {
	name: "the listed Domain names itself as its parent, and is above",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store domain=domain:web
		domain:web parent=domain:commerce from=All
		domain:commerce parent=domain:commerce`,
	restricted: "Allowed AllowedDomain domain:commerce",
}}

var listedGroups = []situation{{
	name: "the Group that owns it is listed, and grants it",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:cart
		group:cart from=All`,
	restricted:    "Allowed AllowedGroup group:cart",
	whyRestricted: "api:pay/charge is Restricted, and its allowedConsumers name group:cart",
}, {
	name: "the Group that owns it is listed, and grants its label",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:cart
		group:cart from=env:dev`,
	restricted: "Allowed AllowedGroup group:cart",
}, {
	name: "the Group that owns a Resource is listed",
	entities: `resource:shop/db owner=group:cart dependsOn=api:pay/charge
		api:pay/charge allow=group:cart
		group:cart from=All`,
	consumer:   "resource:shop/db",
	restricted: "Allowed AllowedGroup group:cart",
}, {
	name: "the parent of its Group is listed, as the child says",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart parent=group:web from=All
		group:web`,
	restricted: "Allowed AllowedGroup group:web",
}, {
	name: "the parent of its Group is listed, as the parent says",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart from=All
		group:web children=group:cart`,
	restricted: "Allowed AllowedGroup group:web",
}, {
	name: "the Group two levels above is listed",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart parent=group:web from=All
		group:web
		group:org children=group:web`,
	restricted: "Allowed AllowedGroup group:org",
}, {
	name: "a Group that names its Group as a child is listed, and its Group names another parent",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart parent=group:org from=All
		group:web children=group:cart
		group:org`,
}, {
	name: "two Groups name its Group as a child, and the second in alphabetical order is listed",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart from=All
		group:web children=group:cart
		group:org children=group:cart`,
}, {
	name: "a child of its Group is listed",
	entities: `component:shop/checkout owner=group:web
		api:pay/charge allow=group:cart
		group:cart parent=group:web from=All
		group:web from=All`,
}, {
	name: "another Group is listed",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart from=All
		group:web from=All`,
	whyRestricted: "api:pay/charge is Restricted: component:shop/checkout is neither in a System of its own nor covered by its allowedConsumers; it has no owner to ask: add component:shop/checkout to spec.allowedConsumers",
}, {
	name: "the owner is only claimed: who names himself gains nothing",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:cart
		group:cart`,
}, {
	name: "the owner is only claimed, as it grants another label",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:cart
		group:cart from=env:prod`,
}, {
	name: "the owner is only claimed, though its parent would grant it",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart parent=group:web from=None
		group:web from=All`,
}, {
	name: "the owner grants a label, and those of the namespace are not known",
	entities: `unknown shop
		component:shop/checkout owner=group:cart
		api:pay/charge allow=group:cart
		group:cart from=env:dev`,
	restricted: "Undecided Pending group:cart",
}, {
	name: "the owner grants another namespace by name, and the labels of the consumer's are not known",
	entities: `unknown shop
		component:shop/checkout owner=group:cart
		api:pay/charge allow=group:cart
		group:cart from=kubernetes.io/metadata.name:pay`,
}, {
	name: "a user owns it, and a Group of that name is listed",
	entities: `component:shop/checkout owner=user:ada
		api:pay/charge allow=group:ada
		group:ada from=All`,
}, {
	name: "a user owns it that does not exist",
	entities: `component:shop/checkout owner=user:gone
		api:pay/charge allow=group:cart
		group:cart from=All`,
}, {
	name: "nobody owns it",
	entities: `component:shop/checkout
		api:pay/charge allow=group:cart
		group:cart from=All`,
}, {
	name: "its Group is on a cycle, and listed itself",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:cart
		group:cart parent=group:web from=All
		group:web parent=group:cart`,
	restricted: "Allowed AllowedGroup group:cart",
}, {
	name: "its Group is on a cycle, and the other on it is listed: a cycle is not followed",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart parent=group:web from=All
		group:web parent=group:cart`,
}, {
	name: "its Group is below a cycle, and the nearest on it is listed",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart parent=group:web from=All
		group:web parent=group:org
		group:org parent=group:web`,
	restricted: "Allowed AllowedGroup group:web",
}, {
	name: "its Group is listed with others, and the first that covers it decides",
	entities: `component:shop/checkout owner=group:cart system=system:shop/store
		api:pay/charge allow=component:shop/x,domain:commerce,group:web,group:cart,system:shop/store
		system:shop/store
		group:cart parent=group:web from=All
		group:web`,
	restricted: "Allowed AllowedGroup group:web",
}}

var listedOwners = []situation{{
	name: "the Group that owns its System is listed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store owner=group:cart
		group:cart from=All`,
	restricted: "Allowed AllowedGroup group:cart",
}, {
	name: "the Group that owns its System in another namespace is listed, and grants that namespace",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=group:cart
		system:x/guild owner=group:cart from=All
		group:cart from=kubernetes.io/metadata.name:x`,
	restricted: "Allowed AllowedGroup group:cart",
}, {
	name: "the Group that owns its System grants the consumer's namespace and not the System's",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=group:cart
		system:x/guild owner=group:cart from=All
		group:cart from=kubernetes.io/metadata.name:shop`,
}, {
	name: "the Group that owns its System is only claimed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store owner=group:cart
		group:cart`,
}, {
	name: "the owner of its System is another than its own",
	entities: `component:shop/checkout system=system:shop/store owner=group:web
		api:pay/charge allow=group:cart
		system:shop/store owner=group:cart
		group:web from=All
		group:cart from=All`,
}, {
	name: "a user owns it, and a listed Group its System",
	entities: `component:shop/checkout system=system:shop/store owner=user:ada
		api:pay/charge allow=group:cart
		system:shop/store owner=group:cart
		group:cart from=All`,
}, {
	name: "a user owns its System",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store owner=user:ada
		group:cart from=All`,
}, {
	name: "the Group that owns its Domain is listed, and the Domain grants the System",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		domain:commerce owner=group:cart from=All
		group:cart`,
	restricted: "Allowed AllowedGroup group:cart",
}, {
	name: "the Group that owns its Domain is listed, and the Domain is only claimed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		domain:commerce owner=group:cart
		group:cart from=All`,
}, {
	name: "the Group that owns its Domain is listed, and the Domain grants a label of a namespace whose labels are not known",
	entities: `unknown shop
		component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		domain:commerce owner=group:cart from=env:dev
		group:cart`,
	restricted: "Undecided Pending group:cart",
}, {
	name: "the parent of the Group that owns the Domain above is listed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:web
		system:shop/store domain=domain:commerce
		domain:commerce parent=domain:top from=All
		domain:top owner=group:cart
		group:cart parent=group:web
		group:web`,
	restricted: "Allowed AllowedGroup group:web",
}, {
	name: "the Group that owns the other Domain on a cycle is listed: nothing comes down a cycle",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		domain:commerce parent=domain:top from=All
		domain:top parent=domain:commerce owner=group:cart
		group:cart`,
}, {
	name: "it has no owner, and the System that it names is missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		group:cart`,
	restricted: "Undecided Pending group:cart",
}, {
	name: "it has no owner, and the System in another namespace that it names is closed",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=group:cart
		system:x/guild owner=group:web
		group:cart`,
	restricted: "Undecided Pending group:cart",
}, {
	name: "it has no owner, and the System in another namespace that it names is missing",
	entities: `component:shop/checkout system=system:x/guild
		api:pay/charge allow=group:cart
		group:cart`,
	restricted: "Undecided Pending group:cart",
}, {
	name: "it has an owner, and the System that it names is missing: nothing comes down to it",
	entities: `component:shop/checkout system=system:shop/store owner=group:web
		api:pay/charge allow=group:cart
		group:cart
		group:web from=All`,
}, {
	name: "it has no owner, nor has its System, whose Domain is missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		group:cart`,
	restricted: "Undecided Pending group:cart",
}, {
	name: "it has no owner, nor has its Domain, and the Domain above is missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		domain:commerce parent=domain:top from=All
		group:cart`,
	restricted: "Undecided Pending group:cart",
}, {
	name: "it has no owner, its Domain is only claimed, and the Domain above is missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		domain:commerce parent=domain:top
		group:cart`,
}, {
	name: "nobody owns anything up to the highest Domain",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		domain:commerce from=All
		group:cart from=All`,
}}

var stillAwaited = []situation{{
	name: "the Group that owns it is listed, and missing",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:cart`,
	restricted:    "Undecided Pending group:cart",
	whyRestricted: "api:pay/charge is Restricted, and does not grant component:shop/checkout as things stand: it may through group:cart, where something is missing or has not given its consent",
}, {
	name: "the Group that owns it is missing, and may be below the listed one",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:web`,
	restricted: "Undecided Pending group:web",
}, {
	name: "the Group that owns it is missing, and the listed one is below it",
	entities: `component:shop/checkout owner=group:web
		api:pay/charge allow=group:cart
		group:cart parent=group:web`,
}, {
	name: "the Group that owns its System is missing",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:web
		system:shop/store owner=group:cart
		group:web`,
	restricted: "Undecided Pending group:web",
}, {
	name: "the Group that owns it is missing, and its Domain only claimed",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=group:cart
		system:shop/store domain=domain:commerce
		domain:commerce owner=group:cart`,
}, {
	name: "the parent of its Group is missing",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart parent=group:web from=All
		group:org`,
	restricted: "Undecided Pending group:org",
}, {
	name: "the parent of its Group is missing, and its Group only claimed",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart parent=group:web
		group:org`,
}, {
	name: "the parent of its Group is missing, and the listed Group is below its Group",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:tills
		group:cart parent=group:web from=All
		group:tills parent=group:cart`,
}, {
	name: "the listed Group is missing, and may name its Group as a child",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart from=All`,
	restricted: "Undecided Pending group:web",
}, {
	name: "the listed Group is missing, and its Group has a parent that it may take in",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart parent=group:web from=All
		group:web`,
	restricted: "Undecided Pending group:org",
}, {
	name: "the listed Group is missing, and its Group names itself as its parent",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart parent=group:cart from=All`,
}, {
	name: "the listed Group is missing, and its Group is on a cycle that both declare",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart parent=group:web from=All
		group:web parent=group:cart`,
}, {
	name: "the listed Group waits for a child that may name its Group as a child",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart from=All
		group:org children=group:web`,
	restricted: "Undecided Pending group:org",
}, {
	name: "a Group below the listed one waits for a child",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart from=All
		group:org children=group:dept
		group:dept children=group:web`,
	restricted: "Undecided Pending group:org",
}, {
	name: "the listed Group waits for a child, and its Group names a parent",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart parent=group:cart from=All
		group:org children=group:web`,
}, {
	name: "the listed Group has all its children, none of which has its Group",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart from=All
		group:org children=group:web
		group:web`,
}, {
	name: "a Group that is not listed waits for a child",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart from=All
		group:other children=group:web
		group:org`,
}, {
	name: "a missing Group that somebody else names as owner opens nothing",
	entities: `component:shop/checkout owner=group:cart
		component:shop/other owner=group:gone
		api:pay/charge allow=group:org
		group:cart from=All
		group:org`,
}}

var moves = []situation{{
	name: "the consumer moved into the API's System",
	entities: `component:shop/checkout
		api:pay/charge system=system:pay/pay
		system:pay/pay from=All
		then component:shop/checkout system=system:pay/pay`,
	restricted: "Allowed SameSystem system:pay/pay",
	private:    "Allowed SameSystem system:pay/pay",
}, {
	name: "the consumer moved out of the API's System",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=All
		then component:shop/checkout`,
}, {
	name: "the API moved into the consumer's System",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge system=system:pay/pay
		system:shop/store from=All
		system:pay/pay
		then api:pay/charge system=system:shop/store`,
	restricted: "Allowed SameSystem system:shop/store",
	private:    "Allowed SameSystem system:shop/store",
}, {
	name: "the API moved out of the consumer's System",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=All
		then api:pay/charge`,
}, {
	name: "the System withdrew its consent",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=All
		then system:pay/pay`,
	restricted: "Undecided Pending system:pay/pay",
	private:    "Undecided Pending system:pay/pay",
}, {
	name: "the System went",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=All
		then delete system:pay/pay`,
	restricted: "Undecided Pending system:pay/pay",
	private:    "Undecided Pending system:pay/pay",
}, {
	name: "the consumer's namespace lost the label that the System asks for",
	entities: `component:shop/checkout system=system:pay/pay
		api:pay/charge system=system:pay/pay
		system:pay/pay from=env:dev
		then label shop env=prod`,
	restricted: "Undecided Pending system:pay/pay",
	private:    "Undecided Pending system:pay/pay",
}, {
	name: "the System moved to the listed Domain",
	entities: `component:shop/checkout system=system:shop/store
		api:pay/charge allow=domain:commerce
		system:shop/store
		domain:commerce from=All
		then system:shop/store domain=domain:commerce`,
	restricted: "Allowed AllowedDomain domain:commerce",
}, {
	name: "the Group moved below the listed one",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart from=All
		group:org
		then group:cart parent=group:org from=All`,
	restricted: "Allowed AllowedGroup group:org",
}, {
	name: "the Group moved away from below the listed one",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:org
		group:cart parent=group:org from=All
		group:org
		then group:cart from=All`,
}, {
	name: "the consumer was taken off the list",
	entities: `component:shop/checkout
		api:pay/charge allow=component:shop/checkout
		then api:pay/charge allow=component:shop/cart`,
}, {
	name: "the consumer was put on the list",
	entities: `component:shop/checkout
		api:pay/charge
		then api:pay/charge allow=component:shop/checkout`,
	restricted: "Allowed AllowedEntity component:shop/checkout",
}, {
	name: "the Group that was awaited came without its Group among its children",
	entities: `component:shop/checkout owner=group:cart
		api:pay/charge allow=group:web
		group:cart from=All
		then group:web`,
}}
