package definition_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/definition"
)

// TestCorpus reads all definitions below the folder that CALLBOARD_SPECS names, and prints what each one costs: the time,
// and all that was allocated, none of it collected, which is the most that can be in memory at once.
func TestCorpus(t *testing.T) {
	root := os.Getenv("CALLBOARD_SPECS")
	if root == "" {
		t.Skip("CALLBOARD_SPECS names no folder with definitions")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	read := 0
	t.Logf("%8s %8s %8s %6s  %s", "KiB", "ms", "alloc", "ops", "file")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		apiType := typeOfFile(path)
		if err != nil || entry.IsDir() || apiType == "" {
			return err
		}
		text := readText(t, path)
		if !whole(apiType, text) {
			return nil
		}
		read++
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		facts, err := definition.FactsOf(apiType, text)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		alloc := int(after.TotalAlloc - before.TotalAlloc)
		name, _ := filepath.Rel(root, path)
		t.Logf("%8d %8.1f %8d %6d  %s", len(text)>>10, took.Seconds()*1000, alloc>>10, facts.Operations, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		start = time.Now()
		terms, err := definition.Terms(apiType, text)
		if took := time.Since(start); err != nil || took > 5*time.Second || len(terms) == 0 && facts.Operations > 0 {
			t.Errorf("%s: %d terms in %v, %d operations: %v", name, len(terms), took, facts.Operations, err)
		}
		properTerms(t, terms)
		if most := 1<<20 + 200*len(text); alloc > most || took > 5*time.Second {
			t.Errorf("%s: took %v and %d bytes, want at most 5s and %d", name, took, alloc, most)
		}
		return nil
	})
	if err != nil || read == 0 {
		t.Errorf("read %d definitions below %s: %v", read, root, err)
	}
}

func typeOfFile(path string) string {
	switch path = strings.TrimSuffix(filepath.ToSlash(path), ".gz"); filepath.Ext(path) {
	case ".proto":
		return definition.GRPC
	case ".graphql":
		return definition.GraphQL
	case ".yaml", ".yml", ".json":
		if strings.Contains(path, "asyncapi") {
			return definition.AsyncAPI
		}
		return definition.OpenAPI
	}
	return ""
}

// whole tells a definition from a part that others refer to.
func whole(apiType, text string) bool {
	switch apiType {
	case definition.OpenAPI:
		return versionLine.MatchString(text)
	case definition.AsyncAPI:
		return strings.Contains(text, "asyncapi:")
	}
	return true
}

var versionLine = regexp.MustCompile(`(?m)^\s*"?(openapi|swagger)"?: *["']?[23]\.`)

func readText(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
