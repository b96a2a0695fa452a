package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// stage is the browser's side of a dashboard that tells what it was asked.
type stage struct {
	*httptest.Server
	local *local
	asked http.Header
	host  string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked, s.host = r.Header.Clone(), r.Host
		http.SetCookie(w, &http.Cookie{Name: "upstream", Value: "x"})
		_, _ = io.WriteString(w, "the catalog")
	}))
	t.Cleanup(upstream.Close)
	to, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	base := roundTrip(func(r *http.Request) (*http.Response, error) {
		r.URL.Host = to.Host
		return http.DefaultTransport.RoundTrip(r)
	})
	signed, err := signedIn(t.Context(), &rest.Config{BearerToken: "secret-token"}, nil, "", base)
	if err != nil {
		t.Fatal(err)
	}
	s.local = newLocal(signed, "http")
	s.Server = httptest.NewServer(s.local)
	t.Cleanup(s.Close)
	s.local.listens(strings.TrimPrefix(s.URL, "http://"))
	return s
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// get asks without following.
func get(t *testing.T, address string, change ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(req)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func with(header, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(header, value) }
}

func TestTheBrowserThatWasToldIsLetIn(t *testing.T) {
	s := newStage(t)
	if res, _ := get(t, s.URL); res.StatusCode != http.StatusForbidden {
		t.Errorf("without a cookie: %s", res.Status)
	}
	res, _ := get(t, s.local.address(false))
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Fatalf("at the address that is printed: %s, %v", res.Status, res.Cookies())
	}
	c := res.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Value == "" || strings.Contains(c.Value, "secret-token") {
		t.Errorf("the cookie is %v", c)
	}
	in := with("Cookie", c.Name+"="+c.Value)
	res, body := get(t, s.URL+"/components", in, with("Authorization", "Bearer of-the-browser"), with("X-Remote-User", "admin"),
		with("Impersonate-User", "admin"))
	if res.StatusCode != http.StatusOK || body != "the catalog" {
		t.Fatalf("with the cookie: %s %s", res.Status, body)
	}
	if got := s.asked.Get("Authorization"); got != "Bearer secret-token" {
		t.Errorf("the dashboard is asked with the authorization %q", got)
	}
	for _, h := range []string{"Cookie", "X-Remote-User", "Impersonate-User", "X-Forwarded-For"} {
		if got := s.asked.Get(h); got != "" {
			t.Errorf("the dashboard is sent %s: %s", h, got)
		}
	}
	if s.host != upstreamHost || len(res.Cookies()) != 0 {
		t.Errorf("the dashboard is called %q, and sets %v", s.host, res.Cookies())
	}
	for name, change := range map[string]func(*http.Request){
		"a name that points here":  func(r *http.Request) { r.Host = "evil.example" },
		"that name, with the port": func(r *http.Request) { r.Host = strings.Replace(r.URL.Host, "127.0.0.1", "evil.example", 1) },
		"another page":             with("Sec-Fetch-Site", "cross-site"),
		"a page at another port":   with("Sec-Fetch-Site", "same-site"),
	} {
		if res, _ := get(t, s.URL, in, change); res.StatusCode == http.StatusOK {
			t.Errorf("%s is let in", name)
		}
	}
	for name, cookie := range map[string]string{"a wrong cookie": c.Name + "=x", "an empty one": c.Name + "=", "two": c.Name + "=" + c.Value + "; " + c.Name + "=x"} {
		if res, _ := get(t, s.URL, with("Cookie", cookie)); res.StatusCode != http.StatusForbidden {
			t.Errorf("with %s: %s", name, res.Status)
		}
	}
}

func TestTheAddressThatOthersCanSeeIsGoodOnce(t *testing.T) {
	s := newStage(t)
	once := s.local.address(true)
	for i, want := range []int{http.StatusSeeOther, http.StatusForbidden} {
		if res, _ := get(t, once); res.StatusCode != want {
			t.Errorf("time %d: %s, want %d", i+1, res.Status, want)
		}
	}
	for range 2 {
		if res, _ := get(t, s.local.address(false)); res.StatusCode != http.StatusSeeOther {
			t.Errorf("the address that is printed: %s", res.Status)
		}
	}
	if res, _ := get(t, s.URL+openPath); res.StatusCode != http.StatusForbidden {
		t.Errorf("no secret at all: %s", res.Status)
	}
}

