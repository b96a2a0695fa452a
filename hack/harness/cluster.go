// Package harness starts a control plane and operators on this machine, talks to them cheaply, and reads what they use.
package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/relation"
)

// SystemNamespace is where the operator and the bare writer have their accounts. The two authenticate alike, so that
// the API server does the same work for both, and tells them apart.
const (
	SystemNamespace = "callboard-system"
	operatorAccount = "callboard"
	bareAccount     = "bare"
)

// The users of the operator and of the bare writer.
const (
	OperatorUser = "system:serviceaccount:" + SystemNamespace + ":" + operatorAccount
	BareUser     = "system:serviceaccount:" + SystemNamespace + ":" + bareAccount
)

// Cluster is a control plane of our own.
type Cluster struct {
	Dir string
	Up  *Process
	// Admin may do everything; Bare as well, and authenticates like the operator.
	Admin, Bare *API
	// Etcd and APIs are the process ids of etcd and the API server.
	Etcd, APIs int

	assets, root string
	config       *rest.Config
}

// StartCluster starts the control plane in a directory, with further flags of devcluster up, and installs the CRDs and
// the accounts.
func StartCluster(ctx context.Context, assets, root, dir string, args ...string) (*Cluster, error) {
	c := &Cluster{Dir: dir, assets: assets, root: root}
	var err error
	c.Up, err = StartProcess(filepath.Join(dir, "devcluster.log"), nil, filepath.Join(assets, "devcluster"),
		append([]string{"up", "--dir=" + c.home()}, args...)...)
	if err != nil {
		return nil, err
	}
	if err := c.prepare(ctx, root); err != nil {
		c.Up.Stop()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) home() string { return filepath.Join(c.Dir, "cluster") }

// Assets is the folder of the programs of the control plane, and of kubectl.
func (c *Cluster) Assets() string { return c.assets }

// Kubeconfig is the file of who may do everything.
func (c *Cluster) Kubeconfig() string { return filepath.Join(c.home(), "kubeconfig") }

func (c *Cluster) prepare(ctx context.Context, root string) error {
	if err := c.awaitReady(ctx, filepath.Join(c.home(), "state.json")); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	if err != nil {
		return fmt.Errorf("read the kubeconfig: %w", err)
	}
	c.config = config
	if c.Admin, err = NewAPI(config, "bench"); err != nil {
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
func (c *Cluster) awaitReady(ctx context.Context, file string) error {
	var state struct {
		Ready      bool           `json:"ready"`
		Components map[string]int `json:"components"`
	}
	err := Await(ctx, 3*time.Minute, "the control plane", c.Up, func() (bool, error) {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return json.Unmarshal(text, &state) == nil && state.Ready, nil // half a file is not ready
	})
	c.Etcd, c.APIs = state.Components["etcd"], state.Components["kube-apiserver"]
	if err == nil && (c.Etcd == 0 || c.APIs == 0) {
		return fmt.Errorf("read %s: no etcd or kube-apiserver in it", file)
	}
	return err
}

func (c *Cluster) installCRDs(ctx context.Context, dir string) error {
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
		if _, err := c.Admin.Do(ctx, http.MethodPost, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", ContentJSON, text); err != nil {
			return fmt.Errorf("install %s: %w", file, err)
		}
	}
	for _, k := range relation.Kinds() {
		err := Await(ctx, time.Minute, "the CRD of "+k.ObjectKind(), c.Up, func() (bool, error) {
			_, err := c.Admin.Do(ctx, http.MethodGet, CollectionPath(k, ""), "", nil)
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
func (c *Cluster) accounts(ctx context.Context) (map[string]string, error) {
	type object map[string]any
	named := func(name string) object { return object{"name": name} }
	if err := c.Admin.Object(ctx, http.MethodPost, "/api/v1/namespaces", object{"metadata": named(SystemNamespace)}, nil); err != nil {
		return nil, err
	}
	tokens := map[string]string{}
	for _, name := range []string{operatorAccount, bareAccount} {
		path := "/api/v1/namespaces/" + SystemNamespace + "/serviceaccounts"
		if err := c.Admin.Object(ctx, http.MethodPost, path, object{"metadata": named(name)}, nil); err != nil {
			return nil, err
		}
		err := c.Admin.Object(ctx, http.MethodPost, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", object{
			"metadata": named("bench-" + name),
			"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
			"subjects": []object{{"kind": "ServiceAccount", "name": name, "namespace": SystemNamespace}},
		}, nil)
		if err != nil {
			return nil, err
		}
		var answer struct {
			Status struct{ Token string }
		}
		err = c.Admin.Object(ctx, http.MethodPost, path+"/"+name+"/token", object{
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
func (c *Cluster) logins(admin *rest.Config, tokens map[string]string) error {
	config := rest.AnonymousClientConfig(admin)
	config.BearerToken = tokens[bareAccount]
	var err error
	if c.Bare, err = NewAPI(config, "callboard"); err != nil { // the agent's name goes into the managed fields: the same
		return err
	}
	out := clientcmdapi.NewConfig()
	out.Clusters["bench"] = &clientcmdapi.Cluster{
		Server: config.Host, CertificateAuthority: config.CAFile, CertificateAuthorityData: config.CAData,
	}
	out.AuthInfos["bench"] = &clientcmdapi.AuthInfo{Token: tokens[operatorAccount]}
	out.Contexts["bench"] = &clientcmdapi.Context{Cluster: "bench", AuthInfo: "bench"}
	out.CurrentContext = "bench"
	if err := clientcmd.WriteToFile(*out, c.OperatorKubeconfig()); err != nil {
		return fmt.Errorf("write the operator's kubeconfig: %w", err)
	}
	return nil
}

// OperatorKubeconfig is the file of the operator.
func (c *Cluster) OperatorKubeconfig() string { return filepath.Join(c.Dir, "operator.kubeconfig") }
