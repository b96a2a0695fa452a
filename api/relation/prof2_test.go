package relation

import (
	"testing"
	"time"
)

func TestPop(t *testing.T) {
	l := newLandscape(budgetEntities, 1)
	g := l.graph()
	for _, c := range changes(l) {
		if c.name != "popular-api" {
			continue
		}
		for i := 0; i < 10; i++ {
			for _, do := range c.make(i) {
				s := time.Now()
				n := len(do(g))
				t.Log(n, time.Since(s))
			}
		}
	}
}
