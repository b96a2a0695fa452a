package cluster

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

const lockDirEnv = "DEVCLUSTER_TEST_LOCK_DIR"

// TestMain lets the test binary be the other process that holds a lock.
func TestMain(m *testing.M) {
	dir := os.Getenv(lockDirEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	if _, err := takeLock(layout(dir)); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("locked")
	os.Stdin.Read(make([]byte, 1)) // until the test closes it
}

func TestLockKnowsItsHolder(t *testing.T) {
	l := newLayout(t)
	if pid, err := holderOf(l); pid != 0 || err != nil {
		t.Fatalf("before the first run: holderOf() = %d, %v, want 0", pid, err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command(self)
	other.Env = append(os.Environ(), lockDirEnv+"="+string(l))
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}

	if pid, err := holderOf(l); pid != other.Process.Pid || err != nil {
		t.Errorf("while it runs: holderOf() = %d, %v, want %d", pid, err, other.Process.Pid)
	}
	if _, err := takeLock(l); !errors.Is(err, errRunning) {
		t.Errorf("while it runs: takeLock() = %v, want %v", err, errRunning)
	}
	if s, running, err := readState(l); !running || s.Ready || err != nil {
		t.Errorf("while it starts: readState() = %+v, %t, %v, want running, not ready", s, running, err)
	}

	stdin.Close()
	if err := other.Wait(); err != nil {
		t.Fatal(err)
	}
	if pid, err := holderOf(l); pid != 0 || err != nil {
		t.Errorf("after it: holderOf() = %d, %v, want 0", pid, err)
	}
}
