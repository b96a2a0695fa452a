package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/json"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// pluginName is what the test binary is called where it is to be the plugin.
const pluginName = "kubectl-callboard"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == pluginName {
		main()
	}
	code := m.Run()
	if err := stopServer(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// server is an API server with the sample catalogs, for the tests that need one.
type server struct {
	env     *envtest.Environment
	folder  string
	configs map[string]string // kubeconfig files, by user
}

var (
	startOnce sync.Once
	shared    *server
	startErr  error
)

func sampleServer(t *testing.T) *server {
	t.Helper()
	startOnce.Do(func() { shared, startErr = startServer() })
	if startErr != nil {
		t.Fatal(startErr)
	}
	return shared
}

func stopServer() error {
	if shared == nil {
		return nil
	}
	return errors.Join(shared.env.Stop(), os.RemoveAll(shared.folder))
}

func startServer() (*server, error) {
	folder, err := os.MkdirTemp("", "kubectl-callboard")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, configs: map[string]string{}, env: &envtest.Environment{
		CRDDirectoryPaths: []string{"../../config/crd"}, ErrorIfCRDPathMissing: true,
		ControlPlaneStartTimeout: 2 * time.Minute, ControlPlaneStopTimeout: time.Minute, // on a busy machine
	}}
	config, err := s.env.Start()
	if err != nil {
		return nil, fmt.Errorf("start the API server: %w; KUBEBUILDER_ASSETS is set by make test", err)
	}
	if err := s.fill(); err != nil {
		return nil, errors.Join(err, s.env.Stop())
	}
	for user, groups := range map[string][]string{"admin": {"system:masters"}, "reader": nil, "nobody": nil} {
		u, err := s.env.AddUser(envtest.User{Name: user, Groups: groups}, config)
		if err != nil {
			return nil, errors.Join(err, s.env.Stop())
		}
		text, err := u.KubeConfig()
		if err != nil {
			return nil, errors.Join(err, s.env.Stop())
		}
		s.configs[user] = filepath.Join(folder, user+".kubeconfig")
		if err := os.WriteFile(s.configs[user], text, 0o600); err != nil {
			return nil, errors.Join(err, s.env.Stop())
		}
	}
	return s, nil
}

// fill applies the samples, and lets the user reader read the catalog, but no namespaces.
func (s *server) fill() error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{catalog.AddToScheme, corev1.AddToScheme, rbacv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	c, err := client.New(s.env.Config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	objects := []client.Object{
		&rbacv1.ClusterRole{
			ObjectMeta: metav1.ObjectMeta{Name: "reader"},
			Rules: []rbacv1.PolicyRule{
				{APIGroups: []string{catalog.GroupVersion.Group}, Resources: []string{"*"}, Verbs: []string{"list"}},
			},
		},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "reader"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "reader"},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "reader"}},
		},
	}
	for _, name := range []string{"online-boutique", "sock-shop"} {
		objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	for _, file := range []string{"organisation.yaml", "online-boutique/catalog.yaml", "sock-shop/catalog.yaml"} {
		entities, err := apitest.Objects(filepath.Join("../../config/samples", file), "")
		if err != nil {
			return err
		}
		for _, e := range entities {
			objects = append(objects, e)
		}
	}
	running, err := liveObjects("sock-shop.yaml")
	if err != nil {
		return err
	}
	cards, err := liveObjects("sample-cards.yaml")
	if err != nil {
		return err
	}
	running = append(running, cards...)
	for _, o := range running {
		objects = append(objects, &unstructured.Unstructured{Object: o})
	}
	for _, o := range objects {
		if err := c.Create(context.Background(), o); err != nil {
			return fmt.Errorf("create %s: %w", o.GetName(), err)
		}
	}
	return nil
}

