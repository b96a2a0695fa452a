package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// forwardTimeout bounds how long a port-forward takes to stand.
const forwardTimeout = 20 * time.Second

// forward is a port-forward to a pod behind a Service. If it breaks off, the next connection makes another one.
type forward struct {
	config             *rest.Config
	client             coreclient.CoreV1Interface
	namespace, service string

	port corev1.ServicePort

	mu      sync.Mutex
	address string        // where it listens; empty if there is none
	lost    chan struct{} // closed when it breaks off
	stop    context.CancelFunc
}

// find looks for the Service, so that what is missing is said before a browser opens.
func (f *forward) find(ctx context.Context) error {
	s, err := f.client.Services(f.namespace).Get(ctx, f.service, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("find the Service of the dashboard: %w", err)
	}
	if len(s.Spec.Ports) == 0 {
		return fmt.Errorf("find the Service of the dashboard: %s/%s has no port", f.namespace, f.service)
	}
	f.port = s.Spec.Ports[0]
	return nil
}

// scheme is what the dashboard speaks.
func (f *forward) scheme() string {
	if p := f.port.AppProtocol; p != nil && *p == "https" || f.port.Name == "https" {
		return "https"
	}
	return "http"
}

// transport sends requests through the port-forward. A certificate is not verified, as its name is not the one that is
// called here: the API server and the kubelet vouch for the pod.
func (f *forward) transport() http.RoundTripper {
	return again{f, &http.Transport{
		DialContext:     f.dial,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above
		IdleConnTimeout: time.Minute, ResponseHeaderTimeout: time.Minute,
	}}
}

// again sends a request once more if the port-forward broke off under it. Only what reads may be sent twice.
type again struct {
	forward *forward
	base    http.RoundTripper
}

// newsOfLoss is how long the port-forward may take to tell that it broke off.
const newsOfLoss = time.Second

func (a again) RoundTrip(r *http.Request) (*http.Response, error) {
	lost := a.forward.losing()
	res, err := a.base.RoundTrip(r)
	if err == nil || lost == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return res, err
	}
	select {
	case <-lost:
		return a.base.RoundTrip(r)
	case <-r.Context().Done():
	case <-time.After(newsOfLoss):
	}
	return res, err
}

// losing is closed when the port-forward that stands breaks off; nil if none stands.
func (f *forward) losing() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.address == "" {
		return nil
	}
	return f.lost
}

func (f *forward) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	address, err := f.stand(ctx)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// stand is the address of a port-forward that stands.
func (f *forward) stand(ctx context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.address != "" {
		select {
		case <-f.lost:
			f.address = ""
		default:
			return f.address, nil
		}
	}
	pod, port, err := f.pod(ctx)
	if err != nil {
		return "", err
	}
	err = f.open(ctx, pod, port)
	return f.address, err
}

// pod is one that is ready, and its port.
func (f *forward) pod(ctx context.Context) (string, int32, error) {
	s, err := f.client.Services(f.namespace).Get(ctx, f.service, metav1.GetOptions{})
	if err != nil {
		return "", 0, fmt.Errorf("find the Service of the dashboard: %w", err)
	}
	pods, err := f.client.Pods(f.namespace).List(ctx, metav1.ListOptions{LabelSelector: labels.SelectorFromSet(s.Spec.Selector).String()})
	if err != nil {
		return "", 0, fmt.Errorf("find the pods of the dashboard: %w", err)
	}
	for i := range pods.Items {
		if port := portOf(&pods.Items[i], f.port.TargetPort); port != 0 && ready(&pods.Items[i]) {
			return pods.Items[i].Name, port, nil
		}
	}
	return "", 0, fmt.Errorf("no pod of the Service %s/%s is ready to show the dashboard", f.namespace, f.service)
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil
		}
	}
	return false
}

// portOf is the port of a pod that a Service means; 0 if it has none.
func portOf(p *corev1.Pod, target intstr.IntOrString) int32 {
	if target.Type == intstr.Int {
		return target.IntVal
	}
	for i := range p.Spec.Containers {
		for _, port := range p.Spec.Containers[i].Ports {
			if port.Name == target.StrVal {
				return port.ContainerPort
			}
		}
	}
	return 0
}

// open forwards a port of this computer that is free. The lock is held.
func (f *forward) open(ctx context.Context, pod string, port int32) error {
	dialer, err := f.dialer(pod)
	if err != nil {
		return fmt.Errorf("forward a port to %s: %w", pod, err)
	}
	within, stop := context.WithCancel(context.Background()) // longer than the request that needs it
	standing := make(chan struct{})
	forwarder, err := portforward.NewOnAddressesForStreamingWithContext(within, dialer, []string{"127.0.0.1"},
		[]string{fmt.Sprintf("0:%d", port)}, standing, io.Discard, io.Discard)
	if err != nil {
		stop()
		return fmt.Errorf("forward a port to %s: %w", pod, err)
	}
	lost := make(chan struct{})
	var failure error // to be read once lost is closed
	go func() {
		defer close(lost)
		failure = forwarder.ForwardPorts()
	}()
	select {
	case <-standing:
	case <-lost:
		stop()
		return fmt.Errorf("forward a port to %s: %w", pod, errors.Join(failure, errors.New("it broke off")))
	case <-ctx.Done():
		stop()
		return ctx.Err()
	case <-time.After(forwardTimeout):
		stop()
		return fmt.Errorf("forward a port to %s: nothing after %s", pod, forwardTimeout)
	}
	ports, err := forwarder.GetPorts()
	if err != nil || len(ports) != 1 {
		stop()
		return fmt.Errorf("forward a port to %s: %w", pod, errors.Join(err, errors.New("it has no port")))
	}
	f.address, f.lost, f.stop = fmt.Sprintf("127.0.0.1:%d", ports[0].Local), lost, stop
	return nil
}

// dialer speaks WebSocket to the API server, and SPDY to one that does not know it.
func (f *forward) dialer(pod string) (httpstream.Dialer, error) {
	address := f.client.RESTClient().Post().Resource("pods").Namespace(f.namespace).Name(pod).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(f.config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, address)
	tunnel, err := portforward.NewSPDYOverWebsocketDialerForStreaming(address, f.config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(tunnel, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

func (f *forward) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop != nil {
		f.stop()
	}
}
