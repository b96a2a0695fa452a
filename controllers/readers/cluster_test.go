package readers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/controllers/readers"
)

var components = access.Of(relation.Component)

// cluster is a real API server with our roles.
type cluster struct {
	*kubernetes.Clientset
	config     *rest.Config
	namespaces []string
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	env := &envtest.Environment{ControlPlaneStartTimeout: 2 * time.Minute, ControlPlaneStopTimeout: time.Minute}
	config, err := env.Start()
	if err != nil {
		t.Fatalf("start the API server: %v; KUBEBUILDER_ASSETS is set by make test", err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	config.QPS = -1
	c := &cluster{config: config, Clientset: kubernetes.NewForConfigOrDie(config)}
	for _, name := range []string{"role.yaml", "reader_roles.yaml"} {
		for _, role := range clusterRoles(t, filepath.Join("..", "..", "config", "rbac", name)) {
			must(c.RbacV1().ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}))(t)
		}
	}
	c.namespace(t, "callboard-system")
	c.account(t, "callboard-system", "callboard")
	must(c.RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "callboard"}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "callboard"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "callboard-system", Name: "callboard"}},
	}, metav1.CreateOptions{}))(t)
	for i := range 100 {
		c.namespaces = append(c.namespaces, fmt.Sprintf("team-%03d", i))
		c.namespace(t, c.namespaces[i])
	}
	return c
}

func must[T any](_ T, err error) func(testing.TB) {
	return func(t testing.TB) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func clusterRoles(t *testing.T, path string) []*rbacv1.ClusterRole {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	var out []*rbacv1.ClusterRole
	for d := utilyaml.NewYAMLOrJSONDecoder(file, 4096); ; {
		var role rbacv1.ClusterRole
		switch err := d.Decode(&role); {
		case errors.Is(err, io.EOF):
			return out
		case err != nil:
			t.Fatal(err)
		case role.Kind == "ClusterRole":
			out = append(out, &role)
		}
	}
}

func (c *cluster) namespace(t *testing.T, name string) {
	t.Helper()
	must(c.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}))(t)
}

func (c *cluster) account(t *testing.T, namespace, name string) {
	t.Helper()
	must(c.CoreV1().ServiceAccounts(namespace).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}))(t)
}

func (c *cluster) token(t *testing.T, namespace, name string, audiences ...string) string {
	t.Helper()
	got, err := c.CoreV1().ServiceAccounts(namespace).CreateToken(t.Context(), name,
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: audiences}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return got.Status.Token
}

// bind lets an account of callboard-system read the catalog of a namespace.
func (c *cluster) bind(t *testing.T, account, namespace string) {
	t.Helper()
	must(c.RbacV1().RoleBindings(namespace).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: account}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "callboard-reader"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "callboard-system", Name: account}},
	}, metav1.CreateOptions{}))(t)
}

// door asks the API server as the operator does, with no more than its role.
func (c *cluster) door(t *testing.T, change ...func(*readers.Options)) *readers.Door {
	t.Helper()
	config := rest.CopyConfig(c.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:callboard-system:callboard",
		Groups: []string{"system:serviceaccounts", "system:authenticated"}}
	reviews, err := readers.NewReviews(config)
	if err != nil {
		t.Fatal(err)
	}
	o := readers.Options{Reviews: reviews, Namespaces: func(access.Resource) []string { return c.namespaces }, Clock: clock.RealClock{},
		Log: slog.New(slog.DiscardHandler), Token: true, Sessions: readers.Sessions{For: time.Hour}}
	for _, f := range change {
		f(&o)
	}
	d, err := readers.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// serve answers each request with the name of the reader and the namespaces of the Components that he may get.
func serve(t *testing.T, d *readers.Door) string {
	t.Helper()
	s := &readers.Server{Address: "127.0.0.1:0", Synced: func() bool { return true }, Log: slog.New(slog.DiscardHandler),
		Handler: d.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			reader, err := d.Reader(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusUnauthorized)
				return
			}
			scope, err := reader.Scope(r.Context(), components)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			fmt.Fprintf(w, "%s all=%v partial=%v %s", reader.User().Name, scope.All, scope.Partial, strings.Join(scope.Namespaces, ","))
		}))}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	eventually(t, func() error { return s.Check(nil) })
	return "http://" + s.At().String()
}

