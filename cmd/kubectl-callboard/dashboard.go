package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/oauth2"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// What the command does where no flag says otherwise.
const (
	dashboardNamespace = "callboard-system"
	dashboardService   = "callboard-dashboard"
	tokenSeconds       = 3600
	probePause         = time.Second
)

// dashboardOptions are the flags of the command.
type dashboardOptions struct {
	port      int
	noBrowser bool
	service   string
	account   string
}

func (p *plugin) dashboard() *cobra.Command {
	var o dashboardOptions
	c := &cobra.Command{
		Use:   "dashboard",
		Short: "Open the dashboard, signed in with your kubeconfig",
		Long: `Open the dashboard, signed in with your kubeconfig, until Ctrl-C.

The command forwards a port of this computer to the operator, as kubectl port-forward does, and adds the token of your
kubeconfig to what your browser asks for. The browser itself never holds the token. Only a browser that opens the
address that is printed is let in.

The operator cannot know who you are by a client certificate. If your kubeconfig holds one and no token, name with
--account a ServiceAccount that you may create tokens for: you then see what it may see.`,
		Example: `  kubectl callboard dashboard
  kubectl callboard dashboard --port 8082 --no-browser
  kubectl callboard dashboard --account team-a/viewer`,
		Args: arguments(),
		RunE: func(c *cobra.Command, _ []string) error { return p.openDashboard(c.Context(), o) },
	}
	c.Flags().IntVar(&o.port, "port", 0, "Port on this computer; one that is free if 0")
	c.Flags().BoolVar(&o.noBrowser, "no-browser", false, "Print the address, and start no browser")
	c.Flags().StringVar(&o.service, "service", dashboardService, "Service of the dashboard, in the namespace of -n, or "+dashboardNamespace)
	c.Flags().StringVar(&o.account, "account", "", "Sign in as a ServiceAccount, [namespace/]name, with a token that is made for it")
	return c
}

func (p *plugin) openDashboard(ctx context.Context, o dashboardOptions) error {
	config, err := p.flags.ToRESTConfig()
	if err != nil {
		return fmt.Errorf("find the cluster: %w", err)
	}
	config = rest.CopyConfig(config)
	config.UserAgent = "kubectl-callboard"
	namespace := dashboardNamespace
	if n := p.flags.Namespace; n != nil && *n != "" {
		namespace = *n
	}
	client, err := coreclient.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("configure the connection: %w", err)
	}
	way := &forward{config: config, client: client, namespace: namespace, service: o.service}
	defer way.close()
	if err := way.find(ctx); err != nil {
		return err
	}
	signed, err := signedIn(ctx, config, client, o.account, way.transport())
	if err != nil {
		return err
	}
	if err := knock(ctx, signed, way.scheme()); err != nil {
		return err
	}
	return p.serveDashboard(ctx, o, newLocal(signed, way.scheme()))
}

// serveDashboard lets the browser in until the context ends.
func (p *plugin) serveDashboard(ctx context.Context, o dashboardOptions, l *local) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port)))
	if err != nil {
		return fmt.Errorf("listen for the browser: %w", err)
	}
	l.listens(listener.Addr().String())
	server := &http.Server{Handler: l, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Fprintf(p.streams.Out, "The dashboard is at\n\n  %s\n\nuntil Ctrl-C.\n", l.address(false))
	if !o.noBrowser {
		if err := openBrowser(ctx, l.address(true)); err != nil {
			fmt.Fprintln(p.streams.ErrOut, "No browser could be started; open the address yourself:", err)
		}
	}
	select {
	case err = <-ended:
		return fmt.Errorf("serve the browser: %w", err)
	case <-ctx.Done():
		return server.Close()
	}
}

// openBrowser starts the browser of the desktop.
func openBrowser(ctx context.Context, address string) error {
	command := []string{"xdg-open", address}
	switch runtime.GOOS {
	case "darwin":
		command[0] = "open"
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	}
	started := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the address is our own
	if err := started.Start(); err != nil {
		return err
	}
	go func() { _ = started.Wait() }() // what becomes of the browser is its own affair
	return nil
}

// errCertificate says why a kubeconfig cannot sign in.
var errCertificate = errors.New(`your kubeconfig holds no token that the dashboard could know you by.
A client certificate proves who you are to the API server only. Sign in as a ServiceAccount that you may create tokens for:
  kubectl callboard dashboard --account NAMESPACE/NAME
which sees what that account may see, or use a kubeconfig with a token or a plugin that gets one`)

// signedIn adds the caller's credentials to requests.
func signedIn(ctx context.Context, config *rest.Config, client coreclient.ServiceAccountsGetter, account string, base http.RoundTripper) (http.RoundTripper, error) {
	switch {
	case config.Impersonate.UserName != "" || config.Impersonate.UID != "" || len(config.Impersonate.Groups) > 0:
		return nil, errors.New("the dashboard shows what you may see yourself: --as, --as-group and --as-uid mean nothing to it")
	case account != "":
		namespace, name, ok := strings.Cut(account, "/")
		if !ok {
			namespace, name = "default", account
		}
		source := &accountTokens{ctx: ctx, client: client.ServiceAccounts(namespace), name: name}
		if _, err := source.Token(); err != nil { // now rather than in the browser
			return nil, err
		}
		return &oauth2.Transport{Source: oauth2.ReuseTokenSource(nil, source), Base: base}, nil
	case config.BearerToken == "" && config.BearerTokenFile == "" && config.ExecProvider == nil && config.AuthProvider == nil && config.WrapTransport == nil:
		return nil, errCertificate
	}
	plain := rest.CopyConfig(config)
	plain.Username, plain.Password = "", ""
	signed, err := rest.HTTPWrappersForConfig(plain, base)
	if err != nil {
		return nil, fmt.Errorf("find your credentials: %w", err)
	}
	return signed, nil
}

// accountTokens makes tokens of a ServiceAccount, each for an hour.
type accountTokens struct {
	ctx    context.Context
	client coreclient.ServiceAccountInterface
	name   string
}

// Token implements oauth2.TokenSource.
func (a *accountTokens) Token() (*oauth2.Token, error) {
	seconds := int64(tokenSeconds)
	made, err := a.client.CreateToken(a.ctx, a.name,
		&authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("create a token of the ServiceAccount %q: %w", a.name, err)
	}
	return &oauth2.Token{AccessToken: made.Status.Token, TokenType: "Bearer", Expiry: made.Status.ExpirationTimestamp.Time}, nil
}

// knock asks whether the dashboard lets the caller in, and waits until it has read the catalog.
func knock(ctx context.Context, signed http.RoundTripper, scheme string) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+upstreamHost+"/", http.NoBody)
		if err != nil {
			return err
		}
		req.Header.Set("Accept", "application/json")
		res, err := signed.RoundTrip(req)
		if err != nil {
			return fmt.Errorf("reach the dashboard: %w", err)
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // so that the connection can be used again
		_ = res.Body.Close()
		switch res.StatusCode {
		case http.StatusUnauthorized:
			return fmt.Errorf("the dashboard does not know you: %w", errCertificate)
		case http.StatusServiceUnavailable:
		default:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(probePause):
		}
	}
}
