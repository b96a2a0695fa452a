// Package chrome drives a real browser as a reader would, and notices everything that a page must not do.
package chrome

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/chromedp"
)

// Find is the browser's program: $CHROMIUM, or the one that setup.sh installs.
func Find() (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	if set := os.Getenv("CHROMIUM"); set != "" {
		names = []string{set}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("find %s: run hack/browser/setup.sh", names[0])
}

// Browser is a running browser with nothing in it.
type Browser struct {
	ctx    context.Context
	cancel []context.CancelFunc
}

// off are features that only cost here: a page that is brought back has elements that the driver has forgotten, and a
// renderer in reserve is not used.
const off = "Translate,BackForwardCache,SpareRendererForSitePerProcess"

// Start starts a browser whose profile is a folder that is empty. It resolves no name, so that nothing leaves the machine.
func Start(profile string) (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	b := &Browser{}
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox, // as root there is none
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-features", off),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "en"),
	)...)
	b.cancel = append(b.cancel, cancel)
	b.ctx, cancel = chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {})) // what it does not know of the protocol
	b.cancel = append(b.cancel, cancel)
	if err := chromedp.Do(b.ctx); err != nil { // it ends with the context of the first step, which has therefore no limit of its own
		b.Close()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return b, nil
}

// Close ends the browser.
func (b *Browser) Close() {
	for i := len(b.cancel) - 1; i >= 0; i-- {
		b.cancel[i]()
	}
}

// within does a thing with a tab, for as long as it may take.
func within(ctx context.Context, most time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	err := do(ctx)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("not within %s: %w", most, err)
	}
	return err
}
