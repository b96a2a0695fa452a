package chrome

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// Canary is the function that hostile content tries to call. Nothing defines it but the watch.
const Canary = "callboardCanary"

// canary tells of each call that only hostile content makes. It runs before every document.
const canary = `for (const name of ["` + Canary + `", "alert", "confirm", "prompt", "print", "open"])
	Object.defineProperty(window, name, {value: function() { console.error("script ran: " + name); return null }})`

// watch notes what a page must not do.
type watch struct {
	mu       sync.Mutex
	origin   string
	problems []string
	excused  []string
	requests int
	dialogs  chan struct{} // one for each that is to be closed
}

// hear is told of everything that happens in a tab.
func (w *watch) hear(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.request(e.Request.URL)
	case *network.EventWebSocketCreated:
		w.note("request to another origin: %s", e.URL)
	case *page.EventJavascriptDialogOpening:
		w.note("dialog: %s %q", e.Type, e.Message)
		select {
		case w.dialogs <- struct{}{}:
		default:
		}
	case *page.EventWindowOpen:
		w.note("window opened: %s", e.URL)
	case *runtime.EventExceptionThrown:
		w.note("exception: %s", exception(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			w.note("console: %s", said(e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			w.note("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		if e.Issue.Code == audits.InspectorIssueCodeContentSecurityPolicyIssue {
			d := e.Issue.Details.ContentSecurityPolicyIssueDetails
			w.note("content security policy: %s %s %s", d.ViolatedDirective, d.ContentSecurityPolicyViolationType, d.BlockedURL)
		}
	}
}

func (w *watch) request(address string) {
	u, err := url.Parse(address)
	if err == nil && (u.Scheme == "data" || u.Scheme == "about") {
		return
	}
	w.mu.Lock()
	w.requests++
	origin := w.origin
	w.mu.Unlock()
	if err != nil || u.Scheme+"://"+u.Host != origin {
		w.note("request to another origin: %s", address)
	}
}

func (w *watch) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprintf(format, args...)
	if !slices.ContainsFunc(w.excused, func(e string) bool { return strings.Contains(text, e) }) {
		w.problems = append(w.problems, text)
	}
}

// take returns what was noted since the last time.
func (w *watch) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.problems
	w.problems = nil
	return out
}

// reset forgets everything, for the pages of an origin.
func (w *watch) reset(origin string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.origin, w.problems, w.excused, w.requests = origin, nil, nil, 0
}

func exception(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}

func said(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
	}
	return strings.Join(words, " ")
}
