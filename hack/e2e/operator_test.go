package e2e

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// identity is who the operator is in the cluster; it may what config/rbac says and no more.
const identity = "system:serviceaccount:callboard-system:callboard"

// operator is a running operator.
type operator struct {
	*process
	health, metrics string // addresses
}

// startOperator starts an operator under the identity of its ServiceAccount, and returns when it is ready.
func (w *world) startOperator(name string, args ...string) (*operator, error) {
	config, err := w.operatorConfig()
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		o, err := w.tryOperator(name, append(args, "--kubeconfig="+config))
		if err != nil {
			return nil, err
		}
		if poll(time.Minute, func() bool { return o.ended() || o.ready() }) && !o.ended() {
			return o, nil
		}
		if text := o.text(0); try == operatorTries || !strings.Contains(text, "address already in use") {
			return nil, fmt.Errorf("the operator is not ready:\n%s", text)
		}
	}
}

// operatorTries is how often an operator is started whose port was free, and is not any more: every outgoing connection
// on the machine takes one.
const operatorTries = 3

// tryOperator starts an operator on ports that nobody listens on.
func (w *world) tryOperator(name string, args []string) (*operator, error) {
	o := &operator{}
	for _, address := range []*string{&o.health, &o.metrics} {
		var err error
		if *address, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	args = append(args, "--health-probe-bind-address="+o.health, "--dashboard-bind-address=127.0.0.1:0", "--metrics-bind-address="+o.metrics)
	log, err := os.CreateTemp(w.dir, name+"-*.log")
	if err != nil {
		return nil, err
	}
	if err := log.Close(); err != nil {
		return nil, err
	}
	o.process, err = start(exec.Command(filepath.Join(w.dir, "callboard"), args...), log.Name())
	return o, err
}

// ready says whether the operator is, and serves its metrics, which it begins with after that.
func (o *operator) ready() bool {
	r, err := http.Get("http://" + o.health + "/readyz")
	if err != nil {
		return false
	}
	defer r.Body.Close()
	metrics, err := tls.Dial("tcp", o.metrics, &tls.Config{InsecureSkipVerify: true}) // its certificate is its own
	if err != nil {
		return false
	}
	defer metrics.Close()
	return r.StatusCode == http.StatusOK
}

// operatorConfig writes a kubeconfig for the operator's ServiceAccount.
func (w *world) operatorConfig() (string, error) {
	token, err := w.try("", "kubectl", "create", "token", "callboard", "-n", "callboard-system", "--duration=24h")
	if err != nil {
		return "", err
	}
	config, err := clientcmd.LoadFromFile(w.kubeconfig())
	if err != nil {
		return "", err
	}
	for name := range config.AuthInfos {
		config.AuthInfos[name] = &api.AuthInfo{Token: strings.TrimSpace(token)}
	}
	file := filepath.Join(w.dir, "operator.kubeconfig")
	return file, clientcmd.WriteToFile(*config, file)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// complaints are the lines of the operator's log, from an offset on, that are errors, warnings, or no log lines at all.
func (o *operator) complaints(offset int) []string {
	var out []string
	for line := range strings.Lines(o.text(offset)) {
		var entry struct{ Level string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Level != "info" {
			out = append(out, line)
		}
	}
	return out
}

// starting counts the controllers that have begun to follow what they reconcile, and do not reconcile it yet. It is
// negative before the first one begins.
func (o *operator) starting() int {
	begun, working := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(o.text(0)) {
		var entry struct{ Msg, Controller string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			continue // complaints tells
		}
		switch entry.Msg {
		case "Starting EventSource":
			begun[entry.Controller] = true
		case "Starting workers":
			working[entry.Controller] = true
		}
	}
	if len(begun) == 0 {
		return -1
	}
	return len(begun) - len(working)
}

// scrape reads the operator's metrics with the token of one that may.
func (o *operator) scrape(token string) (status int, body string, err error) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // it signs for itself
	}}
	request, err := http.NewRequest(http.MethodGet, "https://"+o.metrics+"/metrics", nil)
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	r, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return r.StatusCode, string(text), err
}

// metricsToken is a token that may read the metrics, by the role that is shipped for that.
func metricsToken(t *testing.T) string {
	t.Helper()
	binding, err := w.try("", "kubectl", "create", "clusterrolebinding", "scraper", "--clusterrole=callboard-metrics-reader",
		"--serviceaccount=default:default", "--dry-run=client", "-o", "yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.try(binding, "kubectl", "apply", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(kubectl(t, "create", "token", "default", "-n", "default"))
}
