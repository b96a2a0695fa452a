package synthetic

import (
	"fmt"
	"strings"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

var (
	areas = []string{
		"checkout", "payments", "catalog", "search", "shipping", "identity", "pricing", "orders", "inventory", "billing",
		"support", "reporting", "mobile", "recommendations", "fraud", "notifications", "media", "partners",
	}
	people     = []string{"ada", "grace", "alan", "edsger", "barbara", "donald", "frances", "john", "katherine", "tony"}
	roles      = []string{"frontend", "backend", "worker", "gateway", "importer", "scheduler", "adapter"}
	stores     = []string{"db", "cache", "queue", "bucket"}
	lifecycles = []catalog.Word{"production", "production", "production", "experimental", "deprecated"}
)

// describe says what people write about an entity.
func describe(name string) catalog.Descriptor {
	words := strings.Split(name, "-")
	return catalog.Descriptor{
		Title:       strings.Join(words, " "),
		Description: fmt.Sprintf("The %s. It serves the people who work with %s, and is run by the team that owns it.", strings.Join(words, " "), words[0]),
		Tags:        []catalog.Tag{catalog.Tag(words[0]), "go"},
	}
}

// definition writes the small definition of an API in one of the languages, most often OpenAPI.
func (m *maker) definition(name string) (catalog.Word, string) {
	noun := areas[m.random.IntN(len(areas))]
	switch m.random.IntN(10) {
	case 0:
		return "asyncapi", fmt.Sprintf(asyncAPI, name, noun)
	case 1:
		return "graphql", strings.ReplaceAll(graphQL, "NOUN", strings.ToUpper(noun[:1])+noun[1:])
	case 2:
		return "grpc", strings.ReplaceAll(proto, "NOUN", strings.ToUpper(noun[:1])+noun[1:])
	}
	var paths strings.Builder
	for _, verb := range []string{"", "/history", "/export"}[:1+m.random.IntN(3)] {
		fmt.Fprintf(&paths, openAPIPath, noun+verb, noun)
	}
	return "openapi", fmt.Sprintf(openAPI, name, paths.String())
}

const openAPI = `openapi: 3.1.0
info:
  title: %s
  version: 1.4.0
servers:
- url: https://api.example.com/v1
paths:
%scomponents:
  schemas:
    Item:
      type: object
      required: [id, amount]
      properties:
        id: {type: string, format: uuid}
        amount: {type: integer, minimum: 0}
        currency: {type: string, enum: [EUR, USD, GBP]}
        note: {type: string, maxLength: 200}
`

const openAPIPath = `  /%s:
    get:
      summary: List the %s
      parameters:
      - {name: limit, in: query, schema: {type: integer, maximum: 100}}
      responses:
        "200":
          description: the items
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Item"}}
        "404": {description: there is none}
`

const asyncAPI = `asyncapi: 3.0.0
info:
  title: %s
  version: 1.0.0
channels:
  changed:
    address: %s.changed
    messages:
      changed:
        payload:
          type: object
          properties:
            id: {type: string}
            at: {type: string, format: date-time}
`

const graphQL = `type Query {
  item(id: ID!): NOUN
  items(first: Int = 20): [NOUN!]!
}

type NOUN {
  id: ID!
  amount: Int!
  note: String
}
`

const proto = `syntax = "proto3";

package example.v1;

service NOUNService {
  rpc Get(GetRequest) returns (NOUN);
}

message GetRequest {
  string id = 1;
}

message NOUN {
  string id = 1;
  int64 amount = 2;
}
`
