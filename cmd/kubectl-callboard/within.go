package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/callboard-dev/callboard/api/relation"
)

// withinFlags name whose entities are meant.
type withinFlags struct {
	owner, system string
}

func (f *withinFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.owner, "owner", "", "Take what this Group, with the groups below it, or User owns, such as group:checkout-team.")
	c.Flags().StringVar(&f.system, "system", "", "Take this System and its members, such as shop/storefront.")
}

// owned are the references that the flags name, zero where one is not set.
type owned struct {
	owner, system relation.Ref
}

func (p *plugin) owned(f withinFlags) (owned, error) {
	var out owned
	namespace, err := p.namespace()
	if err != nil {
		return out, err
	}
	if f.owner != "" {
		if out.owner, err = parseRef(f.owner, namespace, relation.Group, relation.User); err != nil {
			return out, fmt.Errorf("--owner: %w", err)
		}
	}
	if f.system != "" {
		if out.system, err = parseRef(f.system, namespace, relation.System); err != nil {
			return out, fmt.Errorf("--system: %w", err)
		}
	}
	return out, nil
}

// within says of each entity whether it belongs to the owner and to the System that are asked for.
func (s *scene) within(o owned) (func(relation.Ref) bool, error) {
	if err := s.canTell(o); err != nil {
		return nil, err
	}
	byOwner := map[relation.Ref]bool{}
	if !o.owner.IsZero() {
		s.collect(o.owner, byOwner, map[relation.Ref]bool{})
	}
	return func(ref relation.Ref) bool {
		if !o.owner.IsZero() && !byOwner[ref] {
			return false
		}
		if o.system.IsZero() || ref == o.system {
			return true
		}
		v, _ := s.graph.View(ref)
		return v.System == o.system
	}, nil
}

// canTell says why it cannot be told who belongs to what is asked for, nil if it can.
func (s *scene) canTell(o owned) error {
	if (!o.owner.IsZero() || !o.system.IsZero()) && len(s.refused) > 0 {
		return fmt.Errorf("who belongs there cannot be told: %w", &refusal{s.refused, errors.New("leave out --owner and --system, or ask for these permissions")})
	}
	for _, ref := range []relation.Ref{o.owner, o.system} {
		if !ref.IsZero() && s.entities[ref] == nil {
			return fmt.Errorf("%s does not exist: %s", ref, s.instead(ref))
		}
	}
	return nil
}

// collect enters what an owner and the groups below it own.
func (s *scene) collect(owner relation.Ref, into, seen map[relation.Ref]bool) {
	if seen[owner] {
		return // a cycle
	}
	seen[owner] = true
	for _, ref := range s.graph.Related(owner, "ownerOf") {
		into[ref] = true
	}
	for _, below := range s.graph.Related(owner, "parentOf") {
		s.collect(below, into, seen)
	}
}

// judged are all entities that a Scorecard may judge, in the order of their kinds and names.
func (s *scene) judged(c card, within func(relation.Ref) bool) []relation.Ref {
	var out []relation.Ref
	for _, k := range c.compiled.Kinds() {
		out = append(out, s.graph.All(k)...)
	}
	return slices.DeleteFunc(out, func(ref relation.Ref) bool { return !within(ref) })
}
