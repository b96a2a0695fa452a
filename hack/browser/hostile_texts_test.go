package browser

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// definitions make a definition of each format in which all texts stand, wherever it has room for them.
var definitions = map[string]func([]string) string{
	"openapi":  openapiOf,
	"asyncapi": asyncapiOf,
	"graphql":  graphqlOf,
	"grpc":     protoOf,
}

type object = map[string]any

func openapiOf(texts []string) string {
	var parameters, servers, tags []any
	responses, schemas := object{}, object{}
	for i, p := range texts {
		schema := object{"type": "string", "title": p, "description": p, "default": p, "enum": []string{p}, "pattern": p, "example": p}
		parameters = append(parameters, object{"name": p, "in": "query", "description": p, "schema": schema, "example": p})
		servers = append(servers, object{"url": p, "description": p})
		tags = append(tags, object{"name": p, "description": p, "externalDocs": object{"url": p, "description": p}})
		responses[fmt.Sprint(200+i)] = object{"description": p, "content": object{"application/json": object{
			"schema": object{"type": "object", "properties": object{p: schema}}, "example": p}}}
		schemas[fmt.Sprint("S", i)] = schema
	}
	paths := object{"/": object{"post": object{
		"operationId": texts[0], "summary": texts[0], "description": strings.Join(texts, "\n\n"), "parameters": parameters, "responses": responses}}}
	for i, p := range texts {
		paths[fmt.Sprint("/", i)] = object{"get": object{"operationId": p, "summary": p, "description": p, "tags": []string{p}, "responses": object{"200": object{"description": p}}}}
	}
	return marshal(object{
		"openapi": "3.0.3", "info": object{"title": texts[0], "version": texts[0], "description": strings.Join(texts, "\n\n")},
		"servers": servers, "tags": tags, "paths": paths, "components": object{"schemas": schemas}, "externalDocs": object{"url": texts[0], "description": texts[0]},
	})
}

func asyncapiOf(texts []string) string {
	channels, servers, fields := object{}, object{}, object{}
	for _, p := range texts {
		fields[p] = object{"type": "string", "title": p, "description": p, "enum": []string{p}, "examples": []string{p}}
	}
	for i, p := range texts {
		servers[fmt.Sprint("s", i)] = object{"url": p, "protocol": "mqtt", "description": p}
		channels[p] = object{"description": p, "publish": object{"operationId": p, "summary": p, "description": p, "message": object{
			"name": p, "title": p, "summary": p, "contentType": p, "payload": object{"type": "object", "properties": fields}}}}
	}
	return marshal(object{"asyncapi": "2.6.0", "info": object{"title": texts[0], "version": texts[0], "description": strings.Join(texts, "\n\n")}, "servers": servers, "channels": channels})
}

func graphqlOf(texts []string) string {
	var b strings.Builder
	b.WriteString("type Query {\n")
	for i, p := range texts {
		fmt.Fprintf(&b, "  %[1]s\n  f%[2]d(%[1]s a: String = %[1]s): T @deprecated(reason: %[1]s)\n", marshal(p), i)
	}
	b.WriteString("}\ntype T {\n")
	for i, p := range texts {
		fmt.Fprintf(&b, "  %s\n  g%d: String\n", marshal(p), i)
	}
	return b.String() + "}\n"
}

func protoOf(texts []string) string {
	var fields, calls strings.Builder
	for i, p := range texts {
		p = strings.Map(func(r rune) rune {
			if r < ' ' || r == '\u2028' || r == 0xfffd {
				return ' '
			}
			return r
		}, strings.ToValidUTF8(p, "?"))
		fmt.Fprintf(&fields, "  // %s\n  string f%d = %d; // %s\n", p, i, i+1, p)
		fmt.Fprintf(&calls, "  // %s\n  rpc C%d(M) returns (M);\n", p, i)
	}
	return "syntax = \"proto3\";\npackage evil;\nmessage M {\n" + fields.String() + "}\nservice S {\n" + calls.String() + "}\n"
}

func marshal(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts can be encoded
	}
	return string(out)
}

// hostileScorecard is a Scorecard that nothing passes, with a check for each text, and Exemptions of it.
func hostileScorecard(texts []string) (*catalog.Scorecard, []*catalog.Exemption) {
	card := &catalog.Scorecard{ObjectMeta: metav1.ObjectMeta{Name: "evil"}}
	card.Spec = catalog.ScorecardSpec{Title: texts[0], Description: texts[len(texts)-1], Mode: catalog.ScorecardActive}
	card.Spec.AppliesTo.Kinds = []catalog.ScoredKind{catalog.KindComponent}
	card.Spec.Passing.Score = new(int32)
	*card.Spec.Passing.Score = 50
	var exemptions []*catalog.Exemption
	ends := metav1.NewTime(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	for i, p := range texts[:min(len(texts), 60)] {
		card.Spec.Checks = append(card.Spec.Checks, catalog.ScorecardCheck{
			Name: catalog.CheckName(fmt.Sprint("c", i)), Title: p, Description: p, Remedy: p, Expression: "false", MessageExpression: "entity.spec.title",
			Controls: []catalog.Control{catalog.Control(p)},
		})
		e := &catalog.Exemption{ObjectMeta: metav1.ObjectMeta{Namespace: "evil", Name: fmt.Sprint("evil-", i)}}
		e.Spec = catalog.ExemptionSpec{Entity: "component:evil-000", Scorecard: "evil", Reason: p, Ticket: catalog.WebURL(p), ExpiresAt: &ends, RequestedBy: catalog.UserName(p)}
		e.Spec.Approval = catalog.Approval{By: catalog.UserName(p), Reason: p}
		exemptions = append(exemptions, e)
	}
	return card, exemptions
}
