package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/callboard-dev/callboard/hack/harness"
)

// operator is the operator, with its profiles if they are asked for.
type operator struct {
	*harness.Operator
	pprof string
}

// startOperator starts it. Its predecessor's Lease goes first, so that it leads at once.
func (b *bench) startOperator(ctx context.Context, profiled bool) (*operator, error) {
	if err := b.EndLease(ctx); err != nil {
		return nil, err
	}
	o, args := &operator{}, strings.Fields(b.flags.operatorArgs)
	var err error
	if profiled {
		if o.pprof, err = harness.FreeAddress(); err != nil {
			return nil, err
		}
		args = append([]string{"--pprof-bind-address=" + o.pprof}, args...)
	}
	o.Operator, err = b.StartOperator("operator.log", b.flags.operator, args...)
	return o, err
}

// profile saves a profile of the operator, which may take as long as the query says.
func (o *operator) profile(ctx context.Context, query, to string) error {
	var answer *http.Response
	err := harness.Await(ctx, time.Minute, "the operator's profiles", o.Process, func() (ok bool, err error) {
		answer, err = http.Get("http://" + o.pprof + "/debug/pprof/" + query)
		return err == nil, nil
	})
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }() // all that matters was read
	out, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("save a profile: %w", err)
	}
	_, err = io.Copy(out, answer.Body)
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("save a profile: %w", err)
	}
	return nil
}
