package scorecards_test

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/intstr"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// cases are those of each check, by scorecard and name.
func cases() map[string][]live {
	out := map[string][]live{}
	for scorecard, table := range map[string]map[string][]live{
		"production-readiness": production(), "security-baseline": security(), "kubernetes-reliability": reliability(),
		"ownership-and-docs": ownership(), "api-quality": quality(),
	} {
		for check, all := range table {
			out[scorecard+"/"+check] = all
		}
	}
	return out
}

func production() map[string][]live {
	noOwner := func(w *world) {
		component(func(c *catalog.ComponentSpec) { c.Owner, c.System = "", "" })(w)
	}
	onlyCron := func(w *world) {
		edit(w, "nightly", func(c *catalog.Component) { c.Spec.Lifecycle = "production" })
	}
	return map[string][]live{
		"workloads-linked": {passes(checkout),
			fails("nothing has its name", checkout, stopped("checkout"), "No workload carries its name"),
			fails("what it names is not there", checkout, component(func(c *catalog.ComponentSpec) {
				c.Workloads = catalog.WorkloadLink{Kind: "Deployment", Name: "chekout"}
			}), "no workload in namespace shop matches")},
		"owned": {passes(checkout), fails("nobody", checkout, noOwner, "No owner is declared"),
			fails("somebody who does not exist", checkout, component(func(c *catalog.ComponentSpec) { c.Owner = "ghosts" }), "does not exist")},
		"runbook": {passes(checkout),
			fails("no links", checkout, component(func(c *catalog.ComponentSpec) { c.Links = nil }), "No link of type runbook"),
			fails("another link", checkout, component(func(c *catalog.ComponentSpec) { c.Links = c.Links[1:] }), "")},
		"readiness-probe": {passes(checkout),
			fails("none", checkout, container(func(c *corev1.Container) { c.ReadinessProbe = nil }), "Deployment checkout (main)"),
			leaves("a CronJob", nightly, onlyCron), unknown("no workload", checkout, stopped("checkout"))},
		"liveness-probe": {passes(checkout),
			fails("none", checkout, container(func(c *corev1.Container) { c.LivenessProbe = nil }), "Deployment checkout (main)"),
			leaves("a CronJob", nightly, onlyCron)},
		"resource-requests": {passes(checkout), passesWith("a CronJob", nightly, onlyCron),
			fails("no memory", checkout, container(func(c *corev1.Container) { delete(c.Resources.Requests, "memory") }), "checkout (main)"),
			fails("nothing", checkout, container(func(c *corev1.Container) { c.Resources = corev1.ResourceRequirements{} }), "")},
		"memory-limits": {passes(checkout),
			fails("none", checkout, container(func(c *corev1.Container) { c.Resources.Limits = nil }), "checkout (main)")},
		"references-resolved": {passes(checkout),
			fails("a database that is not there", checkout, without(ordersDB), "resource:shop/orders-db")},
		"two-replicas": {passes(checkout), leaves("a CronJob", nightly, onlyCron),
			fails("one", checkout, deployment(func(d *appsv1.DeploymentSpec) { d.Replicas = ptr(int32(1)) }), "Deployment checkout (1)"),
			fails("the default", checkout, deployment(func(d *appsv1.DeploymentSpec) { d.Replicas = nil }), "(1)"),
			fails("none", checkout, deployment(func(d *appsv1.DeploymentSpec) { d.Replicas = ptr(int32(0)) }), "(0)")},
		"access-granted": {passes(checkout),
			fails("not in the list", checkout, api("ledger", func(a *catalog.APISpec) {
				a.AllowedConsumers = []catalog.EntityRef{"component:nightly"}
				a.System = ""
			}), "ledger")},
		"source-repository": {passes(checkout),
			fails("none", checkout, component(func(c *catalog.ComponentSpec) { c.Source = catalog.Source{} }), "")},
		"disruption-budget": {passes(checkout), leaves("a CronJob", nightly, onlyCron),
			fails("none", checkout, func(w *world) { w.budgets = nil }, "Deployment checkout")},
		"spread": {passes(checkout),
			passesWith("by anti-affinity", checkout, pod(func(p *corev1.PodSpec) {
				p.TopologySpreadConstraints = nil
				p.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{}}
			})),
			fails("neither", checkout, pod(func(p *corev1.PodSpec) { p.TopologySpreadConstraints = nil }), "Deployment checkout"),
			fails("affinity to nodes", checkout, pod(func(p *corev1.PodSpec) {
				p.TopologySpreadConstraints = nil
				p.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}}
			}), "")},
		"dashboard": {passes(checkout),
			passesWith("by its icon", checkout, component(func(c *catalog.ComponentSpec) {
				c.Links[1].Type, c.Links[1].Icon = "", "dashboard"
			})),
			fails("none", checkout, component(func(c *catalog.ComponentSpec) { c.Links = c.Links[:1] }), "")},
	}
}

