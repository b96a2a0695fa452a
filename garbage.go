package main

import (
	"os"
	"runtime/debug"
	"sync"
)

// How much garbage the operator lets pile up, of what it keeps: it keeps much and makes little. While somebody waits for
// pages or for admission it is more: a page makes more than a megabyte, and to look through 100,000 entities for it takes a
// second, in which all are slow.
const (
	gcPercent        = 27
	gcPercentAwaited = 100
)

// garbage sets how much may pile up. GOGC overrules it.
type garbage struct {
	mu      sync.Mutex
	reasons int // to let more pile up
}

// awaited notes a reason to let more pile up, or that one has gone.
func (g *garbage) awaited(is bool) {
	g.mu.Lock()
	if is {
		g.reasons++
	} else {
		g.reasons--
	}
	g.mu.Unlock()
	g.set()
}

func (g *garbage) set() {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case os.Getenv("GOGC") != "":
	case g.reasons > 0:
		debug.SetGCPercent(gcPercentAwaited)
	default:
		debug.SetGCPercent(gcPercent)
	}
}
