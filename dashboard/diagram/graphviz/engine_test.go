package graphviz

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var engine = &Engine{Instances: 2}

// random is a graph with clusters, always the same.
func random(n int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	var b strings.Builder
	b.WriteString("digraph{rankdir=LR;node[shape=box,label=\"\",fixedsize=true,width=2,height=0.5];\n")
	clusters := n/8 + 1
	for c := range clusters {
		fmt.Fprintf(&b, "subgraph cluster_%d{", c)
		for i := c; i < n; i += clusters {
			fmt.Fprintf(&b, "n%d;", i)
		}
		b.WriteString("}\n")
	}
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "n%d->n%d;", r.IntN(i), i)
		if r.IntN(2) == 0 {
			fmt.Fprintf(&b, "n%d->n%d;", r.IntN(n), r.IntN(n))
		}
	}
	b.WriteString("}")
	return []byte(b.String())
}

func layout(t testing.TB, dot []byte) *Placed {
	t.Helper()
	out, err := engine.Layout(context.Background(), dot)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLayoutForgetsTheOneBefore(t *testing.T) {
	first := layout(t, random(20))
	if len(first.Nodes) != 20 || len(first.Clusters) != 3 || len(first.Edges) < 19 || first.Nodes[19].Position == "" || first.Edges[0].Line == "" || first.Clusters[0].Box == "" {
		t.Fatalf("Layout() = %+v, want all with their places", first)
	}
	for range 5 {
		layout(t, random(60))
		if again := layout(t, random(20)); !cmp.Equal(first, again) {
			t.Fatal("the same graph is placed in another way later")
		}
	}
}

func TestLayoutsAtTheSameTime(t *testing.T) {
	want := layout(t, random(30))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				got, err := engine.Layout(context.Background(), random(30))
				if err != nil || !cmp.Equal(got, want) {
					t.Errorf("Layout() differs beside others: %v", err)
				}
			}
		})
	}
	all.Wait()
}

func TestLayoutEndsWithItsContext(t *testing.T) {
	e := &Engine{}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := e.Layout(ctx, random(600))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Layout() = %v, want the deadline", err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("Layout() took %v after a deadline of 50 ms", took)
	}
	if _, err := e.Layout(context.Background(), random(5)); err != nil { // it goes on
		t.Error(err)
	}
}

func TestLayoutThatWaitsEndsWithItsContext(t *testing.T) {
	busy := &Engine{}
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	i := <-busy.slots
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := busy.Layout(ctx, random(5)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Layout() = %v, want the deadline", err)
	}
	if err := busy.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close() = %v while a layout runs, want the deadline", err)
	}
	busy.slots <- i
	if err := busy.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestTheWorldCanBeStoppedDuringALayout holds that the collector need not wait for the end of a layout. On a busy machine a
// collection may take as long as a layout, so the best of several counts; without pauses it is 4 at most.
func TestTheWorldCanBeStoppedDuringALayout(t *testing.T) {
	const enough, layouts = 6, 50
	layout(t, random(5)) // it is compiled
	best := 0
	for range layouts {
		if best = max(best, stopsDuringALayout(t)); best >= enough {
			return
		}
	}
	t.Errorf("the world was stopped %d times during a layout at most, want %d", best, enough)
}

// stopsDuringALayout counts the collections that fit into a layout.
func stopsDuringALayout(t *testing.T) int {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := engine.Layout(context.Background(), random(300))
		done <- err
	}()
	for stops := 0; ; stops++ {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return stops
		default:
			runtime.GC()
		}
	}
}

func TestLayoutOfWhatIsNoGraph(t *testing.T) {
	for _, dot := range []string{"", "digraph {", "nothing", "\x00", `digraph{a->b`} {
		if _, err := engine.Layout(context.Background(), []byte(dot)); !errors.Is(err, ErrBroken) {
			t.Errorf("Layout(%q) = %v, want %v", dot, err, ErrBroken)
		}
	}
	layout(t, random(5)) // it goes on
}

// TestProgramIsTheReleasedOne holds the program to the file that README.md names.
func TestProgramIsTheReleasedOne(t *testing.T) {
	unzip, err := gzip.NewReader(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, unzip); err != nil {
		t.Fatal(err)
	}
	const want = "7cc5b0a5f176aeaa69760ed5dc3282ceda2b1b04229b22de77bb0a5eab45578e"
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		t.Errorf("graphviz.wasm.gz holds %s, want %s", got, want)
	}
}

func BenchmarkLayout(b *testing.B) {
	for _, n := range []int{20, 30, 60, 100, 300} {
		b.Run(fmt.Sprintf("%d nodes", n), func(b *testing.B) {
			dot := random(n)
			layout(b, dot)
			for b.Loop() {
				layout(b, dot)
			}
		})
	}
}
