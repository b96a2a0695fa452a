package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// errRunning says that another process runs the cluster.
var errRunning = errors.New("the cluster runs already")

// takeLock takes the lock of the cluster until the process ends. It is a lock
// of the kernel, not a pid in a file: it cannot be stale, and the kernel knows
// its holder. The file stays open on purpose; closing it gives the lock up.
func takeLock(l layout) (*os.File, error) {
	f, err := os.OpenFile(l.lock(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	lock := wholeFile()
	err = syscall.FcntlFlock(f.Fd(), syscall.F_SETLK, &lock)
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) {
		f.Close()
		return nil, errRunning
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", l.lock(), err)
	}
	return f, nil
}

// holderOf returns the process that runs the cluster, 0 if none does.
func holderOf(l layout) (int, error) {
	f, err := os.OpenFile(l.lock(), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("open the lock: %w", err)
	}
	defer f.Close()
	lock := wholeFile()
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil {
		return 0, fmt.Errorf("ask for the lock's holder: %w", err)
	}
	if lock.Type == syscall.F_UNLCK {
		return 0, nil
	}
	return int(lock.Pid), nil
}

func wholeFile() syscall.Flock_t {
	return syscall.Flock_t{Type: syscall.F_WRLCK, Whence: io.SeekStart}
}
