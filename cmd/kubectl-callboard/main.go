// Kubectl-callboard is a plugin of kubectl: it answers from the catalog, with the permissions of who asks, who may use
// which API and why, how entities do on scorecards and what to do about it, and what an auditor asks.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// What the command answers to who started it.
const (
	exitYes   = 0 // yes, or what was asked for
	exitNo    = 1 // no: Denied or Undecided
	exitError = 2 // there is no answer
)

// errNo is the answer no. It has been printed.
var errNo = errors.New("no")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &plugin{
		streams: genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr},
		flags:   genericclioptions.NewConfigFlags(true),
		now:     time.Now,
	}
	p.connect = func() (lister, error) { return newCluster(p.flags) }
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// plugin is what all commands share.
type plugin struct {
	streams genericiooptions.IOStreams
	flags   *genericclioptions.ConfigFlags
	output  output
	// connect opens the catalog, once the flags are read.
	connect func() (lister, error)
	// now is when exemptions and attestations are judged.
	now func() time.Time
}

// run executes a command line and returns the exit code.
func (p *plugin) run(ctx context.Context, args []string) int {
	root := p.command()
	root.SetArgs(args)
	root.SetIn(p.streams.In)
	root.SetOut(p.streams.Out)
	root.SetErr(p.streams.ErrOut)
	switch err := root.ExecuteContext(ctx); {
	case err == nil:
		return exitYes
	case errors.Is(err, errNo):
		return exitNo
	default:
		fmt.Fprintln(p.streams.ErrOut, "error:", err)
		return exitError
	}
}

func (p *plugin) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-callboard",
		Short: "Ask the software catalog of the cluster",
		Long: `Ask the software catalog of the cluster: who may use which API, and why (not); how entities do on scorecards, and
what to fix first; what an auditor asks.

What is answered is judged with the rules that the admission webhook and the operator apply, on what you may read
yourself: the command lists the entities of the catalog, the namespaces and, for a scorecard, what its checks read, with
your own permissions, and changes nothing.`,
		Annotations:       map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl callboard"},
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	p.flags.AddFlags(root.PersistentFlags())
	root.AddCommand(p.whoCanUse(), p.canUse(), p.score(), p.audit(), p.dashboard(), p.version())
	return root
}

// naming is the part of the help that says how entities are named; it lacks the kind that is meant.
const naming = `
An entity is named as kubectl does, kind/namespace/name or kind/name, or as a catalog file does,
[kind:][namespace/]name. Where no kind stands %s is meant, and where no namespace
stands that of -n or of your kubeconfig. A first word that is a kind is taken for one: what is in a namespace
called "api" is written api:api/charge.`

// arguments holds a command to its arguments.
func arguments(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		command := strings.TrimPrefix(c.CommandPath(), c.Root().DisplayName()+" ")
		if len(names) == 0 {
			return fmt.Errorf("%s takes no arguments, and got %q: see %s --help", command, args[0], c.CommandPath())
		}
		return fmt.Errorf("%s takes %s, and got %d of them: see %s --help",
			command, strings.Join(names, " and "), len(args), c.CommandPath())
	}
}

// namespace is what a reference means that writes none.
func (p *plugin) namespace() (string, error) {
	namespace, _, err := p.flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", fmt.Errorf("find the namespace: %w", err)
	}
	return namespace, nil
}

// load reads the catalog.
func (p *plugin) load(ctx context.Context) (*board, error) {
	l, err := p.connect()
	if err != nil {
		return nil, err
	}
	return load(ctx, l)
}
