package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/relation"
)

// systemNamespace is where the operator and the bare writer have their accounts. The two authenticate alike, so that
// the API server does the same work for both, and tells them apart.
const (
	systemNamespace = "callboard-system"
	operatorAccount = "callboard"
	bareAccount     = "bare"
	operatorUser    = "system:serviceaccount:" + systemNamespace + ":" + operatorAccount
	bareUser        = "system:serviceaccount:" + systemNamespace + ":" + bareAccount
)

// cluster is a control plane of our own: etcd and the API server.
type cluster struct {
	dir   string
	up    *process
	admin *api
	bare  *api
	audit auditLog
	etcd  int // process ids
	apis  int
}

// startCluster starts the control plane in a directory and installs the CRDs and the accounts.
func startCluster(ctx context.Context, assets, root, dir string) (*cluster, error) {
	c := &cluster{dir: dir, audit: auditLog{filepath.Join(dir, "audit.log")}}
	policy := filepath.Join(dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, fmt.Appendf(nil, auditPolicy, operatorUser, bareUser), 0o600); err != nil {
		return nil, fmt.Errorf("write the audit policy: %w", err)
	}
	home := filepath.Join(dir, "cluster")
	var err error
	c.up, err = startProcess(filepath.Join(dir, "devcluster.log"), nil, filepath.Join(assets, "devcluster"), "up", "--only=api",
		"--dir="+home, "--gogc=400", "--audit="+c.audit.path, "--apiserver-arg=--audit-policy-file="+policy)
	if err != nil {
		return nil, err
	}
	if err := c.prepare(ctx, root, home); err != nil {
		c.up.stop()
		return nil, err
	}
	return c, nil
}

func (c *cluster) prepare(ctx context.Context, root, home string) error {
	if err := c.awaitReady(ctx, filepath.Join(home, "state.json")); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(home, "kubeconfig"))
	if err != nil {
		return fmt.Errorf("read the kubeconfig: %w", err)
	}
	if c.admin, err = newAPI(config, "bench"); err != nil {
		return err
	}
	if err := c.installCRDs(ctx, filepath.Join(root, "config", "crd")); err != nil {
		return err
	}
	token, err := c.accounts(ctx)
	if err != nil {
		return err
	}
	return c.logins(config, token)
}

// awaitReady waits for the control plane and notes its process ids.
func (c *cluster) awaitReady(ctx context.Context, file string) error {
	var state struct {
		Ready      bool           `json:"ready"`
		Components map[string]int `json:"components"`
	}
	err := await(ctx, 3*time.Minute, "the control plane", c.up, func() (bool, error) {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return json.Unmarshal(text, &state) == nil && state.Ready, nil // half a file is not ready
	})
	c.etcd, c.apis = state.Components["etcd"], state.Components["kube-apiserver"]
	if err == nil && (c.etcd == 0 || c.apis == 0) {
		return fmt.Errorf("read %s: no etcd or kube-apiserver in it", file)
	}
	return err
}

