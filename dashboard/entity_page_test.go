package dashboard

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryPageOfTheShops(t *testing.T) {
	s := shops(t).settle(t)
	for _, path := range append(s.paths(), "/scorecards/production-readiness") {
		w := visit(t, s, anything, path, "text/html")
		if w.Code != http.StatusOK {
			t.Errorf("GET %s: %d\n%s", path, w.Code, w.Body)
			continue
		}
		if dir := os.Getenv("PAGES"); dir != "" {
			file := filepath.Join(dir, strings.ReplaceAll(strings.Trim(path, "/"), "/", "_")+".html")
			if err := os.WriteFile(file, w.Body.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
