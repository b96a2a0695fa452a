package cluster

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Up starts the cluster and returns the exit code of the command.
func Up(args []string) int {
	o, err := parseOptions(args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return fail(err)
	}
	l := layout(o.dir)
	if err := l.make(); err != nil {
		return fail(err)
	}
	if o.detach {
		err = detach(l, o, args)
	} else {
		err = run(l, o, os.Stderr)
	}
	if errors.Is(err, errRunning) {
		err = awaitOther(l, o, os.Stderr)
	}
	if err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	fmt.Fprintf(os.Stderr, "devcluster: %v\n", err)
	return 1
}

// run starts everything, and stops it on the first signal.
func run(l layout, o options, out io.Writer) error {
	lock, err := takeLock(l)
	if err != nil {
		return err
	}
	defer lock.Close() // last: who finds it free may start at once
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)

	b, err := newBoot(l, o, out)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.timeout)
	defer cancel()
	booted := make(chan error, 1)
	go func() { booted <- b.boot(ctx); close(booted) }()

	err = b.await(signals, booted)
	cancel()
	for range booted { // boot starts processes: let it end before they are stopped
	}
	hurry := make(chan struct{})
	go func() {
		<-signals
		close(hurry)
	}()
	b.procs.stop(hurry)
	os.Remove(l.state()) // what stands there is true only while we run
	if err == nil {
		b.say("stopped")
	}
	return err
}

// await returns nil when a signal asks to stop, else why the cluster cannot run.
func (b *boot) await(signals <-chan os.Signal, booted <-chan error) error {
	for {
		select {
		case <-signals:
			b.say("stopping (once more to kill)")
			return nil
		case c := <-b.procs.ended:
			return c.failure()
		case err := <-booted:
			if err != nil {
				return err
			}
			booted = nil // ready: from here on only a signal or a death matters
		}
	}
}

// awaitOther waits until the cluster that another process runs is ready.
func awaitOther(l layout, o options, out io.Writer) error {
	for deadline := time.Now().Add(o.timeout); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		s, running, err := readState(l)
		if err != nil {
			return err
		}
		if !running {
			return errors.New("the cluster of this directory was stopped meanwhile: try again")
		}
		if s.Ready {
			fmt.Fprintf(out, "devcluster: runs already at %s (pid %d)\n", s.Server, s.PID)
			if s.Nodes != o.nodes || s.Only != o.only {
				fmt.Fprintf(out, "devcluster: it has %d nodes; run down first to change that\n", s.Nodes)
			}
			return nil
		}
	}
	return fmt.Errorf("the running cluster did not get ready in %s: see %s", o.timeout, l.path("logs"))
}
