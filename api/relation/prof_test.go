package relation

import "testing"

func BenchmarkPopular(b *testing.B) {
	l := newLandscape(budgetEntities, 1)
	g := l.graph()
	for _, c := range changes(l) {
		b.Run(c.name, func(b *testing.B) {
			for i := 0; i < b.N; i++ {
				for _, do := range c.make(i) {
					do(g)
				}
			}
		})
	}
}