func security() map[string][]live {
	return map[string][]live{
		"not-privileged": {passes(checkout), passes(nightly), passes(ordersDB),
			fails("the container", checkout, container(func(c *corev1.Container) { c.SecurityContext.Privileged = ptr(true) }), "(main)"),
			fails("the init container", checkout, before(func(c *corev1.Container) { c.SecurityContext.Privileged = ptr(true) }), "(migrate)")},
		"no-host-namespaces": {passes(checkout),
			fails("network", checkout, pod(func(p *corev1.PodSpec) { p.HostNetwork = true }), "Deployment checkout"),
			fails("processes, of a CronJob", nightly, nightlyPod(func(p *corev1.PodSpec) { p.HostPID = true }), "CronJob nightly")},
		"no-host-path": {passes(checkout),
			fails("one", checkout, pod(func(p *corev1.PodSpec) {
				p.Volumes = append(p.Volumes, corev1.Volume{Name: "root", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}})
			}), "(root)")},
		"no-host-ports": {passes(checkout),
			fails("one", checkout, container(func(c *corev1.Container) { c.Ports[0].HostPort = 8080 }), "(main)")},
		"no-dangerous-capabilities": {passes(checkout),
			passesWith("one of the runtime's", checkout, container(func(c *corev1.Container) {
				c.SecurityContext.Capabilities.Add = []corev1.Capability{"CHOWN"}
			})),
			fails("one that leads to the node", checkout, container(func(c *corev1.Container) {
				c.SecurityContext.Capabilities.Add = []corev1.Capability{"SYS_ADMIN"}
			}), "(main)")},
		"versioned-images": {passes(checkout),
			passesWith("a registry with a port", checkout, container(func(c *corev1.Container) { c.Image = "localhost:5000/shop/checkout:1" })),
			fails("no tag", checkout, container(func(c *corev1.Container) { c.Image = "mongo" }), "(mongo)"),
			fails("no tag, a registry with a port", checkout, container(func(c *corev1.Container) { c.Image = "localhost:5000/mongo" }), "(localhost:5000/mongo)"),
			fails("latest", nightly, nightlyPod(func(p *corev1.PodSpec) { p.Containers[0].Image = "mongo:latest" }), "CronJob nightly")},
		"run-as-non-root": {passes(checkout),
			passesWith("said by the container", checkout, pod(func(p *corev1.PodSpec) {
				p.SecurityContext, p.InitContainers = nil, nil
				p.Containers[0].SecurityContext.RunAsNonRoot = ptr(true)
			})),
			fails("not said", checkout, pod(func(p *corev1.PodSpec) { p.SecurityContext.RunAsNonRoot = nil }), "(main, migrate)"),
			fails("the container says otherwise", checkout, container(func(c *corev1.Container) { c.SecurityContext.RunAsNonRoot = ptr(false) }), "(main)"),
			fails("as user 0", checkout, pod(func(p *corev1.PodSpec) { p.SecurityContext.RunAsUser = ptr(int64(0)) }), ""),
			fails("no context at all", checkout, pod(func(p *corev1.PodSpec) {
				p.SecurityContext, p.Containers[0].SecurityContext = nil, nil
			}), "")},
		"no-privilege-escalation": {passes(checkout),
			fails("not said", checkout, container(func(c *corev1.Container) { c.SecurityContext.AllowPrivilegeEscalation = nil }), "(main)")},
		"capabilities-dropped": {passes(checkout),
			passesWith("in lower case", checkout, container(func(c *corev1.Container) {
				c.SecurityContext.Capabilities.Drop = []corev1.Capability{"all"}
			})),
			fails("just one", checkout, container(func(c *corev1.Container) {
				c.SecurityContext.Capabilities.Drop = []corev1.Capability{"NET_RAW"}
			}), "(main)"),
			fails("none", checkout, container(func(c *corev1.Container) { c.SecurityContext.Capabilities = nil }), "(main)")},
		"no-added-capabilities": {passes(checkout),
			passesWith("the one for low ports", checkout, container(func(c *corev1.Container) {
				c.SecurityContext.Capabilities.Add = []corev1.Capability{"NET_BIND_SERVICE"}
			})),
			fails("another", checkout, container(func(c *corev1.Container) {
				c.SecurityContext.Capabilities.Add = []corev1.Capability{"NET_BIND_SERVICE", "CHOWN"}
			}), "(main)")},
		"seccomp-profile": {passes(checkout),
			fails("none", checkout, pod(func(p *corev1.PodSpec) { p.SecurityContext.SeccompProfile = nil }), "(main, migrate)"),
			fails("the container has none", checkout, container(func(c *corev1.Container) {
				c.SecurityContext.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined}
			}), "(main)")},
		"read-only-root": {passes(checkout),
			fails("not said", checkout, container(func(c *corev1.Container) { c.SecurityContext.ReadOnlyRootFilesystem = nil }), "(main)")},
		"own-service-account": {passes(checkout),
			passesWith("its own, with a token", checkout, pod(func(p *corev1.PodSpec) { p.AutomountServiceAccountToken = nil })),
			fails("the default one", checkout, pod(func(p *corev1.PodSpec) {
				p.AutomountServiceAccountToken, p.ServiceAccountName = nil, ""
			}), "Deployment checkout")},
		"token-not-mounted": {passes(checkout),
			fails("not said", checkout, pod(func(p *corev1.PodSpec) { p.AutomountServiceAccountToken = nil }), "Deployment checkout")},
		"secrets-as-files": {passes(checkout),
			fails("one variable", checkout, container(func(c *corev1.Container) {
				c.Env = append(c.Env, corev1.EnvVar{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{Key: "password"}}})
			}), "(main)"),
			fails("all of one", checkout, before(func(c *corev1.Container) {
				c.EnvFrom = []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{}}}
			}), "(migrate)"),
			passesWith("a field of the pod", checkout, container(func(c *corev1.Container) {
				c.Env = append(c.Env, corev1.EnvVar{Name: "IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}})
			}))},
		"image-digest": {passes(checkout),
			fails("a tag", checkout, container(func(c *corev1.Container) { c.Image = "example.com/checkout:1" }), "(example.com/checkout:1)")},
		"not-in-default-namespace": {passes(checkout),
			fails("there", "component:default/checkout", func(w *world) {
				edit(w, "checkout", func(c *catalog.Component) { c.Namespace = "default" })
				edit(w, "checkout", func(d *appsv1.Deployment) { d.Namespace = "default" })
			}, "Deployment checkout")},
	}
}

