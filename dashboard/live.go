package dashboard

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/callboard-dev/callboard/api/access"
)

// Bounds of streams.
const (
	maxStreams     = 200 // of a server
	maxUserStreams = 8   // of a reader
)

// Pace is how often streams look for changes, and how often they say that they are still there.
type Pace struct {
	// Look is how long a stream waits between two looks at the catalog: a second if zero.
	Look time.Duration
	// Beat is after how long a stream looks at its page whether or not the catalog has changed, as permissions and pods
	// may have; and says that it is there: 15 seconds if zero.
	Beat time.Duration
}

// streams counts those that are open, and lets them render one after the other. It is safe for concurrent use.
type streams struct {
	turn   sync.Mutex
	mu     sync.Mutex
	all    int
	byUser map[string]int
}

// open counts a stream of a reader in, or says that there are too many.
func (t *streams) open(user string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all >= maxStreams || t.byUser[user] >= maxUserStreams {
		return false
	}
	if t.byUser == nil {
		t.byUser = map[string]int{}
	}
	t.all++
	t.byUser[user]++
	return true
}

// rest is how long a stream waits after it has rendered, so that all of them take a quarter of one processor at most.
func (t *streams) rest(took time.Duration) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return 4 * took * time.Duration(t.all)
}

// close counts a stream of a reader out.
func (t *streams) close(user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all--
	if t.byUser[user]--; t.byUser[user] == 0 {
		delete(t.byUser, user)
	}
}

// live serves a stream of events: "changed" when the page that the reader looks at is no longer what he has, and "gone"
// when he is no longer signed in. It never sends what the page holds.
func (s *server) live(w http.ResponseWriter, r *http.Request) {
	reader, err := s.Door.Reader(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	target, err := livePage(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	user := streamUser(reader)
	if !s.streams.open(user) {
		w.Header().Set("Retry-After", "60")
		s.fail(w, r, &Problem{Status: http.StatusServiceUnavailable, Title: "Too many streams", Message: "Load the page again to see what has changed."})
		return
	}
	defer s.streams.close(user)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	st := &stream{server: s, out: http.NewResponseController(w), w: w, request: target, tag: r.URL.Query().Get("since")}
	st.run(r.Context())
}

// streamUser is by what streams are counted.
func streamUser(r access.Reader) string {
	u := r.User()
	return u.Name + "\x00" + u.UID
}

// livePage is the request for the page that a stream is about: by the same reader, for one of our own pages.
func livePage(r *http.Request) (*http.Request, error) {
	text := r.URL.Query().Get("page")
	u, err := url.ParseRequestURI(text)
	if err != nil || len(text) > 8192 || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(text, "//") || u.Path == "/live" {
		return nil, badRequest("page must be the path of a page.")
	}
	if q := u.Query(); q.Get("format") != "" {
		return nil, badRequest("page must not be a file.")
	}
	out := r.Clone(r.Context())
	out.URL, out.RequestURI, out.Method = u, text, http.MethodGet
	for _, name := range []string{"If-None-Match", "Range", "If-Modified-Since", "Accept-Encoding"} {
		out.Header.Del(name)
	}
	out.Header.Set("Accept", "text/html")
	return out, nil
}

// stream is what one reader is told of one page.
type stream struct {
	server  *server
	w       http.ResponseWriter
	out     *http.ResponseController
	request *http.Request
	tag     string // of the page that the reader has; empty until it is known
	version uint64
	rested  time.Time // it does not render before
}

// run looks for changes until the reader goes, or the server.
func (t *stream) run(ctx context.Context) {
	look, beat := time.NewTicker(or(t.server.Pace.Look, time.Second)), time.NewTicker(or(t.server.Pace.Beat, 15*time.Second))
	defer look.Stop()
	defer beat.Stop()
	t.version = t.server.Catalog.Version()
	tag, status := t.render(ctx)
	if status == http.StatusUnauthorized || !t.send("event: ready\ndata: %s\n\n", tag) || !t.differs(tag) {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.server.Done:
			t.send("event: bye\ndata:\n\n")
			return
		case <-look.C:
			if v := t.server.Catalog.Version(); v != t.version && time.Now().After(t.rested) && !t.tell(ctx, v) {
				return
			}
		case <-beat.C:
			if !t.tell(ctx, t.server.Catalog.Version()) || !t.send(": still here\n\n") {
				return
			}
		}
	}
}

// tell renders the page anew, with the permissions as they stand now, and says if it differs. It answers false once
// there is nobody to tell.
func (t *stream) tell(ctx context.Context, version uint64) bool {
	tag, status := t.render(ctx)
	t.version = version
	if status == http.StatusUnauthorized {
		t.send("event: gone\ndata:\n\n")
		return false
	}
	return t.differs(tag)
}

// differs says so if the page is no longer what the reader has. It answers false if there is nobody to tell.
func (t *stream) differs(tag string) bool {
	before := t.tag
	t.tag = tag
	return before == "" || before == tag || t.send("event: changed\ndata: %s\n\n", tag)
}

// send writes an event. It answers false if nobody reads it.
func (t *stream) send(format string, args ...any) bool {
	_ = t.out.SetWriteDeadline(time.Now().Add(10 * time.Second)) // where that cannot be, the server's own holds
	if _, err := fmt.Fprintf(t.w, format, args...); err != nil {
		return false
	}
	return t.out.Flush() == nil
}

// render makes the page, and keeps its tag alone.
func (t *stream) render(ctx context.Context) (tag string, status int) {
	t.server.streams.turn.Lock()
	defer t.server.streams.turn.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	began := time.Now()
	ctx = context.WithValue(ctx, liveKey{}, true)
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	t.server.handler.ServeHTTP(w, t.request.Clone(ctx))
	t.rested = time.Now().Add(t.server.streams.rest(time.Since(began)))
	if tag := tagIn(w.body.Bytes()); tag != nil {
		return string(tag), w.status
	}
	return tagOf(w.body.Bytes()), w.status
}

// liveKey is where a context says that nobody has asked for the page: it is made to see if it has changed.
type liveKey struct{}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }

func or(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}
