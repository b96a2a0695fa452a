package scorecard_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestExpressionsThatDoNotCompile(t *testing.T) {
	cases := map[string]struct {
		change func(*catalog.ScorecardSpec)
		want   string // in the text of the error
	}{
		"a field that no Component has": {ask("true", "entity.spec.ownr == 'x'"), `spec.checks[1].expression: Invalid value: "entity.spec.ownr == 'x'": line 1, column 12: undefined field 'ownr'`},
		"on the second line":            {ask("true &&\n  entity.spec.ownr == 'x'"), "line 2, column 14: undefined field 'ownr'"},
		"a variable of another kind":    {ask("definition.operations > 0"), "undeclared reference to 'definition' (in container ''): there is entity, owner, system, domain, workloads, relations, facts, attestations"},
		"the text of an environment":    {ask("workloads.all(w, w.template.spec.containers.all(c, c.env.all(e, e.value != '')))"), "undefined field 'value'"},
		"scores":                        {ask("size(entity.status.scores) > 0"), "undefined field 'scores'"},
		"the status of the owner":       {ask("has(owner.status.summary)"), "undefined field 'status'"},
		"the status of the system":      {ask("system.status.owner == 'x'"), "undefined field 'status'"},
		"the status of the domain":      {ask("has(domain.status)"), "undefined field 'status'"},
		"an attestation's other field":  {ask("attestations['threat-model'].answr == 'Yes'"), "undefined field 'answr'"},
		"an answer that is no bool":     {ask("attestations['threat-model'].answer"), "must be a bool, and is a string"},
		"a status of a workload":        {ask("workloads.all(w, w.status.readyReplicas > 0)"), "undefined field 'status'"},
		"no bool":                       {ask("entity.spec.type"), "must be a bool, and is a string"},
		"of any type":                   {ask("facts.x"), "must be a bool, and is a dyn"},
		"when that is no bool":          {check(catalog.ScorecardCheck{When: "1", Expression: "true"}), "spec.checks[0].when: Invalid value: \"1\": must be a bool, and is a int"},
		"a message that is no string":   {check(catalog.ScorecardCheck{MessageExpression: "1", Expression: "true"}), "spec.checks[0].messageExpression"},
		"where that sees more":          {where("owner.kind == 'Group'"), "spec.appliesTo.where"},
		"comparing apples":              {ask("entity.spec.type == 1"), "no matching overload"},
		"no syntax":                     {ask("entity.spec.type =="), "line 1, column"},
		"too long":                      {ask(catalog.CELExpression(strings.Repeat(" ", 2048) + "true")), "longer than 2048 bytes"},
		"a list out of nothing":         {ask("lists.range(9).size() > 1"), "lists.range is not available"},
		"all that is found":             {ask("entity.spec.type.findAll('a').size() > 1"), "findAll is not available: it may search"},
		"a pattern that is made":        {ask("entity.spec.type.matches('^' + entity.metadata.name)"), "line 1, column 25: the pattern must be a plain text between quotes"},
		"a pattern that is long":        {ask("entity.spec.type.matches('((a{1,20}){1,9}){1,3}')"), "the pattern has more than 300 steps: repeat less"},
		"a pattern that is no pattern":  {ask("entity.spec.type.find('a(') == ''"), "missing closing )"},
		"of two kinds, wrong for one": {func(s *catalog.ScorecardSpec) {
			ask("entity.spec.visibility == 'Public'")(s)
			kinds("API", "Component")(s)
		}, "of kind Component: line 1, column 12: undefined field 'visibility'"},
		"a relation that is none": {ask("relations.ownedBye.count == 1"), "undefined field 'ownedBye'"},
		"a level that is none":    {check(catalog.ScorecardCheck{Expression: "true", Level: "Gold"}), "spec.checks[0].level"},
		"two of one name": {func(s *catalog.ScorecardSpec) {
			check(catalog.ScorecardCheck{Expression: "true"})(s)
			check(catalog.ScorecardCheck{Expression: "true"})(s)
		}, "spec.checks[1].name: Duplicate value"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, errs := scorecard.Compile(card(tc.change), scorecard.Admission)
			if got := fmt.Sprint(errs.ToAggregate()); !strings.Contains(got, tc.want) {
				t.Errorf("Compile() says %s\nwant %s", got, tc.want)
			}
		})
	}
}

func check(c catalog.ScorecardCheck) func(*catalog.ScorecardSpec) {
	return func(s *catalog.ScorecardSpec) {
		if c.Name == "" {
			c.Name = "c0"
		}
		s.Checks = append(s.Checks, c)
	}
}

