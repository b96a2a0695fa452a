package cluster

import (
	"fmt"
	"strings"
)

const (
	serviceCIDR = "10.96.0.0/16"
	serviceIP   = "10.96.0.1" // the first of serviceCIDR: the service "kubernetes"
	issuer      = "https://kubernetes.default.svc.cluster.local"

	// clientRate replaces the 20 and 50 requests a second that the controller
	// manager and the scheduler allow themselves: 5,000 Deployments would take
	// them a quarter of an hour.
	clientRate = "1000"
)

// auditPolicy records every request once, when it is answered.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

// schedulerConfig is the scheduler's configuration; %q is its kubeconfig.
const schedulerConfig = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
leaderElection:
  leaderElect: false
clientConnection:
  kubeconfig: %q
  qps: ` + clientRate + `
  burst: ` + clientRate + `
`

// writeConfigs writes the files that the components' flags name.
func writeConfigs(l layout) error {
	files := map[string]string{
		"audit-policy.yaml": auditPolicy,
		"scheduler.yaml":    fmt.Sprintf(schedulerConfig, l.clientOf("kube-scheduler")),
	}
	for name, text := range files {
		if err := writeFile(l.conf(name), []byte(text)); err != nil {
			return err
		}
	}
	config, err := kwokConfig()
	if err != nil {
		return err
	}
	return writeFile(l.conf("kwok.yaml"), config)
}

func etcdArgs(l layout, p ports) []string {
	client, peer := "http://"+address(p.EtcdClient), "http://"+address(p.EtcdPeer)
	return []string{
		"--name=devcluster",
		"--data-dir=" + l.path("etcd"),
		"--listen-client-urls=" + client,
		"--advertise-client-urls=" + client,
		"--listen-peer-urls=" + peer,
		"--initial-advertise-peer-urls=" + peer,
		"--initial-cluster=devcluster=" + peer,
		// Safe when etcd or devcluster is killed, not when the machine is: then the
		// data may be lost, which is the price of writes that wait for no disk.
		"--unsafe-no-fsync=true",
		"--quota-backend-bytes=8589934592",
		"--log-level=warn",
	}
}

func apiserverArgs(l layout, p ports, o options) []string {
	args := []string{
		"--bind-address=" + loopback,
		"--advertise-address=" + loopback,
		fmt.Sprintf("--secure-port=%d", p.API),
		// Endpoints must not name a loopback address, so nobody may reconcile them.
		"--endpoint-reconciler-type=none",
		"--etcd-servers=http://" + address(p.EtcdClient),
		"--tls-cert-file=" + l.pki("apiserver.crt"),
		"--tls-private-key-file=" + l.pki("apiserver.key"),
		"--client-ca-file=" + l.pki("ca.crt"),
		"--requestheader-client-ca-file=" + l.pki("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + l.pki("front-proxy-client.crt"),
		"--proxy-client-key-file=" + l.pki("front-proxy-client.key"),
		"--service-account-issuer=" + issuer,
		"--service-account-key-file=" + l.pki("sa.key"),
		"--service-account-signing-key-file=" + l.pki("sa.key"),
		"--service-cluster-ip-range=" + serviceCIDR,
		"--authorization-mode=RBAC",
		"--allow-privileged=true",
		// Twice the defaults: one bench client more must not be told to wait.
		"--max-requests-inflight=800",
		"--max-mutating-requests-inflight=400",
	}
	if o.audit != "" {
		args = append(args,
			"--audit-log-path="+o.audit,
			"--audit-policy-file="+l.conf("audit-policy.yaml"),
			// In MiB. 0 would mean 100, and then the log rotates while one counts in it.
			"--audit-log-maxsize=1048576",
		)
	}
	return append(args, o.apiserverArgs...)
}

func controllerManagerArgs(l layout) []string {
	return []string{
		"--kubeconfig=" + l.clientOf("kube-controller-manager"),
		"--secure-port=0",
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file=" + l.pki("sa.key"),
		"--root-ca-file=" + l.pki("ca.crt"),
		"--cluster-signing-cert-file=" + l.pki("ca.crt"),
		"--cluster-signing-key-file=" + l.pki("ca.key"),
		"--kube-api-qps=" + clientRate,
		"--kube-api-burst=" + clientRate,
	}
}

func schedulerArgs(l layout) []string {
	return []string{"--config=" + l.conf("scheduler.yaml"), "--secure-port=0"}
}

// kwokArgs leaves the server address unset: kwok would listen on all addresses.
func kwokArgs(l layout) []string {
	return []string{
		"--kubeconfig=" + l.clientOf("kwok"),
		"--config=" + l.conf("kwok.yaml"),
		"--manage-all-nodes=true",
		"--node-lease-duration-seconds=40",
	}
}

// shellQuote makes the text one word for a shell.
func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
