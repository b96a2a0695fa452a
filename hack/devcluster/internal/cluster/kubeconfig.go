package cluster

import (
	"bytes"
	"fmt"
	"os"

	"k8s.io/client-go/tools/clientcmd"
	api "k8s.io/client-go/tools/clientcmd/api"
)

// contextName is what "kubectl config current-context" shows.
const contextName = "devcluster"

// writeKubeconfigs writes one kubeconfig for each client certificate; the
// administrator's is the one that people use.
func writeKubeconfigs(l layout, port int) error {
	for _, c := range clients {
		path := l.clientOf(c.name)
		if c.name == "admin" {
			path = l.kubeconfig()
		}
		if err := writeKubeconfig(l, path, c.name, port); err != nil {
			return err
		}
	}
	return nil
}

// writeKubeconfig puts the certificates into the file, so that it can be copied.
func writeKubeconfig(l layout, path, client string, port int) error {
	var pems [3][]byte
	for i, name := range []string{"ca.crt", client + ".crt", client + ".key"} {
		data, err := os.ReadFile(l.pki(name))
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		pems[i] = data
	}
	data, err := clientcmd.Write(api.Config{
		Clusters: map[string]*api.Cluster{contextName: {
			Server: "https://" + address(port), CertificateAuthorityData: pems[0],
		}},
		AuthInfos: map[string]*api.AuthInfo{client: {
			ClientCertificateData: pems[1], ClientKeyData: pems[2],
		}},
		Contexts:       map[string]*api.Context{contextName: {Cluster: contextName, AuthInfo: client}},
		CurrentContext: contextName,
	})
	if err != nil {
		return fmt.Errorf("write the kubeconfig of %s: %w", client, err)
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return writeFile(path, data)
}
