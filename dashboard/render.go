package dashboard

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/callboard-dev/callboard/api/access"
)

// Problem is an error that the reader is told of.
type Problem struct {
	Status  int    `json:"status"`
	Title   string `json:"title"`
	Message string `json:"message"` // a sentence, with what to do
	SignIn  string `json:"signIn,omitempty"`
}

func (p *Problem) Error() string { return p.Title + ": " + p.Message }

// notFound answers alike for what is not there and for what the reader may not get.
var notFound = &Problem{Status: http.StatusNotFound, Title: "Not found",
	Message: "There is no such page, or you may not read what it shows."}

// badRequest says what is wrong with an address.
func badRequest(message string) *Problem {
	return &Problem{Status: http.StatusBadRequest, Title: "That address cannot be read", Message: message}
}

// userKey is where a context holds the name of the reader whose page failed.
type userKey struct{}

// layout is what surrounds every page.
type layout struct {
	Path, Query     string
	User            string
	SignIn, SignOut string
	Nav             []navItem
	View            any
}

// navItem is an entry of the main navigation.
type navItem struct {
	Text, URL string
	Current   bool
}

var sections = []navItem{
	{Text: "Components", URL: "/components"}, {Text: "APIs", URL: "/apis"}, {Text: "Systems", URL: "/systems"},
	{Text: "Domains", URL: "/domains"}, {Text: "Resources", URL: "/resources"}, {Text: "Groups", URL: "/groups"},
	{Text: "Users", URL: "/users"}, {Text: "Scores", URL: "/scores"}, {Text: "Map", URL: "/map"}, {Text: "All", URL: "/catalog"},
}

func (s *server) layout(r *http.Request, user string, view any) layout {
	l := layout{Path: r.URL.Path, User: user, View: view, Nav: make([]navItem, len(sections))}
	for i, n := range sections {
		n.Current = r.URL.Path == n.URL || strings.HasPrefix(r.URL.Path, n.URL+"/")
		l.Nav[i] = n
	}
	if r.URL.Path == "/search" {
		l.Query = r.URL.Query().Get("q")
	}
	if user == "" {
		l.SignIn = s.signIn(r)
	} else {
		l.SignOut = s.SignOut
	}
	return l
}

// signIn is where to sign in to come back to the same page; empty if nobody can.
func (s *server) signIn(r *http.Request) string {
	if s.SignIn == "" {
		return ""
	}
	return s.SignIn + "?" + url.Values{"to": {r.URL.RequestURI()}}.Encode()
}

// show writes a view as a page, or as JSON if that is asked for. Nothing is written before all of it is made.
func (s *server) show(w http.ResponseWriter, r *http.Request, status int, name, user string, view any) {
	body := bodies.Get().(*bytes.Buffer) //nolint:revive // nothing else is put there
	defer reuse(body)
	var err error
	w.Header().Add("Vary", "Accept, Cookie, Authorization")
	kind := "text/html; charset=utf-8"
	if wantsJSON(r) {
		kind = "application/json"
		err = json.NewEncoder(body).Encode(struct {
			Version string `json:"apiVersion"`
			Kind    string `json:"kind"`
			View    any    `json:"view"`
		}{Version, name, view})
	} else {
		err = s.templates[name].ExecuteTemplate(body, "layout", s.layout(r, user, view))
	}
	if err != nil {
		s.Log.Error("A page could not be rendered", "page", name, "path", r.URL.Path, "error", err)
		http.Error(w, "This page could not be made. The operator's log says why.", http.StatusInternalServerError)
		return
	}
	sendTagged(w, r, status, kind, writeTag(body.Bytes()), body.Bytes())
}

// What stands before the tag in a page, which nothing can hold that is escaped, and how long the tag is.
const (
	beforeTag = `<body data-tag="`
	tagLength = 24
)

// tagIn is the tag that a page carries, which is nil if it carries none. A script tells the stream by it what its reader
// has.
func tagIn(page []byte) []byte {
	at := bytes.Index(page, []byte(beforeTag))
	if at < 0 || len(page) < at+len(beforeTag)+tagLength {
		return nil
	}
	return page[at+len(beforeTag):][:tagLength]
}

// writeTag writes into a page what it is the tag of, and answers with the tag.
func writeTag(page []byte) string {
	tag := tagOf(page)
	copy(tagIn(page), tag)
	return tag
}

// bodies are buffers to use again.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxBody is how large a buffer may be that is kept, in bytes.
const maxBody = 1 << 20

func reuse(b *bytes.Buffer) {
	if b.Cap() <= maxBody {
		b.Reset()
		bodies.Put(b)
	}
}

// send writes a whole answer, or that the reader has it already.
func send(w http.ResponseWriter, r *http.Request, status int, kind string, body []byte) {
	sendTagged(w, r, status, kind, tagOf(body), body)
}

// sendTagged is send with the tag of the answer. It is of what this reader is shown, so it tells nothing else.
func sendTagged(w http.ResponseWriter, r *http.Request, status int, kind, tag string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	if status == http.StatusOK {
		tag = `"` + tag + `"`
		h.Set("ETag", tag)
		if hasTag(r.Header.Get("If-None-Match"), tag) {
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader has gone
}

// tagOf tells a body from all others.
func tagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:tagLength/4*3])
}

// hasTag says whether one of the tags of If-None-Match is this one.
func hasTag(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == tag || t == "*" || strings.HasPrefix(t, strings.TrimSuffix(tag, `"`)+packedSuffix) {
			return true
		}
	}
	return false
}

// fail tells the reader of an error; what is no Problem goes to the log.
func (s *server) fail(w http.ResponseWriter, r *http.Request, err error) {
	var p *Problem
	switch {
	case errors.As(err, &p):
	case errors.Is(err, access.ErrNobody):
		p = &Problem{http.StatusUnauthorized, "Not signed in", "Sign in to see this page.", s.signIn(r)}
	case r.Context().Err() != nil:
		return // the reader has gone
	default:
		s.Log.Error("A page could not be filled", "path", r.URL.Path, "error", err)
		p = &Problem{http.StatusInternalServerError, "Something went wrong", "Try again in a moment; the operator's log says more.", ""}
	}
	user, ok := r.Context().Value(userKey{}).(string)
	if !ok {
		user = "" // it failed before it was known
	}
	s.show(w, r, p.Status, "problem", user, p)
}

func wantsJSON(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		switch t, _, _ := mime.ParseMediaType(part); t {
		case "application/json":
			return true
		case "text/html":
			return false
		}
	}
	return false
}

// thousands writes a number as people read it: 12,345.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
