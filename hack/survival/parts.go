package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	// around is how long the load runs before and after what happens.
	around = 3 * time.Second
	// killGrace is how long after a kill calls may fail.
	killGrace = time.Second
	// rotateMost is how long a replica may take to serve with a new certificate.
	rotateMost = 30 * time.Second
)

// under does something while the load runs, and returns the calls.
func (r *runner) under(ctx context.Context, do func() error) ([]call, error) {
	begun := time.Now()
	stop := r.load.run(ctx, r.flags.rate)
	err := harness.Sleep(ctx, around)
	if err == nil {
		err = do()
	}
	if err == nil {
		err = harness.Sleep(ctx, around)
	}
	stop()
	return r.load.since(begun), err
}

// count counts calls, and tells of the first few.
func (r *runner) count(calls []call, what string, is func(call) bool) float64 {
	n := 0
	for _, c := range calls {
		if !is(c) {
			continue
		}
		if n++; n <= 5 {
			r.say("%s: began at %.2fs, took %.0f ms: %v", what, c.begun.Sub(r.begun).Seconds(), harness.Millis(c.ended.Sub(c.begun)), c.err)
		}
	}
	return float64(n)
}

// judged prints what every part under load is held to.
func (r *runner) judged(name string, calls []call, lost func(call) bool) {
	r.Inform(name+"_calls", float64(len(calls)), "calls")
	forbidden := 0
	for _, c := range calls {
		if c.forbidden {
			forbidden++
		}
	}
	r.Inform(name+"_forbidden_calls", float64(forbidden), "calls")
	r.Result(name+"_lost", r.count(calls, "lost", lost), "calls", 0)
	r.Result(name+"_wrongly_admitted", r.count(calls, "wrongly admitted", call.admitted), "calls", 0)
}

// restarts restarts one replica after the other, as the kubelet does: it gets no more connections, waits, and is told
// to end.
func (r *runner) restarts(ctx context.Context) error {
	calls, err := r.under(ctx, func() error {
		for n := range r.flags.restarts * len(r.replicas) {
			i := n % len(r.replicas)
			old := r.replicas[i]
			r.balancer.takeOut(old.end)
			if err := harness.Sleep(ctx, r.flags.preStop); err != nil {
				return err
			}
			old.Stop()
			var err error
			if r.replicas[i], err = r.startReplica(ctx, i); err != nil {
				return err
			}
		}
		return nil
	})
	r.judged("survival_restart", calls, call.lost)
	return err
}

// kills kills one replica after the other.
func (r *runner) kills(ctx context.Context) error {
	var kills []time.Time
	calls, err := r.under(ctx, func() error {
		for n := range r.flags.restarts * len(r.replicas) {
			i := n % len(r.replicas)
			kills = append(kills, time.Now())
			if err := syscall.Kill(r.replicas[i].PID(), syscall.SIGKILL); err != nil {
				return fmt.Errorf("kill: %w", err)
			}
			if err := harness.Sleep(ctx, 2*killGrace); err != nil {
				return err
			}
			var err error
			if r.replicas[i], err = r.startReplica(ctx, i); err != nil {
				return err
			}
		}
		return nil
	})
	soon := func(c call) bool {
		for _, at := range kills {
			if c.ended.After(at) && c.begun.Before(at.Add(killGrace)) {
				return true
			}
		}
		return false
	}
	r.Inform("survival_kill_lost_at_once", r.count(calls, "lost at once", func(c call) bool { return c.lost() && soon(c) }), "calls")
	r.judged("survival_kill", calls, func(c call) bool { return c.lost() && !soon(c) })
	return err
}

// rotation gives the replicas a certificate of another authority: the API server trusts both, then the files change,
// then it trusts the new one alone.
func (r *runner) rotation(ctx context.Context) error {
	fresh := filepath.Join(r.Dir, "webhook-new")
	before, err := r.Kubectl(ctx, nil, "get", "validatingwebhookconfiguration", "callboard", "-o", "yaml")
	if err != nil {
		return err
	}
	after, err := r.MakeWebhooks(ctx, fresh, r.port)
	if err != nil {
		return err
	}
	both, err := trusting(after, []byte(before))
	if err != nil {
		return err
	}
	calls, err := r.under(ctx, func() error {
		if err := r.Apply(ctx, both); err != nil {
			return err
		}
		if err := harness.Sleep(ctx, around); err != nil {
			return err
		}
		for _, name := range []string{"tls.crt", "tls.key"} {
			if err := os.Rename(filepath.Join(fresh, name), filepath.Join(r.certs(), name)); err != nil {
				return fmt.Errorf("replace a certificate: %w", err)
			}
		}
		begun := time.Now()
		for _, rep := range r.replicas {
			if err := r.awaitNew(ctx, rep, begun); err != nil {
				return err
			}
		}
		r.Result("survival_rotation_seen", time.Since(begun).Seconds(), "s", rotateMost.Seconds())
		return r.Apply(ctx, after)
	})
	r.judged("survival_rotation", calls, call.lost)
	return err
}

// trusting adds to a configuration whom another one trusts.
func trusting(text, other []byte) ([]byte, error) {
	var c, o admissionv1.ValidatingWebhookConfiguration
	if err := errors.Join(yaml.Unmarshal(text, &c), yaml.Unmarshal(other, &o)); err != nil {
		return nil, fmt.Errorf("read the webhook configuration: %w", err)
	}
	for i := range c.Webhooks {
		to := &c.Webhooks[i].ClientConfig
		to.CABundle = append(append([]byte{}, to.CABundle...), o.Webhooks[i].ClientConfig.CABundle...)
	}
	return yaml.Marshal(c)
}

// awaitNew waits until a replica serves with the certificate in the folder.
func (r *runner) awaitNew(ctx context.Context, rep *replica, begun time.Time) error {
	want, err := tls.LoadX509KeyPair(filepath.Join(r.certs(), "tls.crt"), filepath.Join(r.certs(), "tls.key"))
	if err != nil {
		return err
	}
	return harness.Await(ctx, rotateMost-time.Since(begun), "the new certificate", rep.Process, func() (bool, error) {
		conn, err := tls.Dial("tcp", rep.end.address, &tls.Config{InsecureSkipVerify: true}) // it is compared
		if err != nil {
			return false, fmt.Errorf("connect to a replica: %w", err)
		}
		defer func() { _ = conn.Close() }() // only looked at
		return conn.ConnectionState().PeerCertificates[0].Equal(want.Leaf), nil
	})
}
