package definition

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/bufbuild/protocompile/ast"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"
)

// The bounds of what a protobuf text may cost.
const (
	protoTokens = 1_000_000
	// protoDepth is how deep brackets may nest: the parser's stack grows with them. protoc allows 32 messages.
	protoDepth = 1_000
	// protoColumns is the sum of the columns that comments may begin in: the parser reads a line anew for each of them.
	protoColumns = 100_000_000
)

// versioned matches the end of a package that is a version.
var versioned = regexp.MustCompile(`^v[0-9]+(p[0-9]+)?((alpha|beta|test|development)[0-9]*)?$`)

// readProto reads protobuf. The methods of all services are the operations.
func readProto(text string) (Facts, error) {
	file, err := ParseProto(text)
	if err != nil {
		return Facts{}, err
	}
	f := newFacts(GRPC)
	f.FormatVersion = syntaxOf(file)
	pkg, deprecated := "", false
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.PackageNode:
			pkg = string(d.Name.AsIdentifier())
		case *ast.OptionNode:
			deprecated = deprecated || deprecates(d)
		}
	}
	if last := pkg[strings.LastIndex(pkg, ".")+1:]; versioned.MatchString(last) {
		f.Version = line(last)
	}
	if pkg != "" {
		pkg += "."
	}
	for _, decl := range file.Decls {
		if service, ok := decl.(*ast.ServiceNode); ok {
			addService(&f, file, service, pkg, deprecated)
		}
	}
	return f, nil
}

// addService counts the methods of a service. What a file or a service says of itself holds for them.
func addService(f *Facts, file *ast.FileNode, service *ast.ServiceNode, pkg string, deprecated bool) {
	service.RangeOptions(func(o *ast.OptionNode) bool {
		deprecated = deprecated || deprecates(o)
		return true
	})
	for _, decl := range service.Decls {
		method, ok := decl.(*ast.RPCNode)
		if !ok {
			continue
		}
		op := operation{documented: commented(file, method), deprecated: deprecated}
		method.RangeOptions(func(o *ast.OptionNode) bool {
			op.deprecated = op.deprecated || deprecates(o)
			return true
		})
		f.add(op, pkg, service.Name.Val, "/", method.Name.Val)
	}
}

// ParseProto parses a protobuf file, without looking at what it imports. What is wrong with it is a *SyntaxError where the
// place is known.
func ParseProto(text string) (*ast.FileNode, error) {
	if err := affordable(text); err != nil {
		return nil, err
	}
	var first error
	handler := reporter.NewHandler(reporter.NewReporter(func(err reporter.ErrorWithPos) error {
		at := err.GetPosition()
		first = &SyntaxError{Line: at.Line, Column: at.Col, Message: err.Unwrap().Error()}
		return first // the first is enough
	}, nil))
	file, err := parser.Parse("definition.proto", strings.NewReader(text), handler)
	if first != nil {
		return nil, first
	}
	return file, err
}

// affordable refuses a text that would cost the parser too much. It counts words, signs and brackets roughly, also those in
// comments and strings, because the bounds are far over what people write.
func affordable(text string) error {
	tokens, depth, columns, line, inWord := 0, 0, 0, 0, false
	for i := range len(text) {
		c := text[i]
		word := c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
		if space := c == ' ' || c >= '\t' && c <= '\r'; !space && (!word || !inWord) {
			tokens++
		}
		inWord = word
		switch c {
		case '\n':
			line = i
		case '{', '[', '(', '<':
			depth++
		case '}', ']', ')', '>':
			depth--
		case '/':
			columns += i - line
		}
		switch {
		case tokens > protoTokens:
			return fmt.Errorf("the text has over %d words and signs: split the definition", protoTokens)
		case depth > protoDepth:
			return fmt.Errorf("brackets nest deeper than %d", protoDepth)
		case columns > protoColumns:
			return errors.New("too many comments stand in one line: break the line")
		}
	}
	return nil
}

// syntaxOf returns proto2, proto3 or the edition. A file that does not say is proto2.
func syntaxOf(file *ast.FileNode) string {
	switch {
	case file.Edition != nil:
		return line(file.Edition.Edition.AsString())
	case file.Syntax != nil:
		return line(file.Syntax.Syntax.AsString())
	}
	return "proto2"
}

// deprecates tells whether an option is deprecated = true.
func deprecates(o *ast.OptionNode) bool {
	if len(o.Name.Parts) != 1 || o.Name.Parts[0].IsExtension() || string(o.Name.Parts[0].Name.AsIdentifier()) != "deprecated" {
		return false
	}
	value, ok := o.Val.Value().(ast.Identifier)
	return ok && value == "true"
}

// commented tells whether a comment that says something stands right before the node. One that an empty line parts from
// it belongs to nothing.
func commented(file *ast.FileNode, n ast.Node) bool {
	info := file.NodeInfo(n)
	comments := info.LeadingComments()
	if comments.Len() == 0 {
		return false // Start reads the whole line
	}
	next := info.Start().Line
	for i := comments.Len() - 1; i >= 0; i-- {
		c := comments.Index(i)
		if c.End().Line+1 < next {
			return false
		}
		if strings.Trim(c.RawText(), "/* \t\r\n") != "" {
			return true
		}
		next = c.Start().Line
	}
	return false
}