func where(text catalog.CELExpression) func(*catalog.ScorecardSpec) {
	return func(s *catalog.ScorecardSpec) { s.AppliesTo.Where = text; ask("true")(s) }
}

func kinds(all ...catalog.ScoredKind) func(*catalog.ScorecardSpec) {
	return func(s *catalog.ScorecardSpec) { s.AppliesTo.Kinds = all }
}

func TestOutcomesAndEvidence(t *testing.T) {
	type evidence = []catalog.Evidence
	cases := map[string]struct {
		check    catalog.ScorecardCheck
		change   func(*scorecard.Input)
		want     catalog.CheckOutcome
		message  string
		evidence evidence
	}{
		"too few replicas, hidden": {catalog.ScorecardCheck{Expression: "workloads.all(w, w.spec.replicas >= 5)"}, nil, "Fail", "c0", evidence{{Path: "workloads[0].spec.replicas"}}},
		"too few replicas, listed": {catalog.ScorecardCheck{Expression: "workloads.all(w, w.spec.replicas >= 5)", Evidence: []catalog.EvidencePath{"workloads.spec.replicas"}}, nil, "Fail", "c0", evidence{{Path: "workloads[0].spec.replicas", Value: "3"}}},
		"a path above is listed":   {catalog.ScorecardCheck{Expression: "workloads.all(w, w.spec.replicas >= 5)", Evidence: []catalog.EvidencePath{"workloads.spec"}}, nil, "Fail", "c0", evidence{{Path: "workloads[0].spec.replicas", Value: "3"}}},
		"another path is listed":   {catalog.ScorecardCheck{Expression: "workloads.all(w, w.spec.replicas >= 5)", Evidence: []catalog.EvidencePath{"workloads.spec.replicasX"}}, nil, "Fail", "c0", evidence{{Path: "workloads[0].spec.replicas"}}},
		"what is missing":          {catalog.ScorecardCheck{Expression: "workloads.all(w, w.template.spec.containers.all(c, has(c.startupProbe)))"}, nil, "Fail", "c0", evidence{{Path: "workloads[0].template.spec.containers[0].startupProbe", Value: "absent"}}},
		"only the side that fails": {catalog.ScorecardCheck{Expression: "entity.spec.type == 'service' && entity.spec.lifecycle == 'experimental'"}, nil, "Fail", "c0", evidence{{Path: "entity.spec.lifecycle", Value: `"production"`}}},
		"both sides of or":         {catalog.ScorecardCheck{Expression: "entity.spec.type == 'library' || entity.spec.lifecycle == 'experimental'"}, nil, "Fail", "c0", evidence{{Path: "entity.spec.type", Value: `"service"`}, {Path: "entity.spec.lifecycle", Value: `"production"`}}},
		"a message":                {catalog.ScorecardCheck{Title: "Title", Expression: "entity.spec.type == 'x'", MessageExpression: "'is ' + entity.spec.type"}, nil, "Fail", "is service", evidence{{Path: "entity.spec.type", Value: `"service"`}}},
		"a message that errs":      {catalog.ScorecardCheck{Title: "Title", Expression: "entity.spec.type == 'x'", MessageExpression: "string(1 / 0)"}, nil, "Fail", "Title", evidence{{Path: "entity.spec.type", Value: `"service"`}}},
		"no owner there":           {catalog.ScorecardCheck{Expression: "owner.spec.type == 'team'"}, func(in *scorecard.Input) { in.Owner = nil }, "Unknown", "Not known: owner", evidence{{Path: "owner.spec.type", Value: "not known"}}},
		"no workloads known":       {catalog.ScorecardCheck{Expression: "workloads.all(w, w.spec.replicas > 1)"}, func(in *scorecard.Input) { in.Workloads = nil }, "Unknown", "Not known: workloads", evidence{{Path: "workloads", Value: "not known"}}},
		"no workloads":             {catalog.ScorecardCheck{Expression: "size(workloads) == 0"}, func(in *scorecard.Input) { in.Workloads = []*scorecard.Workload{} }, "Pass", "", nil},
		"not needed after all":     {catalog.ScorecardCheck{Expression: "owner.spec.type == 'team' || true"}, func(in *scorecard.Input) { in.Owner = nil }, "Pass", "", nil},
		"false all the same":       {catalog.ScorecardCheck{Expression: "owner.spec.type == 'team' && entity.spec.type == 'x'"}, func(in *scorecard.Input) { in.Owner = nil }, "Fail", "c0", evidence{{Path: "entity.spec.type", Value: `"service"`}}},
		"a fact that is not there": {catalog.ScorecardCheck{Expression: "facts.other > 1"}, nil, "Unknown", `Not known: facts["other"]`, evidence{{Path: "facts.other", Value: "not known"}}},
		"asked whether it is":      {catalog.ScorecardCheck{Expression: "has(facts.other) || 'other' in facts"}, nil, "Fail", "c0", evidence{{Path: "facts.other", Value: "absent"}, {Path: "facts", Value: "2 fields"}}},
		"when is not known":        {catalog.ScorecardCheck{When: "owner.kind == 'Group'", Expression: "true"}, func(in *scorecard.Input) { in.Owner = nil }, "Unknown", "Not known: owner", evidence{{Path: "owner.kind", Value: "not known"}}},
		"when errs":                {catalog.ScorecardCheck{When: "1 / 0 == 1", Expression: "true"}, nil, "Error", "division by zero", nil},
		"a field that is not set":  {catalog.ScorecardCheck{Expression: "entity.spec.subcomponentOf == 'x'"}, nil, "Error", "no such key: subcomponentOf", evidence{{Path: "entity.spec.subcomponentOf", Value: "absent"}}},
		"a key word as a name":     {catalog.ScorecardCheck{Expression: "entity.metadata.namespace == 'shop' && entity.metadata.__namespace__ == 'shop'"}, nil, "Pass", "", nil},
		"a time":                   {catalog.ScorecardCheck{Expression: "entity.metadata.creationTimestamp < timestamp('2026-03-01T00:00:00Z')"}, nil, "Pass", "", nil},
		"a relation without edges": {catalog.ScorecardCheck{Expression: "relations.dependsOn.count == 0 && relations.ownedBy.refs == ['group:checkout-team']"}, nil, "Pass", "", nil},
		"no way to a status":       {catalog.ScorecardCheck{Expression: "[dyn(owner), dyn(system), dyn(domain)].exists(o, has(o.status))"}, nil, "Fail", "c0", evidence{{Path: "owner", Value: "4 fields"}, {Path: "system", Value: "4 fields"}, {Path: "domain", Value: "4 fields"}}},
		"its own status":           {catalog.ScorecardCheck{Expression: "entity.status.owner == 'group:checkout-team'"}, nil, "Pass", "", nil},
		"a budget":                 {catalog.ScorecardCheck{Expression: "workloads.all(w, w.podDisruptionBudgets.exists(b, b.spec.minAvailable == 1) && size(w.horizontalPodAutoscalers) == 0)"}, nil, "Pass", "", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := checkout(t)
			if tc.change != nil {
				tc.change(&in)
			}
			got := evaluate(t, mustCompile(t, card(check(tc.check))), in).Checks[0]
			if got.Outcome != tc.want || got.Message != tc.message {
				t.Errorf("%s %q, want %s %q", got.Outcome, got.Message, tc.want, tc.message)
			}
			if diff := cmp.Diff(tc.evidence, got.Evidence); diff != "" {
				t.Errorf("evidence (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScrub(t *testing.T) {
	c := goodContainer()
	c["env"] = append(c["env"].([]any), obj{"name": "TOKEN", "valueFrom": obj{"secretKeyRef": obj{"name": "sec-name", "key": "sec-key"}}})
	c["envFrom"] = []any{obj{"secretRef": obj{"name": "sec-name"}}}
	c["livenessProbe"] = obj{"httpGet": obj{"path": "/", "httpHeaders": []any{obj{"name": "Authorization", "value": "hunter2"}}}}
	live := deployment(1, c)
	live.Object["metadata"].(obj)["annotations"] = obj{"kubectl.kubernetes.io/last-applied-configuration": "hunter2", "kept": "yes"}
	pod := live.Object["spec"].(obj)["template"].(obj)["spec"].(obj)
	pod["volumes"] = []any{obj{"name": "v", "secret": obj{"secretName": "sec-name"}}, obj{"name": "a", "azureFile": obj{"secretName": "sec-name", "shareName": "kept"}}}
	pod["imagePullSecrets"] = []any{obj{"name": "sec-name"}}
	before := fmt.Sprint(live.Object)
	got := fmt.Sprint(scorecard.Scrub(live.Object))
	for _, secret := range []string{"hunter2", "sec-name", "sec-key", "readyReplicas", "resourceVersion"} {
		if strings.Contains(got, secret) {
			t.Errorf("Scrub() leaves %q in %s", secret, got)
		}
	}
	for _, kept := range []string{"PASSWORD", "TOKEN", "secretKeyRef", "kept", "shareName", "replicas", "Authorization"} {
		if !strings.Contains(got, kept) {
			t.Errorf("Scrub() takes %q away: %s", kept, got)
		}
	}
	if fmt.Sprint(live.Object) != before {
		t.Error("Scrub() changed what it read")
	}
}
