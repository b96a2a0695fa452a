package graphviz

import (
	"bytes"
	"context"
	"fmt"
)

// Placed is a graph that has been placed. Places are written as Graphviz writes them, in points from below left.
type Placed struct {
	Box      string // around all: x,y,x,y
	Nodes    []Node
	Clusters []Cluster
	Edges    []Edge
}

// Node is a node and where its middle is: x,y.
type Node struct{ Name, Position string }

// Cluster is a subgraph and the box around it, which is empty if it is no cluster.
type Cluster struct{ Name, Box string }

// Edge is a line by the attribute id, its curve, and where its label is, if it has one.
type Edge struct{ ID, Line, Words string }

// reading reads a graph out of the memory, until something fails. To have it written in a format of Graphviz takes half as
// long as to place it.
type reading struct {
	*instance

	ctx context.Context
	err error
}

func (r *reading) placed(graph uint64) *Placed {
	out := &Placed{Box: r.attribute(graph, attributeBox)}
	for n := r.ask("agfstnode", graph); n != 0; n = r.ask("agnxtnode", graph, n) {
		out.Nodes = append(out.Nodes, Node{r.name(n), r.attribute(n, attributePosition)})
		for e := r.ask("agfstout", graph, n); e != 0; e = r.ask("agnxtout", graph, e) {
			out.Edges = append(out.Edges, Edge{r.attribute(e, attributeID), r.attribute(e, attributePosition), r.attribute(e, attributeWords)})
		}
	}
	for c := r.ask("agfstsubg", graph); c != 0; c = r.ask("agnxtsubg", c) {
		out.Clusters = append(out.Clusters, Cluster{r.name(c), r.attribute(c, attributeBox)})
	}
	return out
}

// ask calls a function; 0 if something has failed.
func (r *reading) ask(name string, args ...uint64) uint64 {
	if r.err != nil {
		return 0
	}
	var out uint64
	if out, r.err = r.call(r.ctx, name, args...); r.err != nil {
		return 0
	}
	return out
}

func (r *reading) name(of uint64) string { return r.string(r.ask("agnameof", of)) }

// attribute is one that graphs, nodes or edges have, empty if none has it.
func (r *reading) attribute(of uint64, a int) string {
	return r.string(r.ask("agget", of, r.words[a]))
}

// string is a text of the program, which ends with a zero.
func (r *reading) string(at uint64) string {
	if at == 0 || r.err != nil {
		return ""
	}
	memory := r.module.Memory()
	rest, ok := memory.Read(uint32(at), memory.Size()-min(uint32(at), memory.Size()))
	end := bytes.IndexByte(rest, 0)
	if !ok || end < 0 {
		r.err = fmt.Errorf("%w: a text lies outside of its memory", ErrBroken)
		return ""
	}
	return string(rest[:end])
}
