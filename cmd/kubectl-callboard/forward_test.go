package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	protocol "k8s.io/apimachinery/pkg/util/portforward"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// dashboardPort is the container port of the pod.
const dashboardPort = "8082"

// apiServer is as much of an API server, with a kubelet behind it, as a port-forward to the dashboard needs: the Service,
// the pod, and the subresource that carries bytes, in the protocols that API servers speak.
type apiServer struct {
	t          *testing.T
	websockets bool   // what API servers speak since 1.31; older ones know SPDY alone
	pod        string // what port-forwards lead to

	mu    sync.Mutex
	conns []io.Closer
	dials []string // how each port-forward was made
	token string   // what it was asked with
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.token = r.Header.Get("Authorization")
	s.mu.Unlock()
	const namespace = "/api/v1/namespaces/callboard-system"
	meta := metav1.ObjectMeta{Namespace: "callboard-system", Name: "callboard-1"}
	switch r.URL.Path {
	case namespace + "/services/callboard-dashboard":
		s.answer(w, corev1.Service{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "callboard"}, Ports: []corev1.ServicePort{{Name: "http", Port: 80, TargetPort: intstr.FromString("dashboard")}}}})
	case namespace + "/pods":
		old := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "callboard-system", Name: "callboard-0"}}
		pod := corev1.Pod{ObjectMeta: meta,
			Spec:   corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "dashboard", ContainerPort: 8082}}}}},
			Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}}
		if r.URL.Query().Get("labelSelector") != "app=callboard" {
			s.t.Errorf("pods are listed by %q", r.URL.Query().Get("labelSelector"))
		}
		s.answer(w, corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}, Items: []corev1.Pod{old, pod}})
	case namespace + "/pods/callboard-1/portforward":
		s.forward(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (s *apiServer) answer(w http.ResponseWriter, object any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(object); err != nil {
		s.t.Error(err)
	}
}

// forward upgrades the connection, and joins each stream to the pod.
func (s *apiServer) forward(w http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		if !s.websockets {
			http.Error(w, "unable to upgrade: unknown protocol", http.StatusBadRequest)
			return
		}
		up := websocket.Upgrader{Subprotocols: []string{protocol.WebsocketsSPDYTunnelingPortForwardV1}}
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			s.t.Error(err)
			return
		}
		tunnel := portforward.NewTunnelingConnection("server", conn)
		s.dialled("WebSocket", tunnel)
		c, err := spdy.NewServerConnection(tunnel, s.join)
		if err != nil {
			s.t.Error(err)
			return
		}
		<-c.CloseChan()
		return
	}
	if _, err := httpstream.Handshake(r, w, []string{protocol.PortForwardV1Name}); err != nil {
		s.t.Error(err)
		return
	}
	if c := spdy.NewResponseUpgrader().UpgradeResponse(w, r, s.join); c != nil {
		s.dialled("SPDY", c)
		<-c.CloseChan()
	}
}

func (s *apiServer) dialled(how string, c io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dials, s.conns = append(s.dials, how), append(s.conns, c)
}

// join is the kubelet: it copies between a stream and the pod.
func (s *apiServer) join(stream httpstream.Stream, replied <-chan struct{}) error {
	if stream.Headers().Get(corev1.PortHeader) != dashboardPort {
		return fmt.Errorf("the pod has no port %q", stream.Headers().Get(corev1.PortHeader))
	}
	go func() {
		<-replied
		defer func() { _ = stream.Close() }()
		if stream.Headers().Get(corev1.StreamType) == corev1.StreamTypeError {
			return // there is no error to tell
		}
		pod, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", s.pod)
		if err != nil {
			return // the test is over
		}
		defer func() { _ = pod.Close() }()
		go func() { _, _ = io.Copy(pod, stream) }() // it ends with the connection
		_, _ = io.Copy(stream, pod)
	}()
	return nil
}