func TestCredentialsThatTheDashboardCannotTake(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		config rest.Config
		ok     bool
		want   error
	}{
		"a token":              {rest.Config{BearerToken: "x"}, true, nil},
		"a file with a token":  {rest.Config{BearerTokenFile: file}, true, nil},
		"a client certificate": {rest.Config{TLSClientConfig: rest.TLSClientConfig{CertData: []byte("x")}}, false, errCertificate},
		"a name and password":  {rest.Config{Username: "a", Password: "b"}, false, errCertificate},
		"nothing":              {rest.Config{}, false, errCertificate},
		"somebody else":        {rest.Config{BearerToken: "x", Impersonate: rest.ImpersonationConfig{UserName: "y"}}, false, nil},
		"a plugin": {rest.Config{ExecProvider: &clientcmdapi.ExecConfig{Command: "true", APIVersion: "client.authentication.k8s.io/v1",
			InteractiveMode: clientcmdapi.NeverExecInteractiveMode}}, true, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := signedIn(t.Context(), &tc.config, nil, "", http.DefaultTransport)
			if (err == nil) != tc.ok || tc.want != nil && !errors.Is(err, tc.want) {
				t.Errorf("signedIn() = %v", err)
			}
		})
	}
}

func TestKnock(t *testing.T) {
	answers := []int{http.StatusServiceUnavailable, http.StatusOK}
	asked := 0
	err := knock(t.Context(), roundTrip(func(*http.Request) (*http.Response, error) {
		asked++
		return &http.Response{StatusCode: answers[asked-1], Body: http.NoBody}, nil
	}), "http")
	if err != nil || asked != 2 {
		t.Errorf("knock() = %v after %d requests", err, asked)
	}
	err = knock(t.Context(), roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusUnauthorized, Body: http.NoBody}, nil
	}), "http")
	if !errors.Is(err, errCertificate) {
		t.Errorf("knock() = %v where nobody is known", err)
	}
}

// The account's token comes from a real API server, and so do the pods.
func TestDashboardOnAnAPIServer(t *testing.T) {
	s := sampleServer(t)
	client, err := kubernetes.NewForConfig(s.env.Config)
	if err != nil {
		t.Fatal(err)
	}
	ns := "dashboard-test"
	if _, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "viewer"}}
	if _, err := client.CoreV1().ServiceAccounts(ns).Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Run("a token of an account", func(t *testing.T) {
		var got string
		signed, err := signedIn(t.Context(), s.env.Config, client.CoreV1(), ns+"/viewer", roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.Header.Get("Authorization")
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if err := knock(t.Context(), signed, "http"); err != nil || !strings.HasPrefix(got, "Bearer ey") {
			t.Errorf("knock() = %v with %q", err, got)
		}
		if _, err := signedIn(t.Context(), s.env.Config, client.CoreV1(), ns+"/nobody", http.DefaultTransport); err == nil {
			t.Error("an account that is missing has a token")
		}
	})
	t.Run("a pod that is ready", func(t *testing.T) {
		f := &forward{config: s.env.Config, client: client.CoreV1(), namespace: ns, service: dashboardService}
		if err := f.find(t.Context()); err == nil {
			t.Error("a Service that is missing is found")
		}
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: dashboardService}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "callboard"}, Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("dashboard")}}}}
		if _, err := client.CoreV1().Services(ns).Create(t.Context(), service, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := f.find(t.Context()); err != nil || f.scheme() != "http" {
			t.Fatalf("find() = %v, scheme %q", err, f.scheme())
		}
		for _, name := range []string{"a-starting", "b-ready", "c-other"} {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": "callboard"}}, Spec: corev1.PodSpec{
				ServiceAccountName: "viewer",
				Containers:         []corev1.Container{{Name: "x", Image: "x", Ports: []corev1.ContainerPort{{Name: "dashboard", ContainerPort: 8082}}}}}}
			if name == "c-other" {
				pod.Labels["app"] = "other"
			}
			if pod, err = client.CoreV1().Pods(ns).Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			if name != "a-starting" {
				pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
				if _, err := client.CoreV1().Pods(ns).UpdateStatus(t.Context(), pod, metav1.UpdateOptions{}); err != nil {
					t.Fatal(err)
				}
			}
		}
		if pod, port, err := f.pod(t.Context()); err != nil || pod != "b-ready" || port != 8082 {
			t.Errorf("pod() = %q, %d, %v", pod, port, err)
		}
		within, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if _, err := f.stand(within); err == nil || !strings.Contains(err.Error(), "forward a port to b-ready") {
			t.Errorf("stand() = %v without a kubelet", err)
		}
	})
}
