package readers

import (
	"context"
	"fmt"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"

	"github.com/callboard-dev/callboard/api/access"
)

// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// Reviews asks who somebody is, and what he may get.
type Reviews interface {
	// Token says whose a token is, that is for one of the audiences; for the API server if there are none. It returns
	// false if it is nobody's.
	Token(ctx context.Context, token string, audiences []string) (access.User, bool, error)
	// Allowed says whether a user may get the objects of a resource in a namespace, or in the whole cluster if it is
	// empty.
	Allowed(ctx context.Context, u access.User, r access.Resource, namespace string) (bool, error)
}

// maxTogether is how many reviews are on the way at the same time.
const maxTogether = 64

// reviews asks the API server.
type reviews struct {
	slots  chan struct{} // one for each review that is on the way
	tokens authenticationclient.TokenReviewInterface
	access authorizationclient.SubjectAccessReviewInterface
}

// NewReviews asks the API server of a configuration.
func NewReviews(config *rest.Config) (Reviews, error) {
	config = rest.CopyConfig(config)
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("configure the connection: %w", err)
	}
	authn, err := authenticationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("configure TokenReviews: %w", err)
	}
	authz, err := authorizationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("configure SubjectAccessReviews: %w", err)
	}
	return &reviews{make(chan struct{}, maxTogether), authn.TokenReviews(), authz.SubjectAccessReviews()}, nil
}

// enter waits until the API server is not asked too much at the same time.
func (r *reviews) enter(ctx context.Context) error {
	select {
	case r.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for other reviews: %w", ctx.Err())
	}
}

func (r *reviews) leave() { <-r.slots }

// Token implements Reviews.
func (r *reviews) Token(ctx context.Context, token string, audiences []string) (access.User, bool, error) {
	if err := r.enter(ctx); err != nil {
		return access.User{}, false, err
	}
	defer r.leave()
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: audiences}}
	review, err := r.tokens.Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return access.User{}, false, fmt.Errorf("review a token: %w", err)
	}
	u, ok := userOf(&review.Status, audiences)
	return u, ok, nil
}

// userOf is whom a review found. An authenticator that knows nothing of audiences may pass a token for another one.
func userOf(s *authenticationv1.TokenReviewStatus, audiences []string) (access.User, bool) {
	meant := len(audiences) == 0 ||
		slices.ContainsFunc(s.Audiences, func(a string) bool { return slices.Contains(audiences, a) })
	if !s.Authenticated || !meant || s.User.Username == "" {
		return access.User{}, false
	}
	u := access.User{Name: s.User.Username, UID: s.User.UID, Groups: s.User.Groups}
	for k, v := range s.User.Extra {
		if u.Extra == nil {
			u.Extra = map[string][]string{}
		}
		u.Extra[k] = v
	}
	return u, true
}

// Allowed implements Reviews.
func (r *reviews) Allowed(ctx context.Context, u access.User, resource access.Resource, namespace string) (bool, error) {
	if err := r.enter(ctx); err != nil {
		return false, err
	}
	defer r.leave()
	review, err := r.access.Create(ctx, accessReview(u, resource, namespace), metav1.CreateOptions{})
	if err != nil {
		return false, fmt.Errorf("review what %q may get: %w", u.Name, err)
	}
	return review.Status.Allowed && !review.Status.Denied, nil
}

func accessReview(u access.User, r access.Resource, namespace string) *authorizationv1.SubjectAccessReview {
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: u.Name, UID: u.UID, Groups: u.Groups,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: "get", Group: r.Group, Version: "*", Resource: r.Plural, Subresource: r.Subresource,
		},
	}}
	for k, v := range u.Extra {
		if review.Spec.Extra == nil {
			review.Spec.Extra = map[string]authorizationv1.ExtraValue{}
		}
		review.Spec.Extra[k] = v
	}
	return review
}
