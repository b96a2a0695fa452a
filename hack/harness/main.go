package harness

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// Main runs a program until it ends or somebody interrupts it, and exits with 1 if it failed or a figure was short. It
// must be called by main.
func Main(name string, run func(context.Context) (short bool, err error)) {
	runtime.LockOSThread() // see StartProcess
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	short, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
	}
	if err != nil || short {
		os.Exit(1)
	}
}