func reliability() map[string][]live {
	noAutoscaler := func(w *world) { w.autoscalers = nil }
	minAvailable := func(v intstr.IntOrString) func(*world) {
		return budget(func(b *policyv1.PodDisruptionBudgetSpec) { b.MaxUnavailable, b.MinAvailable = nil, &v })
	}
	maxUnavailable := func(v intstr.IntOrString) func(*world) {
		return budget(func(b *policyv1.PodDisruptionBudgetSpec) { b.MaxUnavailable = &v })
	}
	return map[string][]live{
		"autoscaler-range": {passes(checkout), leaves("no autoscaler", checkout, noAutoscaler),
			fails("from one", checkout, autoscaler(func(a *autoscalingv2.HorizontalPodAutoscalerSpec) { a.MinReplicas = nil }), "checkout from 1 to 6"),
			fails("no room", checkout, autoscaler(func(a *autoscalingv2.HorizontalPodAutoscalerSpec) { a.MaxReplicas = 2 }), "from 2 to 2")},
		"autoscaler-requests": {passes(checkout),
			fails("no request", checkout, container(func(c *corev1.Container) { delete(c.Resources.Requests, "cpu") }), "Deployment checkout"),
			passesWith("by an average value", checkout, func(w *world) {
				container(func(c *corev1.Container) { delete(c.Resources.Requests, "cpu") })(w)
				w.autoscalers[0].Spec.Metrics[0].Resource.Target.Type = autoscalingv2.AverageValueMetricType
			})},
		"budget-lets-go": {passes(checkout), leaves("no budget", checkout, func(w *world) { w.budgets = nil }),
			passesWith("all but one", checkout, minAvailable(intstr.FromInt32(2))), passesWith("half", checkout, minAvailable(intstr.FromString("50%"))),
			fails("none may go", checkout, maxUnavailable(intstr.FromInt32(0)), "(checkout)"),
			fails("no share may go", checkout, maxUnavailable(intstr.FromString("0%")), ""),
			fails("all must stay", checkout, minAvailable(intstr.FromString("100%")), ""),
			fails("as many as there are", checkout, minAvailable(intstr.FromInt32(3)), "")},
		"one-budget": {passes(checkout),
			fails("two", checkout, func(w *world) { w.budgets = append(w.budgets, w.budgets[0].DeepCopy()) }, "(checkout, checkout)")},
		"termination-grace": {passes(checkout), leaves("a CronJob", nightly, nil),
			fails("none", checkout, pod(func(p *corev1.PodSpec) { p.TerminationGracePeriodSeconds = ptr(int64(0)) }), "(0 s)")},
		"pre-stop": {passes(checkout), leaves("a database", ordersDB, nil),
			fails("none", checkout, container(func(c *corev1.Container) { c.Lifecycle = nil }), "Deployment checkout")},
		"probes-differ": {passes(checkout), leaves("no probes", ordersDB, nil),
			fails("the same", checkout, container(func(c *corev1.Container) { c.LivenessProbe = c.ReadinessProbe.DeepCopy() }), "(main)"),
			passesWith("more patient", checkout, container(func(c *corev1.Container) {
				c.LivenessProbe = c.ReadinessProbe.DeepCopy()
				c.LivenessProbe.FailureThreshold = 6
			}))},
		"startup-probe": {passes(checkout),
			fails("a long wait", checkout, container(func(c *corev1.Container) { c.LivenessProbe.InitialDelaySeconds = 300 }), "(main)"),
			passesWith("a long wait and a startup probe", checkout, container(func(c *corev1.Container) {
				c.LivenessProbe.InitialDelaySeconds, c.StartupProbe = 300, c.LivenessProbe.DeepCopy()
			}))},
		"rolling-update": {passes(checkout),
			fails("stops first", checkout, deployment(func(d *appsv1.DeploymentSpec) { d.Strategy.Type = appsv1.RecreateDeploymentStrategyType }), "Deployment checkout")},
		"can-roll-back": {passes(checkout), passes(ordersDB),
			fails("no history", ordersDB, statefulSet(func(s *appsv1.StatefulSetSpec) { s.RevisionHistoryLimit = ptr(int32(0)) }), "StatefulSet orders-db")},
		"memory-limit-near-request": {passes(checkout),
			fails("four times", checkout, container(func(c *corev1.Container) { c.Resources.Limits["memory"] = resource.MustParse("512Mi") }), "(main)"),
			leaves("no limit", checkout, container(func(c *corev1.Container) { c.Resources.Limits = nil }))},
		"bounded-memory-volume": {passes(checkout), leaves("no such volume", ordersDB, nil),
			fails("no size", checkout, pod(func(p *corev1.PodSpec) { p.Volumes[0].EmptyDir.SizeLimit = nil }), "(scratch)")},
		"durable-storage": {passes(ordersDB), leaves("a service", checkout, nil),
			fails("nothing", ordersDB, statefulSet(func(s *appsv1.StatefulSetSpec) { s.VolumeClaimTemplates = nil }), "StatefulSet orders-db"),
			passesWith("a claim", ordersDB, statefulSet(func(s *appsv1.StatefulSetSpec) {
				s.VolumeClaimTemplates = nil
				s.Template.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
					PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data"}}}}
			}))},
		"not-tied-to-a-node": {passes(checkout),
			passesWith("by zone", checkout, pod(func(p *corev1.PodSpec) { p.NodeSelector = map[string]string{"topology.kubernetes.io/zone": "a"} })),
			fails("by its name", checkout, pod(func(p *corev1.PodSpec) { p.NodeName = "n1" }), "Deployment checkout"),
			fails("by its label", nightly, nightlyPod(func(p *corev1.PodSpec) {
				p.NodeSelector = map[string]string{"kubernetes.io/hostname": "n1"}
			}), "CronJob nightly")},
		"cron-no-overlap": {passes(nightly), leaves("a Deployment", checkout, nil),
			fails("not said", nightly, cronJob(func(c *batchv1.CronJobSpec) { c.ConcurrencyPolicy = "" }), "CronJob nightly"),
			fails("allowed", nightly, cronJob(func(c *batchv1.CronJobSpec) { c.ConcurrencyPolicy = batchv1.AllowConcurrent }), "")},
		"job-deadline": {passes(nightly), leaves("a Deployment", checkout, nil),
			fails("none", nightly, cronJob(func(c *batchv1.CronJobSpec) { c.JobTemplate.Spec.ActiveDeadlineSeconds = nil }), "CronJob nightly")},
	}
}