func (c *cluster) installCRDs(ctx context.Context, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "catalog.callboard.dev_*.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("find the CRDs in %s: %w", dir, errors.Join(err, fs.ErrNotExist))
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read a CRD: %w", err)
		}
		if text, err = yaml.YAMLToJSON(text); err != nil {
			return fmt.Errorf("read %s: %w", file, err)
		}
		if _, err := c.admin.do(ctx, http.MethodPost, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", contentJSON, text); err != nil {
			return fmt.Errorf("install %s: %w", file, err)
		}
	}
	for _, k := range relation.Kinds() {
		err := await(ctx, time.Minute, "the CRD of "+k.ObjectKind(), c.up, func() (bool, error) {
			_, err := c.admin.do(ctx, http.MethodGet, collectionPath(k, ""), "", nil)
			return err == nil, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// accounts makes the two service accounts and returns their tokens. Both may do everything: what a role allows is not
// measured here.
func (c *cluster) accounts(ctx context.Context) (map[string]string, error) {
	type object map[string]any
	named := func(name string) object { return object{"name": name} }
	if err := c.admin.object(ctx, http.MethodPost, "/api/v1/namespaces", object{"metadata": named(systemNamespace)}, nil); err != nil {
		return nil, err
	}
	tokens := map[string]string{}
	for _, name := range []string{operatorAccount, bareAccount} {
		path := "/api/v1/namespaces/" + systemNamespace + "/serviceaccounts"
		if err := c.admin.object(ctx, http.MethodPost, path, object{"metadata": named(name)}, nil); err != nil {
			return nil, err
		}
		err := c.admin.object(ctx, http.MethodPost, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", object{
			"metadata": named("bench-" + name),
			"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
			"subjects": []object{{"kind": "ServiceAccount", "name": name, "namespace": systemNamespace}},
		}, nil)
		if err != nil {
			return nil, err
		}
		var answer struct {
			Status struct{ Token string }
		}
		err = c.admin.object(ctx, http.MethodPost, path+"/"+name+"/token", object{
			"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": object{"expirationSeconds": 86400},
		}, &answer)
		if err != nil {
			return nil, err
		}
		tokens[name] = answer.Status.Token
	}
	return tokens, nil
}

// logins makes the client of the bare writer and the kubeconfig of the operator.
func (c *cluster) logins(admin *rest.Config, tokens map[string]string) error {
	config := rest.AnonymousClientConfig(admin)
	config.BearerToken = tokens[bareAccount]
	var err error
	if c.bare, err = newAPI(config, "callboard"); err != nil { // the agent's name goes into the managed fields: the same
		return err
	}
	out := clientcmdapi.NewConfig()
	out.Clusters["bench"] = &clientcmdapi.Cluster{
		Server: config.Host, CertificateAuthority: config.CAFile, CertificateAuthorityData: config.CAData,
	}
	out.AuthInfos["bench"] = &clientcmdapi.AuthInfo{Token: tokens[operatorAccount]}
	out.Contexts["bench"] = &clientcmdapi.Context{Cluster: "bench", AuthInfo: "bench"}
	out.CurrentContext = "bench"
	if err := clientcmd.WriteToFile(*out, c.operatorKubeconfig()); err != nil {
		return fmt.Errorf("write the operator's kubeconfig: %w", err)
	}
	return nil
}

func (c *cluster) operatorKubeconfig() string { return filepath.Join(c.dir, "operator.kubeconfig") }

// cpu is the CPU time used so far.
type cpu struct{ apiserver, etcd, operator time.Duration }

func (c cpu) minus(d cpu) cpu {
	return cpu{c.apiserver - d.apiserver, c.etcd - d.etcd, c.operator - d.operator}
}

func (c cpu) all() time.Duration { return c.apiserver + c.etcd + c.operator }

// cpu reads the CPU time of the control plane, and of the operator if one is given.
func (c *cluster) cpu(o *process) (used cpu, err error) {
	if used.apiserver, err = cpuOf(c.apis); err != nil {
		return used, err
	}
	if used.etcd, err = cpuOf(c.etcd); err != nil {
		return used, err
	}
	if o != nil {
		used.operator, err = cpuOf(o.pid())
	}
	return used, err
}

// process is a child.
type process struct {
	cmd   *exec.Cmd
	log   string
	begun time.Time
	ended chan struct{}
}

// startProcess starts a child that writes to a log file. Call it from the main goroutine alone: the kernel ends the
// child when the thread that started it ends, and only the main goroutine keeps its thread.
func startProcess(log string, env []string, name string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make a log: %w", err)
	}
	defer out.Close()
	p := &process{cmd: exec.Command(name, args...), log: log, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = out, out, childAttr()
	p.cmd.Env = append(os.Environ(), env...)
	p.begun = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(name), err)
	}
	go func() {
		_ = p.cmd.Wait() // whoever waits for the end knows whether it should be
		close(p.ended)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// alive returns an error with the end of the log if the process has ended.
func (p *process) alive() error {
	select {
	case <-p.ended:
	default:
		return nil
	}
	text, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Errorf("%s ended: %w", filepath.Base(p.cmd.Path), err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return fmt.Errorf("%s ended:\n%s", filepath.Base(p.cmd.Path), strings.Join(lines[max(0, len(lines)-15):], "\n"))
}

// stop ends the process, and waits for that.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it has ended if that fails
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// await looks again and again until something is the case. It fails if the process ends.
func await(ctx context.Context, most time.Duration, what string, p *process, is func() (bool, error)) error {
	for deadline := time.Now().Add(most); ; {
		if yes, err := is(); yes || err != nil {
			return err
		}
		if err := p.alive(); err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("wait for %s: not after %s", what, most)
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
