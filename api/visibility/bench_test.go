package visibility_test

import (
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// BenchmarkJudge judges the ways to be let in, and those not to be.
func BenchmarkJudge(b *testing.B) {
	for name, c := range map[string]struct {
		visibility catalog.Visibility
		entities   string
	}{
		"Public": {catalog.VisibilityPublic, "component:shop/checkout"},
		"SameSystem": {catalog.VisibilityPrivate, `component:shop/checkout system=system:pay/pay
			api:pay/charge system=system:pay/pay`},
		"Listed": {catalog.VisibilityRestricted, `api:pay/charge allow=component:shop/checkout`},
		"Domain": {catalog.VisibilityRestricted, `component:shop/checkout system=system:shop/store
			api:pay/charge allow=domain:top`},
		"Group": {catalog.VisibilityRestricted, `component:shop/checkout system=system:shop/store
			api:pay/charge allow=group:org`},
		"NotListed": {catalog.VisibilityRestricted, `component:shop/checkout system=system:shop/store
			api:pay/charge system=system:pay/pay owner=group:cart allow=component:shop/a,system:shop/b,domain:other,group:other`},
		"NotPrivate": {catalog.VisibilityPrivate, `component:shop/checkout system=system:shop/store
			api:pay/charge system=system:pay/pay owner=group:cart`},
		"Pending": {catalog.VisibilityRestricted, `component:shop/checkout system=system:shop/gone
			api:pay/charge allow=group:org`},
	} {
		b.Run(name, func(b *testing.B) {
			g := relation.NewGraph()
			for line := range strings.Lines(`component:shop/checkout
				api:pay/charge
				system:shop/store domain=domain:web owner=group:cart
				system:pay/pay from=All
				domain:web parent=domain:top from=All
				domain:top
				domain:other
				group:cart parent=group:dept from=All
				group:dept parent=group:org
				group:org
				group:other
				` + c.entities) {
				if line = strings.TrimSpace(line); line != "" {
					apply(g, line, c.visibility)
				}
			}
			consumer, api := ref("component:shop/checkout"), ref("api:pay/charge")
			b.ReportAllocs()
			for b.Loop() {
				visibility.Judge(g, consumer, api)
			}
		})
	}
}
