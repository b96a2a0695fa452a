package controllers_test

import (
	"bufio"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// scrape reads how many writes of statuses of the catalog the API server has counted.
func scrape(t testing.TB, c *http.Client) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, apiServer.Host+"/metrics", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read only
	total, seen := 0, false
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if !strings.HasPrefix(line, "apiserver_request_total{") {
			continue
		}
		seen = true
		if !strings.Contains(line, `group="catalog.callboard.dev"`) || !strings.Contains(line, `subresource="status"`) {
			continue
		}
		n, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			t.Fatalf("read %q: %v", line, err)
		}
		total += int(n)
	}
	if err := lines.Err(); err != nil || !seen {
		t.Fatalf("the API server counts no requests (status %s, %v)", resp.Status, err)
	}
	return total
}
