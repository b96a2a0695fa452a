package store

import (
	"testing"

	toolscache "k8s.io/client-go/tools/cache"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestCountedCountsStatusesButNoResync(t *testing.T) {
	s, told := &Store{}, 0
	h := s.counted(toolscache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { told++ }, UpdateFunc: func(any, any) { told++ }, DeleteFunc: func(any) { told++ },
	})
	at := func(version string) *catalog.Exemption {
		x := &catalog.Exemption{}
		x.ResourceVersion, x.Generation = version, 1
		return x
	}
	for i, step := range []struct {
		name string
		do   func()
		want uint64
	}{
		{"new", func() { h.OnAdd(at("1"), false) }, 1},
		{"another status", func() { h.OnUpdate(at("1"), at("2")) }, 2},
		{"the same again", func() { h.OnUpdate(at("2"), at("2")) }, 2},
		{"gone", func() { h.OnDelete(at("2")) }, 3},
		{"gone unseen", func() { h.OnDelete(toolscache.DeletedFinalStateUnknown{Obj: at("2")}) }, 4},
	} {
		step.do()
		if s.Version() != step.want || told != i+1 {
			t.Errorf("%s: version %d, told %d times; want %d and %d", step.name, s.Version(), told, step.want, i+1)
		}
	}
}
