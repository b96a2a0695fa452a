package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
)

// audit reads what the API server wrote down of the requests that it answered.
type audit struct{ file string }

// request is one of them.
type request struct {
	Verb string
	User struct{ Username string }

	ObjectRef struct {
		APIGroup, Resource, Subresource, Namespace, Name string
	}
	ResponseStatus struct{ Code int }
}

func (r request) String() string {
	o := r.ObjectRef
	return strings.TrimSpace(fmt.Sprintf("%s %s/%s %s/%s: %d", r.Verb, o.Resource, o.Subresource, o.Namespace, o.Name, r.ResponseStatus.Code))
}

// position is the end of the log as it is now.
func (a *audit) position(t *testing.T) int64 {
	t.Helper()
	info, err := os.Stat(a.file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// from returns the requests that the operator made from a position of the log on.
func (a *audit) from(t *testing.T, position int64) []request {
	t.Helper()
	file, err := os.Open(a.file)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.NewSectionReader(file, position, 1<<40))
	if err != nil {
		t.Fatal(err)
	}
	var out []request
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // it is being written
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("audit log: %v: %s", err, line)
		}
		if r.User.Username == identity {
			out = append(out, r)
		}
	}
	return out
}

// writes are those of the requests that change something, Leases and questions about permission aside.
func writes(requests []request) []request {
	return slices.DeleteFunc(slices.Clone(requests), func(r request) bool {
		read := r.Verb == "get" || r.Verb == "list" || r.Verb == "watch"
		return read || r.ObjectRef.Resource == "leases" || strings.HasSuffix(r.ObjectRef.Resource, "reviews")
	})
}
