package definition

import (
	"iter"

	"go.yaml.in/yaml/v3"
)

// mergeDepth is how deep merges (<<) of merges are followed.
const mergeDepth = 8

// yamlValue is a part of a YAML document.
type yamlValue struct {
	node   *yaml.Node
	budget *budget
}

func (v yamlValue) object() bool { return target(v.node).Kind == yaml.MappingNode }

func (v yamlValue) text() string {
	n := target(v.node)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

func (v yamlValue) elements() iter.Seq[value] {
	return func(yield func(value) bool) {
		n := target(v.node)
		if n.Kind != yaml.SequenceNode {
			return
		}
		for _, c := range n.Content {
			if !v.budget.spend(1) || !yield(yamlValue{c, v.budget}) {
				return
			}
		}
	}
}

func (v yamlValue) members() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		n := target(v.node)
		if n.Kind != yaml.MappingNode {
			return
		}
		if !merges(n) {
			v.plain(n, yield)
			return
		}
		v.merged(n, mergeDepth, map[string]bool{}, yield)
	}
}

func (v yamlValue) plain(n *yaml.Node, yield func(string, value) bool) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !v.budget.spend(1) {
			return
		}
		key := target(n.Content[i])
		if key.Kind == yaml.ScalarNode && !yield(key.Value, yamlValue{n.Content[i+1], v.budget}) {
			return
		}
	}
}

// merged yields the members that a mapping has itself, then those that it merges in and does not have.
func (v yamlValue) merged(n *yaml.Node, depth int, seen map[string]bool, yield func(string, value) bool) bool {
	if depth == 0 {
		return true
	}
	if n.Kind == yaml.SequenceNode {
		for _, c := range n.Content {
			if !v.budget.spend(1) || !v.merged(target(c), depth-1, seen, yield) {
				return false
			}
		}
		return true
	}
	var from []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !v.budget.spend(1) {
			return false
		}
		key := target(n.Content[i])
		switch {
		case key.Kind != yaml.ScalarNode:
		case key.Tag == mergeTag:
			from = append(from, target(n.Content[i+1]))
		case !seen[key.Value]:
			seen[key.Value] = true
			if !yield(key.Value, yamlValue{n.Content[i+1], v.budget}) {
				return false
			}
		}
	}
	for _, f := range from {
		if !v.merged(f, depth-1, seen, yield) {
			return false
		}
	}
	return true
}

const mergeTag = "!!merge"

func merges(n *yaml.Node) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Tag == mergeTag {
			return true
		}
	}
	return false
}

// target is the node that an alias stands for, or the node itself.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
