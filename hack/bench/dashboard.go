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
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/index"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	dashboardRate     = 100 // requests a second, sent when their time has come, answered or not
	dashboardBar      = 50  // ms at the 99th percentile
	dashboardDiagram  = 100
	dashboardIndex    = 5   // ms at the 99th percentile, for rows and twelve facets of all
	firstPageBar      = 150 // KiB, gzipped, with all that it loads
	readerNamespaces  = 20
	dashboardRequests = 800 // of each question
	dashboardAlone    = 300 // of these while nothing else is asked
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
	fmt.Println("bench: the dashboard in process: the operator's index, graph and pages over HTTP on loopback; objects come from memory, statuses are computed; who asks runs in the same process")
	for _, n := range b.flags.sizes {
		made := synthetic.New(synthetic.Options{Entities: n, Seed: b.flags.seed})
		s, err := b.newShelf(made)
		if err != nil {
			return err
		}
		if err := b.count(made, s.Index); err != nil {
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
	questions := s.questions(v.scope, b.flags.seed)
	if err := b.firstDiagram(ctx, name, origin+questions[len(questions)-1].paths[0]); err != nil {
		return err
	}
	mixed := make([]question, len(questions))
	for i, q := range questions {
		mixed[i] = question{q.name, q.paths[dashboardAlone:]}
	}
	if err := b.asked(ctx, name+"_mixed", origin, mixed); err != nil {
		return err
	}
	for _, q := range questions {
		if err := b.asked(ctx, name, origin, []question{{q.name, q.paths[:dashboardAlone]}}); err != nil {
			return err
		}
	}
	select {
	case err := <-served:
		return fmt.Errorf("serve the dashboard: %w", err)
	default:
		return nil
	}
}

// firstDiagram asks for the first page with a picture, which may have to wait until what draws it is ready.
func (b *bench) firstDiagram(ctx context.Context, name, address string) error {
	begin := time.Now()
	if _, _, err := fetch(ctx, http.DefaultClient, address); err != nil {
		return err
	}
	b.Inform(name+"_diagram_first", harness.Millis(time.Since(begin)), "ms")
	return nil
}

// count asks the index itself for all rows with twelve facets, as an administrator does, ten entities having changed
// before each question.
func (b *bench) count(made *synthetic.Catalog, ix *index.Index) error {
	may := index.Scopes{}
	for _, k := range relation.Kinds() {
		may[k] = access.Scope{All: true}
	}
	q := index.Query{Count: []index.Facet{
		index.FacetKind, index.FacetType, index.FacetOwner, index.FacetSystem, index.FacetDomain, index.FacetLifecycle,
		index.FacetTag, index.FacetHealth, index.FacetLevel, index.FacetVisibility, index.FacetNamespace, index.FacetProblems,
	}}
	var times []time.Duration
	for i := range 500 {
		for j := range 10 {
			e, ok := made.Entities[(i*7919+j*104729)%len(made.Entities)].DeepCopyObject().(catalog.Entity)
			if !ok {
				return errors.New("the copy of an entity is none")
			}
			e.SetResourceVersion(strconv.Itoa(1<<40 + i*10 + j))
			e.EntityStatus().Summary.Pods = fmt.Sprintf("%d/9", i%9)
			ix.Keep(e)
		}
		begin := time.Now()
		if found := ix.Find(q, may); found.Total != len(made.Entities) {
			return fmt.Errorf("the index finds %d of %d entities", found.Total, len(made.Entities))
		}
		times = append(times, time.Since(begin))
	}
	name := fmt.Sprintf("dashboard_%d_index_facets", len(made.Entities))
	b.Inform(name+"_p50", harness.Millis(harness.Quantile(times, 0.5)), "ms")
	b.Result(name+"_p99", harness.Millis(harness.Quantile(times, 0.99)), "ms", dashboardIndex)
	return nil
}

// asked asks questions in turns, and prints how long the answers took.
func (b *bench) asked(ctx context.Context, name, origin string, questions []question) error {
	before, err := harness.CPUOf(os.Getpid())
	if err != nil {
		return err
	}
	answered, err := ask100(ctx, origin, questions)
	if err != nil {
		return err
	}
	after, err := harness.CPUOf(os.Getpid())
	if err != nil {
		return err
	}
	requests, wrong := 0, 0
	for i, q := range questions {
		a := &answered[i]
		requests, wrong = requests+len(a.times), wrong+a.wrong
		bar := float64(dashboardBar)
		if q.name == "diagram" {
			bar = dashboardDiagram
		}
		b.Inform(name+"_"+q.name+"_p50", harness.Millis(harness.Quantile(a.times, 0.5)), "ms")
		b.Result(name+"_"+q.name+"_p99", harness.Millis(harness.Quantile(a.times, 0.99)), "ms", bar)
	}
	if len(questions) == 1 {
		name += "_" + questions[0].name
	}
	b.Inform(name+"_cpu", harness.Millis(after-before)/float64(requests), "ms/request")
	b.Result(name+"_wrong", float64(wrong), "requests", 0)
	return nil
}

// answers are how long the answers to a question took, each from when it was due, and how many were not 200.
type answers struct {
	times []time.Duration
	wrong int
}

// ask100 sends requests in an open loop, each at its time, whatever has become of those before: one of each question in
// turns, 100 a second in all.
func ask100(ctx context.Context, origin string, questions []question) ([]answers, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	out := make([]answers, len(questions))
	var mu sync.Mutex
	var all sync.WaitGroup
	var failed error
	begin := time.Now().Add(50 * time.Millisecond)
	for i := range len(questions) * len(questions[0].paths) {
		due := begin.Add(time.Duration(i) * time.Second / dashboardRate)
		if err := harness.Sleep(ctx, time.Until(due)); err != nil {
			return nil, err
		}
		of := i % len(questions)
		address := origin + questions[of].paths[i/len(questions)]
		all.Go(func() {
			status, _, err := fetch(ctx, client, address)
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			out[of].times = append(out[of].times, took)
			failed = errors.Join(failed, err)
			if status != http.StatusOK {
				out[of].wrong++
			}
		})
	}
	all.Wait()
	return out, failed
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
	for _, page := range []struct{ name, path string }{{"home", "/"}, {"list", "/components"}, {"scores", "/scores"}} {
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
