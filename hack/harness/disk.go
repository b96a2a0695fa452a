package harness

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// DiskTime is how long etcd has waited for its disk so far, by its own metrics of what it logs: nothing is stored before
// that, so a disk that is busy for others shows in every time that is measured. A folder in memory, named by TMPDIR, has
// no such waits.
func (c *Cluster) DiskTime(ctx context.Context) (time.Duration, error) {
	const metric = "etcd_disk_wal_fsync_duration_seconds_sum "
	url, err := c.etcdURL()
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("read etcd's metrics: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // all that matters was read
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), metric); ok {
			seconds, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return 0, fmt.Errorf("read etcd's metrics: %w", err)
			}
			return time.Duration(seconds * float64(time.Second)), nil
		}
	}
	return 0, fmt.Errorf("read etcd's metrics: there is no %s", metric)
}

// etcdURL is where etcd serves, as its command line says.
func (c *Cluster) etcdURL() (string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c.Etcd))
	if err != nil {
		return "", fmt.Errorf("read the command line of etcd: %w", err)
	}
	for arg := range strings.SplitSeq(string(text), "\x00") {
		if url, ok := strings.CutPrefix(arg, "--listen-client-urls="); ok {
			return url, nil
		}
	}
	return "", errors.New("find where etcd serves: its command line has no --listen-client-urls")
}
