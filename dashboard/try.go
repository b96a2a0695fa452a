package dashboard

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/callboard-dev/callboard/api/outbound"
	"github.com/callboard-dev/callboard/dashboard/caller"
)

// tryHeader must stand in a request that has something sent. No other site can have a browser set it.
const tryHeader = "X-Callboard-Try"

// maxTry is how many bytes such a request may have: the body of a call in base64, and all else.
const maxTry = 2 << 20

// tryCall is what is posted.
type tryCall struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers []outbound.Header `json:"headers,omitempty"`
	// Authorization is what the reader typed for the API.
	Authorization string `json:"authorization,omitempty"`
	// Body is in base64.
	Body []byte `json:"body,omitempty"`
}

// answerView is what an API answered. It is never an answer of ours: all of it stands in JSON.
type answerView struct {
	Status  int               `json:"status"`
	Headers []outbound.Header `json:"headers"`
	// Text is the body if it is UTF-8, and Base64 if it is not.
	Text   string `json:"text,omitempty"`
	Base64 []byte `json:"base64,omitempty"`
	// Cut says that there was more of it.
	Cut    bool  `json:"cut,omitempty"`
	Millis int64 `json:"millis"`
}

// try has a call sent to an API, and answers with what that answered.
func (s *server) try(w http.ResponseWriter, r *http.Request) {
	r.Header.Set("Accept", "application/json")
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Disposition", `attachment; filename="answer.json"`)
	if err := fromOurPage(r); err != nil {
		s.fail(w, r, err)
		return
	}
	reader, err := s.Door.Reader(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	v, err := s.called(w, &request{Request: r, reader: reader})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "try", reader.User().Name, v)
}

// fromOurPage refuses what a page of another origin could have a browser send.
func fromOurPage(r *http.Request) error {
	same := false
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		same = site == "same-origin"
	} else if origin, err := url.Parse(r.Header.Get("Origin")); err == nil {
		same = origin.Host != "" && origin.Host == r.Host
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if !same || r.Header.Get(tryHeader) != "1" || kind != "application/json" {
		return &Problem{Status: http.StatusForbidden, Title: "Not from here",
			Message: "Calls are sent only for pages of the dashboard itself, as JSON with the header " + tryHeader + ": 1."}
	}
	return nil
}

// called judges a call and has it sent. Each that is for an API which the reader may get is logged.
func (s *server) called(w http.ResponseWriter, r *request) (*answerView, error) {
	d, err := s.defined(r)
	if err != nil {
		return nil, err
	}
	if d.missing != nil {
		return nil, notFound
	}
	var call tryCall
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxTry))
	in.DisallowUnknownFields()
	if err := in.Decode(&call); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, &Problem{Status: http.StatusRequestEntityTooLarge, Title: "Too large", Message: "A call may carry 1 MiB: send it from your own computer."}
		}
		return nil, badRequest("The call cannot be read: send method, url, headers, authorization and body as JSON.")
	}
	log := s.Log.With("user", r.reader.User().Name, "API", d.ref.Namespace+"/"+d.ref.Name)
	allowed, err := outbound.Judge(outbound.Rules{Visibility: visibilityOf(d.API), Hosts: s.TryHosts, Names: d.names},
		outbound.Call{Method: call.Method, URL: call.URL, Headers: call.Headers, Authorization: call.Authorization, Body: call.Body})
	if err != nil {
		log.Info("A call for a reader was refused", "reason", err.Error())
		return nil, &Problem{Status: http.StatusForbidden, Title: "Not sent", Message: err.Error()}
	}
	return s.send(r.Context(), log.With("method", allowed.Method, "host", allowed.To.Origin.String()), streamUser(r.reader), allowed)
}

// send has a call sent that may be, and logs how that went. Paths are not logged: secrets may stand in them.
func (s *server) send(ctx context.Context, log *slog.Logger, reader string, call outbound.Allowed) (*answerView, error) {
	a, err := s.calls.Send(ctx, reader, call)
	var failed *caller.Failure
	switch {
	case err == nil:
	case ctx.Err() != nil:
		log.Info("An API was called for a reader, who has gone")
		return nil, err
	case errors.As(err, &failed) && failed.Busy:
		log.Info("A call for a reader was refused", "reason", failed.Why)
		return nil, &Problem{Status: http.StatusTooManyRequests, Title: "Too many calls", Message: failed.Why + ". Wait until they are answered."}
	case errors.As(err, &failed):
		log.Info("An API was called for a reader, and did not answer", "reason", failed.Error())
		return nil, &Problem{Status: http.StatusBadGateway, Title: "No answer", Message: failed.Why + "."}
	default:
		return nil, err
	}
	log.Info("An API was called for a reader", "status", a.Status, "address", a.Address.String(), "sent", len(call.Body), "received", len(a.Body), "milliseconds", a.Took.Milliseconds())
	return viewOf(a), nil
}

func viewOf(a *caller.Answer) *answerView {
	v := &answerView{Status: a.Status, Headers: []outbound.Header{}, Cut: a.Cut, Millis: a.Took.Milliseconds()}
	for name, values := range a.Headers {
		for _, value := range values {
			v.Headers = append(v.Headers, outbound.Header{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(v.Headers, func(a, b outbound.Header) int { return cmp.Compare(a.Name, b.Name) })
	body := a.Body
	for i := 0; a.Cut && i < utf8.UTFMax && !utf8.Valid(body) && len(body) > 0; i++ {
		body = body[:len(body)-1] // half a character
	}
	if utf8.Valid(body) {
		v.Text = string(body)
	} else {
		v.Base64 = a.Body
	}
	return v
}
