package definition_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/definition"
)

// properTerms holds what is true of the terms of any text.
func properTerms(t *testing.T, terms []definition.Term) {
	t.Helper()
	if len(terms) > definition.MaxTerms {
		t.Errorf("%d terms, %d at most", len(terms), definition.MaxTerms)
	}
	bytes, seen := 0, map[definition.Term]bool{}
	for _, term := range terms {
		bytes += len(term.Text) + len(term.Anchor)
		if seen[term] {
			t.Errorf("%+v is there twice", term)
		}
		seen[term] = true
		if n := utf8.RuneCountInString(term.Text); n == 0 || n > definition.MaxCharacters || !utf8.ValidString(term.Text) ||
			strings.ContainsFunc(term.Text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q is not one short line of printable characters", term.Text)
		}
		if a := term.Anchor; a == "" || len(a) > 300 || !utf8.ValidString(a) || strings.ContainsFunc(a, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			t.Errorf("%q is no anchor", a)
		}
	}
	if bytes > definition.MaxTermBytes+4*(definition.MaxCharacters+300) {
		t.Errorf("the terms have %d bytes", bytes)
	}
}

func TestTerms(t *testing.T) {
	cases := map[string]struct {
		apiType, text string
		want          []string // kind text @anchor
	}{
		"operations of OpenAPI come before schemas": {
			"openapi", `
openapi: 3.1.0
components: {schemas: {Order: {type: object}}, pathItems: {health: {get: {operationId: isAlive}}}}
paths:
  /orders/{id}:
    get: {operationId: getOrder, summary: "Reads an order"}
    delete: {description: Cancels}
  /health: {$ref: '#/components/pathItems/health'}
webhooks: {shipped: {post: {operationId: onShipped}}}`, []string{
				"path GET /orders/{id} @operation-GET_/orders/{id}", "operation getOrder @operation-GET_/orders/{id}",
				"summary Reads an order @operation-GET_/orders/{id}", "path DELETE /orders/{id} @operation-DELETE_/orders/{id}",
				"path GET /health @operation-GET_/health", "operation isAlive @operation-GET_/health",
				"path POST shipped @operation-webhook_POST_shipped", "operation onShipped @operation-webhook_POST_shipped", "type Order @type-Order",
			},
		},
		"OpenAPI 2 has definitions": {"openapi", `{"swagger": "2.0", "paths": {}, "definitions": {"Pet": {}}}`, []string{"type Pet @type-Pet"}},
		"AsyncAPI 2 has operations and messages in channels": {
			"asyncapi", `
asyncapi: 2.6.0
channels:
  light/measured:
    publish: {operationId: onMeasured, summary: Tells the light, message: {oneOf: [{name: Dim}, {$ref: '#/components/messages/Lit'}]}}
components: {messages: {Lit: {title: It is lit}}, schemas: {Lux: {}}}`, []string{
				"channel light/measured @channel-light/measured", "operation onMeasured @operation-publish_light/measured",
				"summary Tells the light @operation-publish_light/measured", "message Dim @operation-publish_light/measured",
				"message It is lit @operation-publish_light/measured", "message Lit @message-Lit", "message It is lit @message-Lit", "type Lux @type-Lux",
			},
		},
		"AsyncAPI 3 has operations at the top": {
			"asyncapi", `
asyncapi: 3.0.0
channels: {lights: {address: 'city/lights', messages: {on: {name: TurnOn}}}}
operations: {turnOn: {action: send, summary: Turns it on}}`, []string{
				"channel lights @channel-lights", "channel city/lights @channel-lights", "message on @channel-lights", "message TurnOn @channel-lights",
				"operation turnOn @operation-turnOn", "summary Turns it on @operation-turnOn",
			},
		},
		"GraphQL has root fields first": {"graphql", "type Order { id: ID } enum State { OPEN } type Query { order: Order _service: X } input In { a: Int }", []string{
			"operation Query.order @operation-Query.order", "type Order @type-Order", "field Order.id @field-Order.id", "type State @type-State",
			"type In @type-In", "field In.a @field-In.a",
		}},
		"protobuf has services, rpcs, messages and enums": {"grpc", `syntax = "proto3"; package shop.v1;
message Order { message Line { enum Kind { A = 0; } } } enum State { B = 0; }
service Orders { rpc Place(Order) returns (Order); }`, []string{
			"service shop.v1.Orders @service-shop.v1.Orders", "operation Orders/Place @operation-shop.v1.Orders/Place", "message Order @message-shop.v1.Order",
			"message Line @message-shop.v1.Order.Line", "type Kind @type-shop.v1.Order.Line.Kind", "type State @type-shop.v1.State",
		}},
		"another type has none": {"soap", "anything", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			terms, err := definition.Terms(tc.apiType, tc.text)
			if err != nil {
				t.Fatal(err)
			}
			properTerms(t, terms)
			var got []string
			for _, term := range terms {
				got = append(got, string(term.Kind)+" "+term.Text+" @"+term.Anchor)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("want -, got +: %s", diff)
			}
		})
	}
}

func TestTermsOfABrokenText(t *testing.T) {
	terms, err := definition.Terms("openapi", "openapi: [")
	if err == nil || terms != nil {
		t.Errorf("Terms() = %v, %v, want an error alone", terms, err)
	}
}

func TestAnchor(t *testing.T) {
	long := strings.Repeat("é", 500)
	a, b := definition.Anchor(definition.TermType, long+"a"), definition.Anchor(definition.TermType, long+"b")
	if a == b || len(a) > 260 || !utf8.ValidString(a) {
		t.Errorf("long names have the anchors %q and %q", a, b)
	}
	if got := definition.Anchor(definition.TermOperation, "GET\t/a b"); got != "operation-GET_/a_b" {
		t.Errorf("Anchor() = %q", got)
	}
}
