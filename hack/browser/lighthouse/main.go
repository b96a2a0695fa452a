// Lighthouse measures pages of the dashboard with Google's Lighthouse in the browser of this machine, and exits with 1 if a
// score is below the bar.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/callboard-dev/callboard/hack/browser/chrome"
	"github.com/callboard-dev/callboard/hack/browser/stage"
	"github.com/callboard-dev/callboard/hack/browser/world"
	"github.com/callboard-dev/callboard/hack/harness"
)

// bar is the least score of each category, of 100.
const bar = 95

// categories are what is measured.
var categories = []string{"performance", "accessibility", "best-practices"}

// pages are what is measured, by what the figures call them.
var pages = []struct{ name, path string }{
	{"home", "/"},
	{"list", "/components"},
	{"component", "/components/online-boutique/checkoutservice"},
	{"api", "/apis/online-boutique/storefront"},
	{"scores", "/scores"},
}

func main() { harness.Main("lighthouse", run) }

func run(ctx context.Context) (short bool, err error) {
	root := flag.String("root", "../..", "`folder` of the checkout")
	onStage := flag.Bool("stage", false, "measure on a catalog in memory, without a cluster")
	serve := flag.Bool("serve", false, "measure nothing: say where the pages are, until Ctrl-C")
	flag.Parse()
	origin, stop, err := start(ctx, *root, *onStage)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if *serve {
		fmt.Println(origin)
		<-ctx.Done()
		return false, nil
	}
	setup := exec.CommandContext(ctx, filepath.Join(*root, "hack/browser/setup.sh"), "--lighthouse")
	setup.Stderr = os.Stderr
	modules, err := setup.Output()
	if err != nil {
		return false, fmt.Errorf("run setup.sh: %w", err)
	}
	r := &harness.Report{Out: os.Stdout}
	for _, p := range pages {
		scores, err := measure(ctx, strings.TrimSpace(string(modules)), origin+p.path)
		if err != nil {
			return false, err
		}
		for _, c := range categories {
			r.AtLeast("lighthouse_"+p.name+"_"+strings.ReplaceAll(c, "-", "_"), scores[c], "points", bar)
		}
	}
	return r.Short, nil
}

// start serves the dashboard with the sample shops.
func start(ctx context.Context, root string, onStage bool) (origin string, stop func() error, err error) {
	if onStage {
		c, err := stage.Shops(root)
		if err != nil {
			return "", nil, err
		}
		s := stage.Serve(c)
		return s.URL, func() error { s.Close(); return nil }, nil
	}
	w, err := world.Start(ctx, root)
	if err != nil {
		return "", nil, err
	}
	return w.Origin, func() error { return w.Stop(false) }, nil
}

// result is what of Lighthouse's answer matters.
type result struct {
	Categories map[string]struct {
		Score     *float64
		AuditRefs []struct {
			ID     string
			Weight float64
		}
	}
	Audits map[string]struct {
		Title, DisplayValue string
		Score               *float64
	}
}

// measure has Lighthouse look at an address. What costs points is said on stderr.
func measure(ctx context.Context, modules, address string) (map[string]float64, error) {
	browser, err := chrome.Find()
	if err != nil {
		return nil, err
	}
	lighthouse := func() ([]byte, error) {
		return command(ctx, browser, modules, address).Output()
	}
	out, err := lighthouse()
	for range 2 { // a busy machine fails to record what it measures
		if err == nil {
			break
		}
		out, err = lighthouse()
	}
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", address, err)
	}
	return scoresOf(address, out)
}

// command measures an address, as a desktop shows it.
func command(ctx context.Context, browser, modules, address string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "node", filepath.Join(modules, "lighthouse", "cli", "index.js"), address,
		"--quiet", "--output=json", "--output-path=stdout", "--preset=desktop", "--only-categories="+strings.Join(categories, ","),
		"--chrome-flags=--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "+
			"--disable-component-update --disable-sync")
	cmd.Env = append(os.Environ(), "CHROME_PATH="+browser)
	cmd.Stderr = os.Stderr
	return cmd
}

// scoresOf are the scores in an answer of Lighthouse.
func scoresOf(address string, out []byte) (map[string]float64, error) {
	var answer result
	if err := json.Unmarshal(out, &answer); err != nil {
		return nil, fmt.Errorf("read what Lighthouse says of %s: %w", address, err)
	}
	scores := map[string]float64{}
	for name, c := range answer.Categories {
		if c.Score == nil {
			return nil, fmt.Errorf("measure %s: no score for %s", address, name)
		}
		scores[name] = 100 * *c.Score
		for _, a := range c.AuditRefs {
			if audit := answer.Audits[a.ID]; a.Weight > 0 && audit.Score != nil && *audit.Score < 0.9 {
				fmt.Fprintf(os.Stderr, "%s: %s: %s %s\n", address, name, audit.Title, audit.DisplayValue)
			}
		}
	}
	return scores, nil
}
