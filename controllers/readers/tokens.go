package readers

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"

	"github.com/callboard-dev/callboard/api/access"
)

// Bounds of tokens.
const (
	maxToken  = 8 << 10 // bytes; a longer one is nobody's
	maxTokens = 4096    // reviews that are kept
	// nobodyAge is how long the answer counts that a token is nobody's.
	nobodyAge = 2 * time.Second
)

// tokens says whose tokens are.
type tokens struct {
	reviews   Reviews
	audiences []string
	clock     clock.PassiveClock
	known     *lru.Cache // of owner, by the hash of the token
	flights   singleflight.Group
}

// owner is whom a token belongs to.
type owner struct {
	user  access.User
	found bool
	asked time.Time
}

func newTokens(o Options) *tokens {
	return &tokens{reviews: o.Reviews, audiences: o.Audiences, clock: o.Clock, known: lru.New(maxTokens)}
}

// bearer is a way in: the token of the header Authorization.
func (t *tokens) bearer(r *http.Request) (access.User, bool, error) {
	token, ok, err := bearerOf(r.Header)
	if err != nil || !ok {
		return access.User{}, false, err
	}
	u, err := t.owner(r.Context(), token)
	return u, err == nil, err
}

// bearerOf is the token of a request; false if there is none.
func bearerOf(h http.Header) (string, bool, error) {
	values := h.Values("Authorization")
	switch {
	case len(values) == 0:
		return "", false, nil
	case len(values) > 1:
		return "", false, refuse("more than one Authorization")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", false, nil
	}
	return strings.TrimSpace(token), true, nil
}

// owner says whose a token is, as the API server said a moment ago. The error is access.ErrNobody if it is nobody's.
func (t *tokens) owner(ctx context.Context, token string) (access.User, error) {
	if token == "" || len(token) > maxToken || strings.ContainsFunc(token, unusual) {
		return access.User{}, refuse("a token that cannot be one")
	}
	key := sha256.Sum256([]byte(token))
	if kept, ok := t.known.Get(key); ok {
		if o, ok := kept.(owner); ok && o.fresh(t.clock.Now()) {
			return o.answer()
		}
	}
	flight := t.flights.DoChan(string(key[:]), func() (any, error) {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), reviewTimeout)
		defer cancel()
		o := owner{asked: t.clock.Now()}
		var err error
		if o.user, o.found, err = t.reviews.Token(within, token, t.audiences); err != nil {
			return nil, err
		}
		t.known.Add(key, o)
		return o, nil
	})
	select {
	case <-ctx.Done():
		return access.User{}, ctx.Err()
	case r := <-flight:
		if r.Err != nil {
			return access.User{}, r.Err
		}
		return r.Val.(owner).answer()
	}
}

// unusual tells what no token holds.
func unusual(r rune) bool { return r <= ' ' || r > '~' }

func (o owner) fresh(now time.Time) bool {
	age := nobodyAge
	if o.found {
		age = MaxAge
	}
	return now.Sub(o.asked) < age
}

func (o owner) answer() (access.User, error) {
	if !o.found {
		return access.User{}, refuse("the token is not valid")
	}
	return o.user, nil
}