func ownership() map[string][]live {
	nobody := component(func(c *catalog.ComponentSpec) { c.Owner, c.System = "", "" })
	link := func(l ...catalog.Link) func(*world) { return component(func(c *catalog.ComponentSpec) { c.Links = l }) }
	return map[string][]live{
		"owner": {passes(checkout), passes(orders), passes(ordersDB), passes(store),
			passesWith("inherited", checkout, component(func(c *catalog.ComponentSpec) { c.Owner = "" })),
			fails("nobody", checkout, nobody, "No owner is declared"),
			fails("nobody, of a System", store, func(w *world) {
				edit(w, "storefront", func(s *catalog.System) { s.Spec.Owner, s.Spec.Domain = "", "" })
			}, "No owner is declared")},
		"owner-granted": {passes(checkout), leaves("nobody", checkout, nobody),
			fails("only claimed", checkout, team(func(g *catalog.GroupSpec) { g.AllowedNamespaces = catalog.AllowedNamespaces{} }), "only claimed")},
		"owner-is-a-team": {passes(checkout),
			fails("a person", checkout, component(func(c *catalog.ComponentSpec) { c.Owner = "user:freya" }), "Owned by user:freya")},
		"description": {passes(checkout),
			fails("none", checkout, component(func(c *catalog.ComponentSpec) { c.Description = "" }), "Without a description"),
			fails("a word", checkout, component(func(c *catalog.ComponentSpec) { c.Description = "Checkout" }), "has 8 characters")},
		"owner-has-members": {passes(checkout), passesWith("never had any", checkout, without("user:freya")),
			fails("all have left", checkout, func(w *world) {
				without("user:freya")(w)
				edit(w, "checkout-team", func(g *catalog.Group) { g.Status.Summary.Members = ptr(int32(1)) })
			}, "group:checkout-team has no members left"),
			leaves("an owner that does not exist", checkout, component(func(c *catalog.ComponentSpec) { c.Owner = "ghosts" })),
			leaves("a person", checkout, component(func(c *catalog.ComponentSpec) { c.Owner = "user:freya" }))},
		"owner-can-be-reached": {passes(checkout),
			passesWith("by a link", checkout, team(func(g *catalog.GroupSpec) {
				g.Profile, g.Links = catalog.Profile{}, []catalog.Link{{URL: "https://chat.example.com/checkout"}}
			})),
			passesWith("a person", checkout, component(func(c *catalog.ComponentSpec) { c.Owner = "user:freya" })),
			fails("not at all", checkout, team(func(g *catalog.GroupSpec) { g.Profile = catalog.Profile{} }), "group:checkout-team"),
			unknown("an owner that does not exist", checkout, component(func(c *catalog.ComponentSpec) { c.Owner = "ghosts" }))},
		"part-of-something": {passes(checkout), passes(store),
			fails("of nothing", checkout, component(func(c *catalog.ComponentSpec) { c.System = "" }), "In no System"),
			fails("a System of nothing", store, func(w *world) {
				edit(w, "storefront", func(s *catalog.System) { s.Spec.Domain = "" })
			}, "In no Domain")},
		"references-resolved": {passes(checkout), fails("a database that is not there", checkout, without(ordersDB), "orders-db")},
		"links":               {passes(checkout), fails("none", checkout, link(), "")},
		"docs-link": {passes(checkout), passes(ordersV1),
			fails("another", checkout, link(catalog.Link{URL: "https://example.com", Type: "chat"}), "")},
		"link-titles": {passes(checkout), leaves("no links", checkout, link()),
			fails("none", checkout, link(catalog.Link{URL: "https://example.com/x"}), "https://example.com/x")},
		"encrypted-links": {passes(checkout),
			passesWith("an address for mail", checkout, link(catalog.Link{URL: "mailto:a@example.com"})),
			fails("http", checkout, link(catalog.Link{URL: "http://example.com/x"}), "http://example.com/x")},
		"title": {passes(checkout), fails("none", checkout, component(func(c *catalog.ComponentSpec) { c.Title = "" }), "")},
		"tags":  {passes(checkout), fails("none", checkout, component(func(c *catalog.ComponentSpec) { c.Tags = nil }), "")},
		"known-lifecycle": {passes(checkout), leaves("a Resource", ordersDB, nil),
			fails("another word", checkout, component(func(c *catalog.ComponentSpec) { c.Lifecycle = "ga" }), "The lifecycle is ga")},
		"deprecated-leads-on": {passes(ordersV1), leaves("not deprecated", checkout, nil), leaves("a System", store, nil),
			fails("nowhere", ordersV1, api("orders-v1", func(a *catalog.APISpec) { a.Links = nil }), "")},
		"source-repository": {passes(checkout), leaves("bought", "component:shop/ledger", nil), leaves("an API", orders, nil),
			fails("none", checkout, component(func(c *catalog.ComponentSpec) { c.Source = catalog.Source{} }), "")},
	}
}

