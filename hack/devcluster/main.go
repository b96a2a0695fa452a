// Command devcluster is a Kubernetes control plane in one binary: it is etcd,
// kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kwok,
// by the name it is called, and the command that runs them together.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/callboard-dev/callboard/hack/devcluster/internal/cluster"
)

const usage = `devcluster runs a Kubernetes control plane on loopback.

  devcluster up     --dir DIR [flags]   start it, or say that it runs already
  devcluster down   --dir DIR           stop it, keep its data
  devcluster env    --dir DIR           print the exports that point a shell at it
  devcluster status --dir DIR           say whether it runs (exit 3 if not)
  devcluster COMPONENT [flags]          be one of: etcd, kube-apiserver,
                                        kube-controller-manager, kube-scheduler,
                                        kubectl, kwok

"devcluster up --help" lists the flags. A link named like a component is that component.
`

func main() {
	if run, ok := components[filepath.Base(os.Args[0])]; ok {
		run()
		return
	}
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	if run, ok := components[os.Args[1]]; ok {
		os.Args = os.Args[1:]
		run()
		return
	}
	os.Exit(own(os.Args[1], os.Args[2:]))
}

// own runs a command of devcluster itself and returns its exit code.
func own(name string, args []string) int {
	switch name {
	case "up":
		return cluster.Up(args)
	case "down":
		return cluster.Down(args)
	case "env":
		return cluster.Env(args)
	case "status":
		return cluster.Status(args)
	case "help", "-h", "--help":
		fmt.Print(usage)
		return 0
	}
	fmt.Fprintf(os.Stderr, "devcluster: unknown command %q\n\n%s", name, usage)
	return 2
}
