package harness

import (
	"context"
	"fmt"
	"net/http"
)

// Collect has the API server collect its garbage now, so that it need not while something short is measured: its heap is
// large, and a collection takes all processors of a small machine for up to a second.
func (c *Cluster) Collect(ctx context.Context) error {
	if _, err := c.Admin.Do(ctx, http.MethodGet, "/debug/pprof/heap?gc=1", "*/*", nil); err != nil {
		return fmt.Errorf("collect the API server's garbage: %w", err)
	}
	return nil
}
