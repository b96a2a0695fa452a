package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

func TestResult(t *testing.T) {
	cases := map[string]struct {
		name     string
		value, n float64
		want     string
		short    bool
	}{
		"on the bar":          {"cold_ratio", 1.5, 0, "result: cold_ratio 1.5 x (bar 1.5) ok\n", false},
		"over the bar":        {"cold_writes", 1.0209, 0, "result: cold_writes 1.021 writes/entity (bar 1.02) short\n", true},
		"no bar":              {"bare_rate", 1234.5678, 0, "result: bare_rate 1234.568 writes/s (bar -) ok\n", false},
		"a bar that depends":  {"memory_rss", 142, 10_000, "result: memory_rss 142 MiB (bar 142.125) ok\n", false},
		"at least the bar":    {"admission_create_ratio", 0.85, 0, "result: admission_create_ratio 0.85 x (bar 0.85) ok\n", false},
		"under the bar":       {"admission_create_ratio", 0.8499, 0, "result: admission_create_ratio 0.85 x (bar 0.85) short\n", true},
		"nothing was counted": {"cold_ratio", math.NaN(), 0, "result: cold_ratio NaN x (bar 1.5) short\n", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			r := report{harness.Report{Out: &out}}
			r.result(tc.name, tc.value, tc.n)
			if out.String() != tc.want || r.Short != tc.short {
				t.Errorf("result(%s, %v, %v) = %q, short %v; want %q, %v", tc.name, tc.value, tc.n, out.String(), r.Short, tc.want, tc.short)
			}
		})
	}
}

func TestQuantile(t *testing.T) {
	values := make([]int, 200)
	for i := range values {
		values[i] = 200 - i
	}
	for q, want := range map[float64]int{0: 1, 0.5: 100, 0.99: 198, 1: 200} {
		if got := harness.Quantile(values, q); got != want {
			t.Errorf("quantile(1 to 200, %v) = %d, want %d", q, got, want)
		}
	}
	if got := harness.Quantile([]int(nil), 0.5); got != 0 {
		t.Errorf("quantile of nothing = %d, want 0", got)
	}
}

func TestAuditLogCountsTheOperatorAlone(t *testing.T) {
	line := func(user, verb, name, sub, code, at string) string {
		return `{"verb":"` + verb + `","user":{"username":"` + user + `"},"objectRef":{"resource":"apis","namespace":"a","name":"` +
			name + `","subresource":"` + sub + `"},"responseStatus":{"code":` + code + `},"stageTimestamp":"2030-01-01T00:00:0` + at + `Z"}` + "\n"
	}
	before := line(harness.OperatorUser, "update", "x", "status", "200", "0.5")
	log := auditLog{filepath.Join(t.TempDir(), "audit.log")}
	text := before +
		line(harness.OperatorUser, "update", "x", "status", "200", "1.25") +
		line(harness.OperatorUser, "update", "y", "status", "409", "2") +
		line(harness.OperatorUser, "update", "y", "status", "200", "3.5") +
		line(harness.OperatorUser, "update", "x", "status", "200", "3") +
		line(harness.BareUser, "update", "z", "status", "200", "4") +
		line(harness.OperatorUser, "patch", "z", "", "200", "5") +
		`{"half a line`
	if err := os.WriteFile(log.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := log.since(int64(len(before)))
	if err != nil {
		t.Fatal(err)
	}
	if w.all != 5 || w.statuses != 3 || w.refused != 1 || w.entities != 2 || w.last.Sub(w.first).Seconds() != 2.25 {
		t.Errorf("since() = %+v, want 5 requests, 3 statuses, 1 refused, 2 entities, 2.25 s between the first and the last", w)
	}
}

func TestWrongFindsWhatIsNotRight(t *testing.T) {
	made := synthetic.New(synthetic.Options{Entities: 1000, Seed: 1})
	for i, s := range expected(made.Entities) {
		*made.Entities[i].EntityStatus() = s
	}
	if got := wrong(made.Entities); len(got) > 0 {
		t.Errorf("wrong() finds %d, such as %s, want none", len(got), got[0])
	}
	bad := made.Entities[500]
	bad.EntityStatus().Owner = "group:nobody"
	if got := wrong(made.Entities); len(got) != 1 || got[0] != relation.RefOf(bad) {
		t.Errorf("wrong() finds %d, want %s alone", len(got), relation.RefOf(bad))
	}
}

func TestOwnCPUTimeAndMemory(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("there is no /proc")
	}
	if _, err := harness.CPUOf(os.Getpid()); err != nil {
		t.Error(err)
	}
	rss, peak, err := harness.MemoryOf(os.Getpid())
	if err != nil || rss < 1 || peak < rss {
		t.Errorf("memoryOf(us) = %v, %v, %v, want some MiB", rss, peak, err)
	}
}
