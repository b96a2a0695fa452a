package lru_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/callboard-dev/callboard/dashboard/lru"
)

func TestCacheHoldsToItsBytes(t *testing.T) {
	c := lru.New[int, string](1000)
	for i := range 30 {
		c.Put(i, "value", 100)
		if _, found := c.Get(0); !found { // it is asked for all the time
			t.Fatalf("the first is forgotten when %d are put", i)
		}
		if c.Cost() > 1000 || c.Cost() != 100*c.Len() {
			t.Fatalf("%d bytes of 1000, in %d values", c.Cost(), c.Len())
		}
	}
	_, last := c.Get(29)
	_, old := c.Get(5)
	if c.Len() != 10 || !last || old {
		t.Errorf("%d values, the last there: %t, an old one: %t", c.Len(), last, old)
	}
	c.Put(99, "large", 1001)
	if _, found := c.Get(99); found || c.Len() != 10 {
		t.Error("what is larger than all is kept, or throws others out")
	}
	c.Put(29, "large", 1001)
	if v, found := c.Get(29); found {
		t.Errorf("%q is there, which was put before something too large", v)
	}
	if c.Clear(); c.Len() != 0 || c.Cost() != 0 {
		t.Error("not all is forgotten")
	}
	c.Put(1, "whole", 1000)
	if v, _ := c.Get(1); v != "whole" || c.Cost() != 1000 {
		t.Errorf("%q, %d bytes after it was cleared", v, c.Cost())
	}
}

// TestCacheIsLikeASlice does the same to a cache and to a slice that is kept in order of use.
func TestCacheIsLikeASlice(t *testing.T) {
	type value struct{ key, cost, number int }
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		c, model := lru.New[int, int](100), []value(nil)
		for number := range 500 {
			key := rng.IntN(20)
			at := slices.IndexFunc(model, func(v value) bool { return v.key == key })
			if rng.IntN(2) == 0 {
				got, found := c.Get(key)
				if found != (at >= 0) || found && got != model[at].number {
					t.Fatalf("seed %d, step %d: Get(%d) = %d, %t", seed, number, key, got, found)
				}
				if found {
					v := model[at]
					model = append(slices.Delete(model, at, at+1), v)
				}
				continue
			}
			cost := rng.IntN(120)
			c.Put(key, number, cost)
			if at >= 0 {
				model = slices.Delete(model, at, at+1)
			}
			if cost <= 100 {
				model = append(model, value{key, cost, number})
			}
			sum := 0
			for _, v := range model {
				sum += v.cost
			}
			for ; sum > 100; model = model[1:] {
				sum -= model[0].cost
			}
			if c.Cost() != sum || c.Len() != len(model) {
				t.Fatalf("seed %d, step %d: %d values of %d bytes, want %d of %d", seed, number, c.Len(), c.Cost(), len(model), sum)
			}
		}
	}
}

func TestCacheIsForAll(t *testing.T) {
	c := lru.New[int, int](50)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 2000 {
				c.Put(n%20, n%20, 5)
				if v, found := c.Get((n + i) % 20); found && v != (n+i)%20 {
					t.Errorf("Get(%d) = %d", (n+i)%20, v)
				}
			}
		})
	}
	all.Wait()
	if c.Cost() > 50 || c.Cost() != 5*c.Len() {
		t.Errorf("%d bytes in %d values", c.Cost(), c.Len())
	}
}