// ask runs a command line as a user.
func (s *server) ask(user string, args ...string) (code int, printed string) {
	var out bytes.Buffer
	p := &plugin{
		streams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &out},
		flags:   genericclioptions.NewConfigFlags(true),
		now:     func() time.Time { return now },
	}
	p.connect = func() (lister, error) { return newCluster(p.flags) }
	fmt.Fprintf(&out, "$ kubectl callboard %s\n", commandLine(args))
	code = p.run(context.Background(), append(args, "--kubeconfig", s.configs[user]))
	fmt.Fprintf(&out, "(exit code %d)\n", code)
	return code, out.String()
}

func TestSamples(t *testing.T) {
	s := sampleServer(t)
	cases := map[string]struct {
		user string
		args string
		want int
	}{
		"sample-who-restricted":   {"admin", "who-can-use api/online-boutique/recommendation", exitYes},
		"sample-who-domain":       {"admin", "who-can-use shipping -n sock-shop", exitYes},
		"sample-who-group":        {"admin", "who-can-use sock-shop/payment -o yaml", exitYes},
		"sample-who-missing":      {"admin", "who-can-use api/sock-shop/cart", exitError},
		"sample-can-yes":          {"admin", "can-use component/sock-shop/front-end api/online-boutique/recommendation", exitYes},
		"sample-can-no":           {"admin", "can-use component/online-boutique/frontend api/sock-shop/user", exitNo},
		"sample-can-undecided":    {"admin", "can-use sock-shop/orders online-boutique/gift-wrap", exitNo},
		"sample-can-json":         {"admin", "can-use sock-shop/orders online-boutique/shipping -o json", exitYes},
		"sample-reader-can-yes":   {"reader", "can-use sock-shop/orders sock-shop/user", exitYes},
		"sample-reader-undecided": {"reader", "can-use online-boutique/frontend sock-shop/payment -o wide", exitNo},
		"sample-nobody":           {"nobody", "who-can-use sock-shop/payment", exitError},
		"sample-score":            {"admin", "score test testdata/production.yaml -n sock-shop -o wide", exitYes},
		"sample-score-guarded":    {"admin", "score test testdata/guarded.yaml -n sock-shop -o wide", exitNo},
		"sample-score-explain":    {"admin", "score explain sock-shop/carts -f testdata/production.yaml", exitYes},
		"sample-score-reader":     {"reader", "score test testdata/production.yaml -A", exitYes},
		"sample-score-nobody":     {"nobody", "score test testdata/production.yaml -A", exitError},
		"sample-explain":          {"admin", "score explain sock-shop/carts", exitYes},
		"sample-explain-reader":   {"reader", "score explain sock-shop/carts", exitYes},
		"sample-next":             {"admin", "score next --system sock-shop/sock-shop", exitYes},
		"sample-next-nobody":      {"nobody", "score next --system sock-shop/sock-shop", exitError},
		"sample-audit-nobody":     {"nobody", "audit --scorecard sample", exitError},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, got := s.ask(tc.user, strings.Fields(tc.args)...)
			if code != tc.want {
				t.Errorf("%s: exit code %d, want %d", tc.args, code, tc.want)
			}
			golden(t, name, got)
		})
	}
}

// TestAuditOfTheSamples holds that an audit of a cluster is the same twice, that it verifies, and that who may not read all
// is told so.
func TestAuditOfTheSamples(t *testing.T) {
	s := sampleServer(t)
	args := []string{"audit", "--control", "SOC2", "--at", "2026-03-01T12:00:00Z", "-o"}
	for _, o := range []string{"table", "csv", "json", "html"} {
		code, first := s.ask("admin", append(args, o)...)
		_, second := s.ask("admin", append(args, o)...)
		if code != exitYes || first != second {
			t.Errorf("%s: exit code %d, want %d and the same twice:\n%s\n%s", o, code, exitYes, first, second)
		}
	}
	_, text := s.ask("admin", append(args, "json")...)
	file := filepath.Join(t.TempDir(), "audit.json")
	text = text[strings.Index(text, "{"):strings.LastIndex(text, "(exit code")]
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, got := s.ask("nobody", "audit", "verify", file); code != exitYes {
		t.Errorf("exit code %d:\n%s", code, got)
	}
	for _, want := range []string{`"result": "Exempt"`, `"approvedBy": "grace@example.com"`, `"writtenBy": "flux"`, `"entityResourceVersion": "`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not stand in\n%s", want, text)
		}
	}
	code, got := s.ask("reader", append(args, "table")...)
	for _, want := range []string{"deployments.apps", "Note: namespaces: not readable", "NotReadable"} {
		if code != exitNo || !strings.Contains(got, want) {
			t.Errorf("exit code %d, want %d and %q:\n%s", code, exitNo, want, got)
		}
	}
}

