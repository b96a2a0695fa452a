package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/callboard-dev/callboard/hack/harness"
)

// auditPolicy has the API server note every write of the operator, and those of the bare writer, so that both pay for
// it; Leases and events are not counted. %q are the two users.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: None
  resources:
  - {group: coordination.k8s.io}
  - {group: events.k8s.io}
  - {group: "", resources: [events]}
- level: Metadata
  users: [%q, %q]
  verbs: [create, update, patch, delete, deletecollection]
- level: None
`

// auditLog is the API server's record of writes.
type auditLog struct{ path string }

// auditEvent is what is read of one record.
type auditEvent struct {
	Verb string `json:"verb"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource, Namespace, Name, Subresource string
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	StageTimestamp time.Time `json:"stageTimestamp"`
}

// writes sums up a stretch of the log.
type writes struct {
	all      int // requests of the operator that write, whatever became of them
	statuses int // status writes that succeeded
	refused  int // requests that did not, conflicts above all
	entities int // different ones whose status was written
	first    time.Time
	last     time.Time // the last status write
	// by counts the status writes that succeeded by resource, such as components.
	by map[string]int
}

// size is how long the log is now. It grows by every write that it counts.
func (a auditLog) size() (int64, error) {
	info, err := os.Stat(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at the audit log: %w", err)
	}
	return info.Size(), nil
}

// since counts what the operator wrote from an offset on.
func (a auditLog) since(offset int64) (writes, error) {
	w := writes{by: map[string]int{}}
	f, err := os.Open(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return w, fmt.Errorf("read the audit log: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return w, fmt.Errorf("read the audit log: %w", err)
	}
	met := map[string]struct{}{}
	for r := bufio.NewReaderSize(f, 1<<20); ; {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			w.entities = len(met)
			return w, nil // a line without an end is still being written
		}
		if err != nil {
			return w, fmt.Errorf("read the audit log: %w", err)
		}
		if err := w.add(line, met); err != nil {
			return w, err
		}
	}
}

func (w *writes) add(line []byte, met map[string]struct{}) error {
	if !bytes.Contains(line, []byte(harness.OperatorUser)) {
		return nil
	}
	var e auditEvent
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("read the audit log: %w", err)
	}
	if e.User.Username != harness.OperatorUser {
		return nil
	}
	w.all++
	switch {
	case e.ResponseStatus.Code >= 300:
		w.refused++
	case e.ObjectRef.Subresource == "status":
		w.statuses++
		w.by[e.ObjectRef.Resource]++
		met[e.ObjectRef.Resource+"/"+e.ObjectRef.Namespace+"/"+e.ObjectRef.Name] = struct{}{}
		if w.first.IsZero() {
			w.first = e.StageTimestamp
		}
		if e.StageTimestamp.After(w.last) {
			w.last = e.StageTimestamp
		}
	}
	return nil
}
