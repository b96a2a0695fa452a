package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// state is what a running cluster tells about itself. It counts only while its
// pid holds the lock.
type state struct {
	PID        int            `json:"pid"`
	Ready      bool           `json:"ready"`
	Server     string         `json:"server"`
	Only       string         `json:"only,omitempty"`
	Nodes      int            `json:"nodes"`
	Components map[string]int `json:"components"`
}

func writeState(l layout, s state) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	return writeFile(l.state(), append(data, '\n'))
}

// readState returns the state of the running cluster, and false if none runs.
func readState(l layout) (state, bool, error) {
	pid, err := holderOf(l)
	if err != nil || pid == 0 {
		return state{}, false, err
	}
	data, err := os.ReadFile(l.state())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return state{}, false, fmt.Errorf("read the state: %w", err)
	}
	var s state
	if err := json.Unmarshal(data, &s); err != nil || s.PID != pid {
		return state{PID: pid}, true, nil // it has only just started
	}
	return s, true, nil
}
