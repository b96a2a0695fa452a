package readers

import (
	"bytes"
	_ "embed" // the page and its style
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/callboard-dev/callboard/api/access"
)

// Paths at which readers sign in and out.
const (
	signInPath   = "/sign-in"
	signOutPath  = "/sign-out"
	stylePath    = "/sign-in/style.css"
	startPath    = "/sign-in/provider"
	callbackPath = "/sign-in/callback"
)

//go:embed signin.html
var signInHTML string

//go:embed signin.css
var signInCSS []byte

var signInPage = template.Must(template.New("sign-in").Parse(signInHTML))

// Bounds of the form.
const (
	maxForm = 16 << 10
	maxTo   = 2048
)

// purposeSession is that of cookies of whoever is signed in.
const purposeSession = "session"

// signIn lets readers sign in on a page, and keeps them signed in.
type signIn struct {
	sessions *sessions
	tokens   *tokens   // nil if tokens are not let in
	oidc     *provider // nil if there is none
	log      *slog.Logger
}

// session is what a cookie tells of who is signed in: by a token, which is reviewed like any, or by a provider.
type session struct {
	Token string       `json:"token,omitempty"`
	User  *access.User `json:"user,omitempty"`
}

func (s *signIn) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+signInPath, func(w http.ResponseWriter, r *http.Request) {
		s.show(w, http.StatusOK, signInView{To: localPath(r.FormValue("to"))})
	})
	mux.HandleFunc("GET "+stylePath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(signInCSS) // the reader has gone
	})
	mux.HandleFunc("POST "+signOutPath, func(w http.ResponseWriter, r *http.Request) {
		clearFrom(w, r, purposeSession, 0, http.SameSiteStrictMode)
		w.Header().Set("Clear-Site-Data", `"cache"`)
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
	})
	if s.tokens != nil {
		mux.HandleFunc("POST "+signInPath, s.withToken)
	}
	if s.oidc != nil {
		mux.HandleFunc("GET "+startPath, s.start)
		mux.HandleFunc("GET "+callbackPath, s.callback)
	}
}

// user is a way in: who is signed in. Who is not any more comes in as if he had never been.
func (s *signIn) user(r *http.Request) (access.User, bool, error) {
	var in session
	if !s.sessions.get(r, purposeSession, &in) {
		return access.User{}, false, nil
	}
	switch {
	case in.Token != "" && s.tokens != nil:
		u, err := s.tokens.owner(r.Context(), in.Token)
		if errors.Is(err, access.ErrNobody) {
			return access.User{}, false, nil
		}
		return u, err == nil, err
	case in.User != nil && s.oidc != nil:
		return *in.User, true, nil
	}
	return access.User{}, false, nil
}

// withToken signs in whoever posts a token.
func (s *signIn) withToken(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.show(w, http.StatusBadRequest, signInView{To: "/", Problem: "What was sent is no form, or is too long."})
		return
	}
	view := signInView{To: localPath(r.PostForm.Get("to"))}
	token := strings.TrimSpace(r.PostForm.Get("token"))
	_, err := s.tokens.owner(r.Context(), token)
	switch {
	case errors.Is(err, access.ErrNobody):
		view.Problem = "The cluster does not know this token, or it has expired."
		s.show(w, http.StatusUnauthorized, view)
	case err != nil:
		s.fail(w, view, err)
	default:
		s.enter(w, r, session{Token: token}, s.sessions.latest(), view.To)
	}
}

// enter keeps somebody signed in until a time, and leads him on. A page leads on, since a browser that comes here from
// another site would not send the cookie if it were redirected.
func (s *signIn) enter(w http.ResponseWriter, r *http.Request, in session, until time.Time, to string) {
	if err := s.sessions.set(w, r, purposeSession, in, until, http.SameSiteStrictMode); err != nil {
		s.fail(w, signInView{To: to}, err)
		return
	}
	if r.Method == http.MethodPost { // of our own form
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	s.show(w, http.StatusOK, signInView{To: to, Done: true})
}

func (s *signIn) fail(w http.ResponseWriter, view signInView, err error) {
	s.log.Error("Somebody could not sign in", "error", err)
	view.Problem = "It could not be found out who you are. Try again in a moment; the operator's log says more."
	s.show(w, http.StatusInternalServerError, view)
}

// signInView is what the page shows.
type signInView struct {
	To       string // where to go on
	Problem  string
	Done     bool
	Token    bool
	Provider string
	Start    string
}

func (s *signIn) show(w http.ResponseWriter, status int, v signInView) {
	v.Token = s.tokens != nil
	if s.oidc != nil {
		v.Provider, v.Start = s.oidc.name, startPath+"?"+url.Values{"to": {v.To}}.Encode()
	}
	var body bytes.Buffer
	if err := signInPage.Execute(&body, v); err != nil {
		s.log.Error("The page to sign in could not be rendered", "error", err)
		http.Error(w, "This page could not be made. The operator's log says why.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // the reader has gone
}

// localPath is where to go on after signing in: a page of the dashboard, and the first one if it is none.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || len(to) > maxTo || !strings.HasPrefix(to, "/") || u.Host != "" || u.Scheme != "" ||
		strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) || strings.HasPrefix(u.Path, signInPath) {
		return "/"
	}
	return u.RequestURI()
}
