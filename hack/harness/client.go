package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/client-go/rest"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// API is a plain client of the API server: it sends bytes and returns bytes, so that it costs next to nothing.
type API struct {
	http   *http.Client
	server string
	token  string
	agent  string
}

// NewAPI makes a client with the credentials of the configuration.
func NewAPI(config *rest.Config, agent string) (*API, error) {
	tls, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, fmt.Errorf("read the certificates: %w", err)
	}
	transport := &http.Transport{TLSClientConfig: tls, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64}
	return &API{&http.Client{Transport: transport}, config.Host, config.BearerToken, agent}, nil
}

// StatusError is an answer that is not a success.
type StatusError struct {
	Code int
	Text string
}

func (e *StatusError) Error() string { return fmt.Sprintf("status %d: %s", e.Code, e.Text) }

// IsCode says whether an error is an answer with a code.
func IsCode(err error, code int) bool {
	var s *StatusError
	return errors.As(err, &s) && s.Code == code
}

// Content types.
const (
	ContentJSON  = "application/json"
	ContentApply = "application/apply-patch+yaml"
	MetadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// Send sends a request and returns the answer, whose body the caller closes.
func (a *API) Send(ctx context.Context, method, path, contentType string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", a.agent)
	r.Header.Set("Accept", ContentJSON)
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	switch {
	case method == http.MethodGet && contentType != "":
		r.Header.Set("Accept", contentType)
	case contentType != "":
		r.Header.Set("Content-Type", contentType)
	}
	answer, err := a.http.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		defer func() { _ = answer.Body.Close() }()               // all that matters was read
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 2000)) // the code says enough if this fails
		return nil, fmt.Errorf("%s %s: %w", method, path, &StatusError{answer.StatusCode, string(text)})
	}
	return answer, nil
}

// Do sends a request and reads the answer.
func (a *API) Do(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	answer, err := a.Send(ctx, method, path, contentType, body)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // all that matters was read
	return io.ReadAll(answer.Body)
}

// Object sends an object as JSON and decodes the answer into it.
func (a *API) Object(ctx context.Context, method, path string, in, out any) error {
	var text []byte
	if in != nil {
		var err error
		if text, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode the object for %s: %w", path, err)
		}
	}
	answer, err := a.Do(ctx, method, path, ContentJSON, text)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("decode the answer of %s: %w", path, err)
	}
	return nil
}

var plurals = map[relation.Kind]string{
	relation.Component: "components", relation.API: "apis", relation.Resource: "resources", relation.System: "systems",
	relation.Domain: "domains", relation.Group: "groups", relation.User: "users",
}

// CollectionPath is the path of all entities of a kind, or of those in a namespace.
func CollectionPath(k relation.Kind, namespace string) string {
	path := "/apis/" + catalog.GroupVersion.String() + "/"
	if namespace != "" {
		path += "namespaces/" + namespace + "/"
	}
	return path + plurals[k]
}

// EntityPath is the path of an entity.
func EntityPath(r relation.Ref) string { return CollectionPath(r.Kind, r.Namespace) + "/" + r.Name }

// Each does a thing for 0 to n-1, some at the same time, and returns the first error and the time it took.
func Each(ctx context.Context, n, workers int, do func(ctx context.Context, i int) error) (time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	begin := time.Now()
	for range workers {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				if err := do(ctx, i); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(begin), context.Cause(ctx)
}
