package diagram

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
)

// Direction says which way relations are followed.
type Direction string

// The directions.
const (
	Both Direction = "both"
	Out  Direction = "out" // to what an entity rests on: its APIs' providers, dependencies, owner
	In   Direction = "in"  // to what rests on it: its APIs' consumers, dependents, parts
)

// The bounds of a diagram.
const (
	MaxDepth     = 3
	DefaultDepth = 1
	DefaultNodes = 20   // more are drawn together
	MapNodes     = 40   // or on a map, and where there are no more lines than these
	MaxNodes     = 300  // what may be asked for
	maxReach     = 3000 // how many entities are looked at for the largest diagram
	maxEdges     = 4 * MaxNodes
)

// Options say how much of the graph is drawn. The zero value is what a page shows unless it is asked for more.
type Options struct {
	Depth     int       // how many relations away: 1 to 3, 1 if zero
	Direction Direction // both if empty
	Kinds     []relation.Kind
	Nodes     int // how many boxes at most: 2 to 300, 20 if zero
}

// Parse reads options off a query: depth, direction, kind (repeated, or with commas) and nodes. Others are ignored.
func Parse(q url.Values) (Options, error) {
	var o Options
	var err error
	if o.Depth, err = number(q, "depth", DefaultDepth, 1, MaxDepth); err != nil {
		return Options{}, err
	}
	if o.Nodes, err = number(q, "nodes", DefaultNodes, 2, MaxNodes); err != nil {
		return Options{}, err
	}
	switch d := Direction(q.Get("direction")); d {
	case "", Both:
		o.Direction = Both
	case In, Out:
		o.Direction = d
	default:
		return Options{}, fmt.Errorf("direction is %q: use in, out or both", short(string(d)))
	}
	o.Kinds, err = kinds(q["kind"])
	return o, err
}

func number(q url.Values, name string, absent, low, high int) (int, error) {
	text := q.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s is %q: use a number from %d to %d", name, short(text), low, high)
	}
	return n, nil
}

// kinds reads kinds, each once, in order.
func kinds(texts []string) ([]relation.Kind, error) {
	var out []relation.Kind
	for _, text := range texts {
		for word := range strings.SplitSeq(text, ",") {
			word = strings.ToLower(strings.TrimSpace(word))
			i := slices.IndexFunc(relation.Kinds(), func(k relation.Kind) bool { return k.String() == word })
			switch {
			case word == "":
			case i < 0:
				return nil, fmt.Errorf("kind is %q: use api, component, domain, group, resource, system or user", short(word))
			case !slices.Contains(out, relation.Kinds()[i]):
				out = append(out, relation.Kinds()[i])
			}
		}
	}
	slices.Sort(out)
	return out, nil
}

// short bounds what is quoted of a query.
func short(text string) string {
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

// bounded are the options with their defaults, and nothing out of bounds.
func (o Options) bounded() Options {
	if o.Depth == 0 {
		o.Depth = DefaultDepth
	}
	if o.Nodes == 0 {
		o.Nodes = DefaultNodes
	}
	if o.Direction == "" {
		o.Direction = Both
	}
	o.Depth, o.Nodes = min(max(o.Depth, 1), MaxDepth), min(max(o.Nodes, 2), MaxNodes)
	return o
}

// reach is how many entities are looked at: some for each box, as several may be drawn as one.
func (o Options) reach() int {
	if o.Nodes <= DefaultNodes {
		return 4 * DefaultNodes
	}
	return min(10*o.Nodes, maxReach)
}

// maxLines is how many lines there may be beside so many boxes: more take Graphviz very long, and nobody can follow them.
// Who asks for more boxes than a page shows by itself looks closer, and waits for it.
func maxLines(nodes int) int {
	if nodes <= DefaultNodes {
		return 3 * DefaultNodes / 2
	}
	return maxEdges / MaxNodes * nodes
}

// shows says whether entities of a kind are drawn.
func (o Options) shows(k relation.Kind) bool { return len(o.Kinds) == 0 || slices.Contains(o.Kinds, k) }
