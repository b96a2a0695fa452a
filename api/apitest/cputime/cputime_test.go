package cputime_test

import (
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/apitest/cputime"
)

func TestUsedCountsWorkAndNotWaiting(t *testing.T) {
	before := cputime.Used(t)
	time.Sleep(300 * time.Millisecond)
	if waited := cputime.Used(t) - before; waited > 200*time.Millisecond {
		t.Errorf("%s are used while nothing is done", waited)
	}
	before = cputime.Used(t)
	for began := time.Now(); cputime.Used(t)-before < 20*time.Millisecond; {
		if time.Since(began) > time.Minute {
			t.Fatal("a minute of work uses no time")
		}
	}
}