func quality() map[string][]live {
	text := func(from, to string) func(*world) {
		return api("orders", func(a *catalog.APISpec) { a.Definition = strings.Replace(a.Definition, from, to, 1) })
	}
	undeclared := api("orders", func(a *catalog.APISpec) { a.Definition = "" })
	broken := text("openapi: 3.1.0", "openapi: [")
	return map[string][]live{
		"definition-declared": {passes(orders), fails("none", orders, undeclared, "Neither")},
		"definition-parses":   {passes(orders), leaves("none", orders, undeclared), fails("not YAML", orders, broken, "not openapi as spec.type says")},
		"known-format": {passes(orders), passes(ledger), passes(ordersV1),
			fails("a word of one's own", orders, api("orders", func(a *catalog.APISpec) { a.Type = "http" }), "The type is http")},
		"description": {passes(orders), fails("none", orders, api("orders", func(a *catalog.APISpec) { a.Description = "" }), "Without a description")},
		"provided":    {passes(orders), fails("by nobody", orders, component(func(c *catalog.ComponentSpec) { c.ProvidesAPIs = nil }), "")},
		"has-operations": {passes(orders), passes(ledger), unknown("no definition", orders, undeclared), unknown("not YAML", orders, broken),
			fails("none", orders, text("paths:", "x-paths:"), "")},
		"documented-operations": {passes(orders), passes(ledger),
			fails("one without", orders, text("summary: Place an order", "operationId: place"), "1 of 2 without a description: POST /orders"),
			fails("one without, of gRPC", ledger, api("ledger", func(a *catalog.APISpec) {
				a.Definition = strings.Replace(a.Definition, "// Book writes one booking.", "", 1)
			}), "Book")},
		"version":          {passes(orders), passes(ordersV1), leaves("gRPC", ledger, nil), fails("none", orders, text(", version: 1.4.2", ""), "")},
		"semantic-version": {passes(orders), passes(ordersV1), fails("a date", orders, text("1.4.2", "2026-03-01"), "2026-03-01")},
		"current-format":   {passes(orders), passes(ordersV1), fails("Swagger", orders, text("openapi: 3.1.0", "swagger: '2.0'"), "openapi 2.0")},
		"servers":          {passes(orders), fails("none", orders, text("servers:", "x-servers:"), "")},
		"encrypted-servers": {passes(orders), passes(ordersV1), leaves("none", orders, text("servers:", "x-servers:")),
			fails("http", orders, text("https://orders", "http://orders"), "http://orders.example.com")},
		"auth-declared": {passes(orders), leaves("Private", ordersV1, nil), fails("none", orders, text("securitySchemes", "x-schemes"), "")},
		"restricted-names-consumers": {passes(ledger), leaves("Public", orders, nil),
			fails("nobody", ledger, api("ledger", func(a *catalog.APISpec) { a.AllowedConsumers = nil }), "")},
		"public-has-docs": {passes(orders), leaves("Restricted", ledger, nil),
			fails("none", orders, api("orders", func(a *catalog.APISpec) { a.Links = nil }), "")},
		"no-denied-consumers": {passes(ledger),
			fails("one", ledger, api("ledger", func(a *catalog.APISpec) {
				a.AllowedConsumers, a.System = []catalog.EntityRef{"component:nightly"}, ""
			}), "1 consume it and may not")},
		"deprecated-is-unused": {passes(ordersV1), leaves("in production", orders, nil),
			fails("still used", ordersV1, component(func(c *catalog.ComponentSpec) { c.ConsumesAPIs = []catalog.EntityRef{"orders-v1"} }), "component:shop/checkout")},
		"deprecation-agrees": {passes(orders), leaves("deprecated", ordersV1, nil),
			fails("all of it is", orders, text("summary: Place an order", "summary: Place an order, deprecated: true"), "")},
	}
}
