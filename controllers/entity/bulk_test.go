package entity

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
)

// TestBulkLoadWritesLittle loads 1,000 entities at a steady pace, and counts the writes: the time is the bubble's, so the
// figures are always the same. The last write comes soon after the last entity.
func TestBulkLoadWritesLittle(t *testing.T) {
	cases := map[string]struct {
		perSecond int
		shuffle   bool
		most      float64 // writes per entity
	}{
		"in dependency order, as fast as a client can": {500, false, 1.05},
		"in dependency order, at 250 a second":         {250, false, 1.05},
		// A load that goes on for 20 s is longer than anything is held: who is named late is written again.
		"in dependency order, at 50 a second":      {50, false, 1.65},
		"in random order, as fast as a client can": {500, true, 1.05},
		"in random order, at 50 a second":          {50, true, 1.9},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCluster(t)
				all := apitest.Catalog("shop", 1000)
				if tc.shuffle {
					rand.New(rand.NewPCG(1, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				}
				for _, e := range all {
					c.create(e.(client.Object))
					c.step(time.Second / time.Duration(tc.perSecond))
				}
				end, last := time.Now(), time.Now()
				for time.Since(last) < 10*time.Second {
					if before := c.version; c.step(20*time.Millisecond) != before {
						last = time.Now()
					}
				}
				writes := 0
				for _, n := range c.writes {
					writes += n
				}
				per := float64(writes) / float64(len(all))
				fmt.Printf("result: status writes per entity %s %.2f (bar %.2f)\n", name, per, tc.most)
				if per > tc.most {
					t.Errorf("%.2f status writes per entity, want at most %.2f", per, tc.most)
				}
				if late := last.Sub(end); late > 5*time.Second {
					t.Errorf("the last status came %s after the last entity, want at most 5s", late)
				}
			})
		})
	}
}

// step lets everything arrive, time go by and the reconcilers work, and returns the server's version.
func (c *cluster) step(d time.Duration) int {
	c.deliver(len(c.events))
	c.pass(d)
	c.reconcile()
	return c.version
}
