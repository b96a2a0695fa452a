package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/index"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	dashboardRate     = 100 // requests a second, sent when their time has come, answered or not
	dashboardBar      = 50  // ms at the 99th percentile
	dashboardDiagram  = 100
	firstPageBar      = 150 // KiB, gzipped, with all that it loads
	readerNamespaces  = 20
	dashboardRequests = 500 // of each question
)

// dashboardSizes are how many entities there are.
var dashboardSizes = []int{10_000, 100_000}

// visitor is a reader whose permissions have been reviewed already.
type visitor struct{ scope access.Scope }

func (v visitor) User() access.User { return access.User{Name: "bench"} }

func (v visitor) Scope(_ context.Context, r access.Resource) (access.Scope, error) {
	return v.of(r), nil
}

func (v visitor) May(_ context.Context, r access.Resource, namespace string) (bool, error) {
	return v.of(r).Includes(namespace), nil
}

func (v visitor) Reader(*http.Request) (access.Reader, error) { return v, nil }

// of is everywhere for kinds that belong to no namespace: the organisation is no secret.
func (v visitor) of(r access.Resource) access.Scope {
	switch r {
	case access.Of(relation.Domain), access.Of(relation.Group), access.Of(relation.User), access.Scorecards:
		return access.Scope{All: true}
	}
	return v.scope
}

// dashboard measures pages in process: the index, the graph and the handler are the operator's, the API server is memory,
// and the reader's permissions are known.
func (b *bench) dashboard(ctx context.Context) error {
	fmt.Println("bench: the dashboard in process: the operator's index, graph and pages over HTTP on loopback; objects come from memory, statuses are computed")
	for _, n := range dashboardSizes {
		made := synthetic.New(synthetic.Options{Entities: n, Seed: b.flags.seed})
		s, err := b.newShelf(made)
		if err != nil {
			return err
		}
		namespaces := slices.Sorted(slices.Values(made.Namespaces))
		for _, v := range []struct {
			name  string
			scope access.Scope
		}{
			{"admin", access.Scope{All: true}},
			{"reader", access.Scope{Namespaces: spread(namespaces, readerNamespaces)}},
		} {
			if err := b.browse(ctx, fmt.Sprintf("dashboard_%d_%s", n, v.name), s, visitor{v.scope}); err != nil {
				return err
			}
		}
	}
	return nil
}

// spread picks so many of a list, evenly.
func spread(list []string, n int) []string {
	var out []string
	for i := range n {
		out = append(out, list[i*len(list)/n])
	}
	return slices.Compact(out)
}

// browse serves a catalog to a reader and asks every question.
func (b *bench) browse(ctx context.Context, name string, s *shelf, v visitor) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: dashboard.New(dashboard.Options{
		Catalog: s, Door: v, Log: slog.New(slog.DiscardHandler),
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	defer func() { _ = server.Close() }() // nothing is lost
	origin := "http://" + l.Addr().String()
	if err := b.firstPage(ctx, name, origin); err != nil {
		return err
	}
	for _, q := range s.questions(v.scope, b.flags.seed) {
		times, wrong, err := ask100(ctx, origin, q.paths)
		if err != nil {
			return err
		}
		bar := float64(dashboardBar)
		if q.name == "diagram" {
			bar = dashboardDiagram
		}
		b.Inform(name+"_"+q.name+"_p50", harness.Millis(harness.Quantile(times, 0.5)), "ms")
		b.Result(name+"_"+q.name+"_p99", harness.Millis(harness.Quantile(times, 0.99)), "ms", bar)
		b.Result(name+"_"+q.name+"_wrong", float64(wrong), "requests", 0)
	}
	select {
	case err := <-served:
		return fmt.Errorf("serve the dashboard: %w", err)
	default:
		return nil
	}
}

// ask100 sends requests in an open loop, each at its time, and returns how long they took from then on, and how many were
// not answered with 200.
func ask100(ctx context.Context, origin string, paths []string) (times []time.Duration, wrong int, err error) {
	transport := &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	var mu sync.Mutex
	var all sync.WaitGroup
	var failed error
	begin := time.Now().Add(50 * time.Millisecond)
	for i, path := range paths {
		due := begin.Add(time.Duration(i) * time.Second / dashboardRate)
		if err := harness.Sleep(ctx, time.Until(due)); err != nil {
			return nil, 0, err
		}
		all.Go(func() {
			status, _, err := fetch(ctx, client, origin+path)
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			times = append(times, took)
			failed = errors.Join(failed, err)
			if status != http.StatusOK {
				wrong++
			}
		})
	}
	all.Wait()
	return times, wrong, failed
}

// fetch gets an address as browsers do, and returns how many bytes were sent.
func fetch(ctx context.Context, client *http.Client, address string) (status int, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Encoding", "gzip")
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // all that matters was read
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

// firstPage measures what a reader who comes for the first time loads: the page and what it names of ours.
func (b *bench) firstPage(ctx context.Context, name, origin string) error {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	for _, page := range []struct{ name, path string }{{"home", "/"}, {"list", "/components"}} {
		_, body, err := fetch(ctx, client, origin+page.path)
		if err != nil {
			return err
		}
		total := len(body)
		zipped, err := gzip.NewReader(strings.NewReader(string(body)))
		if err != nil {
			return fmt.Errorf("%s is not gzipped: %w", page.path, err)
		}
		html, err := io.ReadAll(zipped)
		if err != nil {
			return fmt.Errorf("unzip %s: %w", page.path, err)
		}
		for _, asset := range assetsOf(string(html)) {
			_, body, err := fetch(ctx, client, origin+asset)
			if err != nil {
				return err
			}
			total += len(body)
		}
		b.Result(name+"_first_"+page.name, float64(total)/1024, "KiB", firstPageBar)
	}
	return nil
}

// assetsOf are the paths below /static/ that a page names.
func assetsOf(html string) []string {
	var out []string
	for part := range strings.SplitSeq(html, `"`) {
		if strings.HasPrefix(part, "/static/") && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// heap is what is in use after a collection.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// indexed puts a catalog into an index, and tells what memory that takes.
func (b *bench) indexed(made *synthetic.Catalog) *index.Index {
	before, begin := heap(), time.Now()
	ix := index.New()
	for _, e := range made.Entities {
		ix.Keep(e)
	}
	ix.Flush()
	took, n := time.Since(begin), float64(len(made.Entities))
	name := fmt.Sprintf("dashboard_%d_index", len(made.Entities))
	b.Inform(name+"_memory", (heap()-before)/n, "B/entity")
	b.Inform(name+"_time", took.Seconds(), "s")
	return ix
}