func get(t *testing.T, url, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func eventually(t testing.TB, check func() error) {
	t.Helper()
	end := time.Now().Add(30 * time.Second)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestAgainstAnAPIServer(t *testing.T) {
	c := startCluster(t)
	t.Run("a reader of 20 namespaces sees these, and a revocation counts in time", c.twenty)
	t.Run("who may read all", c.all)
	t.Run("tokens", c.tokens)
	t.Run("anonymous", c.anonymous)
}

func (c *cluster) twenty(t *testing.T) {
	c.account(t, "callboard-system", "twenty")
	var want []string
	for i := range 20 {
		want = append(want, c.namespaces[i*5])
		c.bind(t, "twenty", c.namespaces[i*5])
	}
	token := c.token(t, "callboard-system", "twenty")
	url := serve(t, c.door(t))
	shown := func() string {
		code, body := get(t, url, token)
		if code != http.StatusOK {
			t.Fatalf("%d %s", code, body)
		}
		return body
	}
	body := func(in []string) string {
		return "system:serviceaccount:callboard-system:twenty all=false partial=false " + strings.Join(in, ",")
	}
	sees := func(in []string) func() error {
		return func() error {
			if diff := cmp.Diff(body(in), shown()); diff != "" {
				return fmt.Errorf("-want +got:\n%s", diff)
			}
			return nil
		}
	}
	eventually(t, sees(want))
	var took []time.Duration
	for begin := time.Now(); time.Since(begin) < 12*time.Second; time.Sleep(10 * time.Millisecond) { // past the age of all answers
		at := time.Now()
		if got := shown(); got != body(want) {
			t.Fatalf("a while later %s", got)
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	t.Logf("%d requests: p50 %s, p99 %s, max %s", len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])

	if err := c.RbacV1().RoleBindings(want[7]).Delete(t.Context(), "twenty", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	revoked := time.Now()
	eventually(t, sees(slices.Delete(slices.Clone(want), 7, 8)))
	if took := time.Since(revoked); took > readers.MaxAge+time.Second {
		t.Errorf("a revocation counts after %s", took)
	} else {
		t.Logf("a revocation counts after %s", took.Round(time.Millisecond))
	}
	c.bind(t, "twenty", want[7])
	granted := time.Now()
	eventually(t, sees(want))
	t.Logf("a grant counts after %s", time.Since(granted).Round(time.Millisecond))
}

func (c *cluster) all(t *testing.T) {
	c.account(t, "callboard-system", "all")
	must(c.RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "all"}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "callboard-reader"},
		Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: "callboard-system", Name: "all"}},
	}, metav1.CreateOptions{}))(t)
	url := serve(t, c.door(t))
	eventually(t, func() error { // the authorizer learns of it a moment later
		_, got := get(t, url, c.token(t, "callboard-system", "all"))
		if want := "system:serviceaccount:callboard-system:all all=true partial=false "; got != want {
			return fmt.Errorf("got %q, want %q", got, want)
		}
		return nil
	})
}

func (c *cluster) tokens(t *testing.T) {
	c.account(t, "callboard-system", "nobody")
	ours := func(o *readers.Options) { o.Audiences = []string{"callboard-dashboard"} }
	usually, bound := serve(t, c.door(t)), serve(t, c.door(t, ours))
	usual, meant := c.token(t, "callboard-system", "nobody"), c.token(t, "callboard-system", "nobody", "callboard-dashboard")
	for name, tc := range map[string]struct {
		url, token string
		want       int
	}{
		"one of the API server":                              {usually, usual, http.StatusOK},
		"one for us, where those of the API server count":    {usually, meant, http.StatusUnauthorized},
		"one for us, where only these count":                 {bound, meant, http.StatusOK},
		"one of the API server, where only those for us do":  {bound, usual, http.StatusUnauthorized},
		"one that was changed":                               {usually, usual[:len(usual)-6] + "AAAAAA", http.StatusUnauthorized},
		"none":                                               {usually, "", http.StatusUnauthorized},
		"one that somebody made up, which is a JSON Web one": {usually, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06YWRtaW4ifQ.", http.StatusUnauthorized},
	} {
		if code, body := get(t, tc.url, tc.token); code != tc.want {
			t.Errorf("%s: %d %s, want %d", name, code, body, tc.want)
		}
	}
}

func (c *cluster) anonymous(t *testing.T) {
	if code, _ := get(t, serve(t, c.door(t)), ""); code != http.StatusUnauthorized {
		t.Errorf("anonymous off: %d, want 401", code)
	}
	guest := func(o *readers.Options) {
		o.Anonymous = &access.User{Name: "system:anonymous", Groups: []string{"system:unauthenticated"}}
	}
	url := serve(t, c.door(t, guest))
	nothing := func() error {
		if code, body := get(t, url, ""); code != http.StatusOK || body != "system:anonymous all=false partial=false " {
			return fmt.Errorf("anonymous on, with no permissions: %d %s", code, body)
		}
		return nil
	}
	eventually(t, nothing)
}
