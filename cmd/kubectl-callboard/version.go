package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// version is set when a release is built: -ldflags "-X main.version=v1.2.3".
var version string

// versionAnswer says what this program is. Its field names are stable.
type versionAnswer struct {
	Version    string `json:"version"`
	APIVersion string `json:"apiVersion"` // of the kinds that it reads
	Go         string `json:"go"`
	Platform   string `json:"platform"`
}

func (v versionAnswer) text(w io.Writer, _ bool) {
	fmt.Fprintf(w, "kubectl-callboard %s (%s, %s, %s)\n", v.Version, v.APIVersion, v.Go, v.Platform)
}

func (p *plugin) version() *cobra.Command {
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this plugin",
		Long:    "Print the version of this plugin and of the kinds that it reads. It asks no cluster.",
		Example: "  kubectl callboard version -o json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return p.print(versionAnswer{
				Version: ownVersion(), APIVersion: catalog.GroupVersion.String(),
				Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
			})
		},
	}
	p.addOutput(c)
	return c
}

// ownVersion is the version of the release or, where go install built it, of the module.
func ownVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
