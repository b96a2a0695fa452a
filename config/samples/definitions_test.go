package samples_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/definition"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestDefinitionsAreValid(t *testing.T) {
	for _, e := range everything(t) {
		a, ok := e.(*catalog.API)
		if !ok {
			continue
		}
		if err := definition.Check(string(a.Spec.Type), a.Spec.Definition); a.Spec.Definition != "" && err != nil {
			t.Errorf("the definition of %s: %v", key(a), err)
		}
	}
}

// TestDefinitionsAreCutOutOfDemoProto holds that each gRPC API of Online Boutique is one service of demo.proto with the
// messages it needs, no more, word for word and in the order of demo.proto, and that together they are all its services.
func TestDefinitionsAreCutOutOfDemoProto(t *testing.T) {
	text, err := os.ReadFile("online-boutique/demo.proto")
	if err != nil {
		t.Fatal(err)
	}
	proto := parse(string(text))
	described := map[string]string{}
	for _, e := range entities(t, "online-boutique/catalog.yaml") {
		a, ok := e.(*catalog.API)
		if !ok || a.Spec.Type != "grpc" {
			continue
		}
		services := declaration.FindAllStringSubmatch(a.Spec.Definition, -1)
		for _, s := range services {
			if s[1] != "service" {
				continue
			}
			if other, twice := described[s[2]]; twice {
				t.Errorf("%s and %s both describe %s", other, a.Name, s[2])
			}
			described[s[2]] = a.Name
			if want := proto.definitionOf(s[2]); a.Spec.Definition != want {
				t.Errorf("the definition of %s is\n%s\nwant\n%s", a.Name, a.Spec.Definition, want)
			}
		}
	}
	for _, d := range proto.declarations {
		if d.kind == "service" && described[d.name] == "" {
			t.Errorf("no API describes %s", d.name)
		}
	}
}

var (
	declaration = regexp.MustCompile(`(?m)^(service|message) (\w+)`)
	fileLevel   = regexp.MustCompile(`(?m)^(?:syntax|package|option) .*;$`)
	comment     = regexp.MustCompile(`(?m)//.*$`)
	word        = regexp.MustCompile(`\w+`)
)

// protoFile is a .proto file in pieces, each word for word.
type protoFile struct {
	header       []string
	declarations []protoDeclaration
}

type protoDeclaration struct{ kind, name, text string }

// parse cuts a .proto file into its declarations, each with the comment that touches it. It knows no more of the language
// than demo.proto needs: a declaration begins at the left margin and ends with its brackets.
func parse(text string) protoFile {
	file := protoFile{header: fileLevel.FindAllString(text, -1)}
	var pending []string
	depth := 0
	for line := range strings.Lines(text) {
		code := comment.ReplaceAllString(line, "")
		match := declaration.FindStringSubmatch(line)
		switch {
		case depth > 0:
			file.declarations[len(file.declarations)-1].text += line
		case match != nil:
			file.declarations = append(file.declarations, protoDeclaration{match[1], match[2], strings.Join(pending, "") + line})
			pending = nil
		case strings.HasPrefix(line, "//"):
			pending = append(pending, line)
		default:
			pending = nil
		}
		depth += strings.Count(code, "{") - strings.Count(code, "}")
	}
	return file
}

// definitionOf returns a file of the one service and the messages that it needs.
func (f protoFile) definitionOf(service string) string {
	needed := map[string]bool{service: true}
	for grown := true; grown; {
		grown = false
		for _, d := range f.declarations {
			if !needed[d.name] {
				continue
			}
			for _, w := range word.FindAllString(comment.ReplaceAllString(d.text, ""), -1) {
				if f.has(w) && !needed[w] {
					needed[w], grown = true, true
				}
			}
		}
	}
	pieces := []string{strings.Join(f.header, "\n\n") + "\n"}
	for _, d := range f.declarations {
		if needed[d.name] {
			pieces = append(pieces, d.text)
		}
	}
	return strings.Join(pieces, "\n")
}

// has says whether the file declares a message of that name.
func (f protoFile) has(name string) bool {
	for _, d := range f.declarations {
		if d.kind == "message" && d.name == name {
			return true
		}
	}
	return false
}