// breakOff ends all port-forwards, as the end of a pod does.
func (s *apiServer) breakOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.Close()
	}
	s.conns = nil
}

// kubeconfig is a file that leads to the server with a token.
func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	c := clientcmdapi.NewConfig()
	c.Clusters["c"] = &clientcmdapi.Cluster{Server: server, InsecureSkipTLSVerify: true}
	c.AuthInfos["u"] = &clientcmdapi.AuthInfo{Token: "secret-token"}
	c.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u"}
	c.CurrentContext = "x"
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*c, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// lines hands on what is written, once it holds an address.
type lines struct {
	mu    sync.Mutex
	text  strings.Builder
	found chan string
}

var addresses = regexp.MustCompile(`http://127\.0\.0\.1:\d+/\S+`)

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, err := l.text.Write(p)
	if a := addresses.FindString(l.text.String()); a != "" {
		select {
		case l.found <- a:
		default:
		}
	}
	return n, err
}

// fetch reads a page with a cookie.
func fetch(ctx context.Context, address string, c *http.Cookie) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	r.AddCookie(c)
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// TestTheDashboardThroughAPortForward runs the command from a kubeconfig to a page: what the pod serves arrives in the
// browser, again after the port-forward broke off, and the token with it, over what new and old API servers speak.
func TestTheDashboardThroughAPortForward(t *testing.T) {
	const large = 3 << 20
	pod := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret-token" {
			http.Error(w, "nobody", http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/large" {
			_, _ = io.WriteString(w, strings.Repeat("x", large)) // the reader has gone
			return
		}
		fmt.Fprint(w, "the catalog at "+r.URL.Path)
	}))
	defer pod.Close()
	for how, websockets := range map[string]bool{"WebSocket": true, "SPDY": false} {
		t.Run(how, func(t *testing.T) {
			s := &apiServer{t: t, websockets: websockets, pod: strings.TrimPrefix(pod.URL, "http://")}
			server := httptest.NewTLSServer(s)
			defer server.Close()
			ctx, stop := context.WithCancel(t.Context())
			out := &lines{found: make(chan string, 1)}
			flags := genericclioptions.NewConfigFlags(true)
			file := kubeconfig(t, server.URL)
			flags.KubeConfig = &file
			p := &plugin{flags: flags, streams: genericiooptions.IOStreams{Out: out, ErrOut: out}}
			ended := make(chan error, 1)
			go func() { ended <- p.openDashboard(ctx, dashboardOptions{service: dashboardService, noBrowser: true}) }()
			var address string
			select {
			case address = <-out.found:
			case err := <-ended:
				t.Fatalf("openDashboard() = %v", err)
			}
			opened, _ := get(t, address)
			if len(opened.Cookies()) != 1 {
				t.Fatalf("GET %s: %s", address, opened.Status)
			}
			c := opened.Cookies()[0]
			origin := address[:strings.Index(address, openPath)]
			read := func(path, want string) {
				if body, err := fetch(t.Context(), origin+path, c); err != nil || body != want {
					t.Errorf("GET %s: %v, %d bytes: %.100s", path, err, len(body), body)
				}
			}
			read("/components", "the catalog at /components")
			read("/large", strings.Repeat("x", large))
			var all sync.WaitGroup
			for i := range 8 {
				path := fmt.Sprint("/at-once/", i)
				all.Go(func() { read(path, "the catalog at "+path) })
			}
			all.Wait()
			s.breakOff()
			read("/again", "the catalog at /again")
			s.mu.Lock()
			if len(s.dials) != 2 || s.dials[0] != how || s.dials[1] != how || s.token != "Bearer secret-token" {
				t.Errorf("port-forwards %q with %q, want two by %s", s.dials, s.token, how)
			}
			s.mu.Unlock()
			stop()
			if err := <-ended; err != nil {
				t.Errorf("openDashboard() = %v after Ctrl-C", err)
			}
			s.breakOff()
		})
	}
}
