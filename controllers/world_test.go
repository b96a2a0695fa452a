package controllers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// create makes objects, which go when the test ends.
func create(t testing.TB, objs ...client.Object) {
	t.Helper()
	for _, obj := range objs {
		if err := k8s.Create(t.Context(), obj); err != nil {
			t.Fatalf("create %T %s: %v", obj, obj.GetName(), err)
		}
		t.Cleanup(func() {
			if err := client.IgnoreNotFound(k8s.Delete(context.Background(), obj)); err != nil {
				t.Error(err)
			}
		})
	}
}

// remove deletes objects now.
func remove(t testing.TB, objs ...client.Object) {
	t.Helper()
	for _, obj := range objs {
		if err := k8s.Delete(t.Context(), obj); err != nil {
			t.Fatalf("delete %T %s: %v", obj, obj.GetName(), err)
		}
	}
}

// again makes a deleted object once more.
func again[T client.Object](t testing.TB, obj T) {
	t.Helper()
	obj.SetResourceVersion("")
	obj.SetUID("")
	create(t, obj)
}

// edit changes an object as it stands in the API server.
func edit[T client.Object](t testing.TB, obj T, change func(T)) {
	t.Helper()
	before := obj.DeepCopyObject().(client.Object)
	change(obj)
	if err := k8s.Patch(t.Context(), obj, client.MergeFrom(before)); err != nil {
		t.Fatalf("edit %T %s: %v", obj, obj.GetName(), err)
	}
}

// read brings an object up to date with the API server.
func read[T client.Object](t testing.TB, obj T) T {
	t.Helper()
	if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(obj), obj); err != nil {
		t.Fatalf("read %T %s: %v", obj, obj.GetName(), err)
	}
	return obj
}

// entity is an object with a catalog status.
type entity interface {
	client.Object
	catalog.Entity
}

// becomes waits until an entity's status is what the checks want.
func becomes(t testing.TB, e entity, checks ...check) {
	t.Helper()
	eventually(t, func() error {
		if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(e), e); err != nil {
			return err
		}
		for _, c := range checks {
			if err := c(e); err != nil {
				return fmt.Errorf("%T %s: %w", e, client.ObjectKeyFromObject(e), err)
			}
		}
		return nil
	})
}

// check says what is wrong with an entity, nil if nothing is.
type check func(e catalog.Entity) error

// has wants a condition. Of the message, it wants all parts.
func has(kind string, status metav1.ConditionStatus, reason string, parts ...string) check {
	return func(e catalog.Entity) error {
		c := meta.FindStatusCondition(e.EntityStatus().Conditions, kind)
		if c == nil {
			return fmt.Errorf("no condition %s, want %s %s", kind, status, reason)
		}
		if c.Status != status || c.Reason != reason {
			return fmt.Errorf("%s is %s %s: %s; want %s %s %q", kind, c.Status, c.Reason, c.Message, status, reason, parts)
		}
		for _, p := range parts {
			if !strings.Contains(c.Message, p) {
				return fmt.Errorf("%s says %q, want %q in it", kind, c.Message, p)
			}
		}
		if c.ObservedGeneration != e.GetGeneration() {
			return fmt.Errorf("%s is about generation %d, want %d", kind, c.ObservedGeneration, e.GetGeneration())
		}
		return nil
	}
}

// messageIs wants the whole message of a condition.
func messageIs(kind, want string) check {
	return func(e catalog.Entity) error {
		if c := meta.FindStatusCondition(e.EntityStatus().Conditions, kind); c == nil || c.Message != want {
			return fmt.Errorf("%s is %+v, want the message %q", kind, c, want)
		}
		return nil
	}
}

func isReady() check { return has(catalog.ConditionReady, metav1.ConditionTrue, catalog.ReasonReady) }

func notReady(reason string, parts ...string) check {
	return has(catalog.ConditionReady, metav1.ConditionFalse, reason, parts...)
}

func owned(reason string, parts ...string) check {
	return has(catalog.ConditionOwned, metav1.ConditionTrue, reason, parts...)
}

func notOwned(reason string, parts ...string) check {
	return has(catalog.ConditionOwned, metav1.ConditionFalse, reason, parts...)
}

func resolved(parts ...string) check {
	return has(catalog.ConditionReferencesResolved, metav1.ConditionTrue, catalog.ReasonResolved, parts...)
}

func unresolved(reason string, parts ...string) check {
	return has(catalog.ConditionReferencesResolved, metav1.ConditionFalse, reason, parts...)
}

func linked(status metav1.ConditionStatus, reason string, parts ...string) check {
	return has(catalog.ConditionWorkloadsLinked, status, reason, parts...)
}

func ownerIs(want string) check {
	return func(e catalog.Entity) error {
		if got := e.EntityStatus().Owner; string(got) != want {
			return fmt.Errorf("status.owner is %q, want %q", got, want)
		}
		return nil
	}
}

func systemIs(want string) check {
	return func(e catalog.Entity) error {
		if got := e.EntityStatus().System; string(got) != want {
			return fmt.Errorf("status.system is %q, want %q", got, want)
		}
		return nil
	}
}

// relates wants a relation to hold just these references, in this order.
func relates(kind catalog.RelationType, want ...string) check {
	return func(e catalog.Entity) error {
		var got []string
		for _, r := range e.EntityStatus().Relations {
			if r.Type != kind {
				continue
			}
			for _, ref := range r.Refs {
				got = append(got, string(ref))
			}
			if int(r.Count) < len(got) {
				return fmt.Errorf("%s counts %d, and lists %d", kind, r.Count, len(got))
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			return fmt.Errorf("%s is %q, want %q", kind, got, want)
		}
		return nil
	}
}

// counts wants a number of the summary or roll-up, which may be absent: -1.
func counts(name string, of func(*catalog.EntityStatus) *int32, want int32) check {
	return func(e catalog.Entity) error {
		got := int32(-1)
		if n := of(e.EntityStatus()); n != nil {
			got = *n
		}
		if got != want {
			return fmt.Errorf("%s is %d, want %d", name, got, want)
		}
		return nil
	}
}

func components(want int32) check {
	return counts("summary.components", func(s *catalog.EntityStatus) *int32 { return s.Summary.Components }, want)
}

func members(want int32) check {
	return counts("summary.members", func(s *catalog.EntityStatus) *int32 { return s.Summary.Members }, want)
}

func owns(want int32) check {
	return counts("summary.owns", func(s *catalog.EntityStatus) *int32 { return s.Summary.Owns }, want)
}

func healthIs(want catalog.Health) check {
	return func(e catalog.Entity) error {
		if got := e.EntityStatus().Summary.Health; got != want {
			return fmt.Errorf("summary.health is %q, want %q", got, want)
		}
		return nil
	}
}

func namespaceNamed(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

// labelled gives a namespace a label.
func labelled(key, value string) func(*corev1.Namespace) {
	return func(ns *corev1.Namespace) { ns.Labels = map[string]string{key: value} }
}