// TestEachItem holds that a list is read whole or not at all.
func TestEachItem(t *testing.T) {
	cases := map[string]struct {
		list    string
		want    []string
		wantErr string
	}{
		"items first":          {`{"items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}],"metadata":{"resourceVersion":"7"}}`, []string{"a", "b"}, ""},
		"items last":           {`{"kind":"APIList","metadata":{},"items":[{"metadata":{"name":"a"}}]}`, []string{"a"}, ""},
		"no items":             {`{"kind":"APIList","items":[]}`, nil, ""},
		"broken off":           {`{"items":[{"metadata":{"name":"a"}},{"metadata":{"na`, []string{"a"}, "read the list: unexpected EOF"},
		"broken off between":   {`{"items":[{"metadata":{"name":"a"}}`, []string{"a"}, "read the list: EOF"},
		"broken off behind":    {`{"items":[{"metadata":{"name":"a"}}]`, []string{"a"}, "read the list: EOF"},
		"empty":                {``, nil, "read the list: EOF"},
		"no list":              {`["a"]`, nil, "read the list: [ where { is expected"},
		"items of a kind":      {`{"items":{"a":1}}`, nil, "{ where [ is expected"},
		"an item is no object": {`{"items":["a"]}`, nil, "read the list: json: cannot unmarshal"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			err := eachItem(strings.NewReader(tc.list), func(d json.Decoder) error {
				var a catalog.API
				if err := d.Decode(&a); err != nil {
					return err
				}
				got = append(got, a.Name)
				return nil
			})
			if !slices.Equal(got, tc.want) || (err == nil) != (tc.wantErr == "") || err != nil && !strings.Contains(err.Error(), tc.wantErr) {
				t.Errorf("eachItem(%s) = %q, %v, want %q and the error %q", tc.list, got, err, tc.want, tc.wantErr)
			}
		})
	}
}

func TestNoCluster(t *testing.T) {
	s := sampleServer(t)
	code, got := s.ask("admin", "can-use", "a/b", "c/d", "--server", "https://127.0.0.1:1")
	if code != exitError || !strings.Contains(got, "connection refused") {
		t.Errorf("exit code %d, want %d and the reason:\n%s", code, exitError, got)
	}
	code, got = s.ask("admin", "can-use", "a/b", "c/d", "--context", "nowhere")
	if code != exitError || !strings.Contains(got, "nowhere") {
		t.Errorf("exit code %d, want %d and the context:\n%s", code, exitError, got)
	}
}

// TestKubectl holds that kubectl finds the plugin, and hands its exit code on.
func TestKubectl(t *testing.T) {
	s := sampleServer(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(self, filepath.Join(folder, pluginName)); err != nil {
		t.Fatal(err)
	}
	for want, api := range []string{exitYes: "api/sock-shop/payment", exitNo: "api/sock-shop/nothing", exitError: "group/payments-team"} {
		c := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "kubectl"),
			"callboard", "can-use", "component/sock-shop/orders", api)
		c.Env = append(os.Environ(), "KUBECONFIG="+s.configs["admin"], "PATH="+folder)
		out, err := c.CombinedOutput()
		if got := c.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exit code %d, want %d: %v\n%s", c, got, want, err, out)
		}
	}
}
