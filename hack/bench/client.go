package main

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

// api is a plain client of the API server: it sends bytes and returns bytes, so that it costs next to nothing.
type api struct {
	http   *http.Client
	server string
	token  string
	agent  string
}

// newAPI makes a client with the credentials of the configuration.
func newAPI(config *rest.Config, agent string) (*api, error) {
	tls, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, fmt.Errorf("read the certificates: %w", err)
	}
	transport := &http.Transport{TLSClientConfig: tls, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64}
	return &api{&http.Client{Transport: transport}, config.Host, config.BearerToken, agent}, nil
}

// statusError is an answer that is not a success.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %s", e.code, e.text) }

func isCode(err error, code int) bool {
	var s *statusError
	return errors.As(err, &s) && s.code == code
}

// Content types.
const (
	contentJSON  = "application/json"
	contentApply = "application/apply-patch+yaml"
	metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// send sends a request and returns the answer, whose body the caller closes.
func (a *api) send(ctx context.Context, method, path, contentType string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, a.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", a.agent)
	r.Header.Set("Accept", contentJSON)
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
		defer answer.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 2000)) // the code says enough if this fails
		return nil, fmt.Errorf("%s %s: %w", method, path, &statusError{answer.StatusCode, string(text)})
	}
	return answer, nil
}

// do sends a request and reads the answer.
func (a *api) do(ctx context.Context, method, path, contentType string, body []byte) ([]byte, error) {
	answer, err := a.send(ctx, method, path, contentType, body)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	return io.ReadAll(answer.Body)
}

// object sends an object as JSON and decodes the answer into it.
func (a *api) object(ctx context.Context, method, path string, in, out any) error {
	var text []byte
	if in != nil {
		var err error
		if text, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode the object for %s: %w", path, err)
		}
	}
	answer, err := a.do(ctx, method, path, contentJSON, text)
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

// collectionPath is the path of all entities of a kind, or of those in a namespace.
func collectionPath(k relation.Kind, namespace string) string {
	path := "/apis/" + catalog.GroupVersion.String() + "/"
	if namespace != "" {
		path += "namespaces/" + namespace + "/"
	}
	return path + plurals[k]
}

// entityPath is the path of an entity.
func entityPath(r relation.Ref) string { return collectionPath(r.Kind, r.Namespace) + "/" + r.Name }

// each does a thing for 0 to n-1, some at the same time, and returns the first error and the time it took.
func each(ctx context.Context, n, workers int, do func(ctx context.Context, i int) error) (time.Duration, error) {
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
