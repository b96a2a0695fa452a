package reference

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	yamlsyntax "github.com/goccy/go-yaml"
	yamlparser "github.com/goccy/go-yaml/parser"
	"go.yaml.in/yaml/v3"
)

// The bounds of reading YAML.
const (
	// maxMarks is how many characters that can begin a part a text may have. While it is parsed each part takes 200 bytes.
	maxMarks = 1_000_000
	// maxLocated is how long a text may be in which the second parser looks for the place of an error.
	maxLocated = 256 << 10
)

// readYAML makes the tree of a YAML text. The nodes of the parser, which are five times as large, are let go of.
func readYAML(source string) (*tree, error) {
	marks := 0
	for i := range len(source) {
		switch source[i] {
		case '\n', '\r', ',', ':', '[', '{', '-', '?':
			marks++
		}
	}
	if marks > maxMarks {
		return nil, &Error{Line: 1, Message: fmt.Sprintf(
			"more than %d lines, commas, colons, hyphens and brackets are too much YAML: write it as JSON, or split it", maxMarks)}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(source), &doc); err != nil {
		return nil, yamlError(source, err)
	}
	c := converter{tree: &tree{yaml: true, records: make([]record, 1, 64+marks/2)}, nodes: map[*yaml.Node]node{}}
	if len(doc.Content) > 0 {
		var err error
		if c.root, err = c.convert(doc.Content[0], 0); err != nil {
			return nil, err
		}
	}
	c.text = c.heap.String()
	c.trim()
	return c.tree, nil
}

// converter copies the nodes of the YAML parser.
type converter struct {
	*tree
	heap  strings.Builder
	nodes map[*yaml.Node]node // those with an anchor
}

func (c *converter) convert(n *yaml.Node, depth int) (node, error) {
	if depth > maxDepth {
		return 0, &Error{Line: n.Line, Column: n.Column, Message: "this nests deeper than 1,000 levels: write it flatter"}
	}
	at := c.add(record{line: uint32(n.Line)})
	if n.Anchor != "" {
		c.nodes[n] = at
	}
	r := record{line: uint32(n.Line), kind: null}
	switch n.Kind {
	case yaml.MappingNode:
		r.kind = object
	case yaml.SequenceNode:
		r.kind = list
	case yaml.AliasNode:
		r.kind, r.child = alias, c.nodes[n.Alias]
	case yaml.ScalarNode:
		r.kind = scalarKind(n)
		r.val = c.keep(n.Value)
	}
	c.records[at] = r
	return at, c.children(at, n, depth)
}

func scalarKind(n *yaml.Node) kind {
	switch n.ShortTag() {
	case "!!null":
		return null
	case "!!bool":
		return boolean
	case "!!int", "!!float":
		return number
	}
	return text
}

func (c *converter) children(at node, n *yaml.Node, depth int) error {
	var last node
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	for i := step - 1; i < len(n.Content); i += step {
		child, err := c.convert(n.Content[i], depth+1)
		if err != nil {
			return err
		}
		if step == 2 {
			key := n.Content[i-1]
			if key.Kind == yaml.AliasNode {
				key = key.Alias
			}
			c.records[at].merges = c.records[at].merges || key.Tag == "!!merge"
			c.records[child].key = c.keep(key.Value)
			c.records[child].line = uint32(key.Line)
		}
		if last == 0 {
			c.records[at].child = child
		} else {
			c.records[last].next = child
		}
		last = child
	}
	return nil
}

// keep copies a value. The parser's own would keep what is around it.
func (c *converter) keep(s string) span {
	from := c.heap.Len()
	c.heap.WriteString(s)
	return span{uint32(from), uint32(c.heap.Len())}
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`)

// yamlError says where a text is not YAML. The parser that reads it knows no columns, and often the wrong line: a second
// one that does is asked for the place, unless the text could cost it too much.
func yamlError(source string, err error) *Error {
	parts := yamlLine.FindStringSubmatch(err.Error())
	line, _ := strconv.Atoi(parts[1]) // 0 if there is none
	out := &Error{Line: max(line, 1), Message: "this is not YAML: " + parts[2]}
	if strings.HasPrefix(strings.TrimSpace(source), "{") {
		if e := jsonError(source); e != nil {
			return e
		}
	}
	if len(source) <= maxLocated && flat(source) {
		locate(source, out)
	}
	if out.Column == 0 {
		text := nthLine(source, out.Line)
		out.Column = 1 + len(text) - len(strings.TrimLeft(text, " \t"))
	}
	return out
}

// locate asks the second parser where a text breaks.
func locate(source string, out *Error) {
	defer func() { _ = recover() }() // the first parser's answer stands
	_, err := yamlparser.ParseBytes([]byte(source), 0)
	var syntax yamlsyntax.Error
	if errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil {
		at := syntax.GetToken().Position
		out.Line, out.Column, out.Message = max(1, at.Line), max(1, at.Column), "this is not YAML: "+syntax.GetMessage()
	}
}

// flat tells a text that cannot nest deep: parsers call themselves for each level.
func flat(source string) bool {
	open := 0
	for line := range strings.SplitSeq(source, "\n") {
		marks := 0
		for i := range len(line) {
			switch line[i] {
			case '[', '{':
				open++
				marks++
			case ']', '}':
				open--
			case '-', '?', ':', '!', '&', '*':
				marks++
			}
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if marks > maxDepth || open > maxDepth || indent > maxDepth {
			return false
		}
	}
	return true
}

// nthLine returns a line of a text.
func nthLine(source string, n int) string {
	i := 0
	for line := range strings.SplitSeq(source, "\n") {
		if i++; i == n {
			return line
		}
	}
	return ""
}
