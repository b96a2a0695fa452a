package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/hack/browser/chrome"
	"github.com/callboard-dev/callboard/hack/browser/stage"
	"github.com/callboard-dev/callboard/hack/browser/world"
)

// What all tests share. Each leaves it as it found it.
var (
	browser *chrome.Browser
	axe     chrome.Axe
	site    string       // the origin of the dashboard with the sample shops
	live    *world.World // what serves it; nil on the stage
)

// root is the checkout, seen from this folder.
const root = "../.."

func init() { runtime.LockOSThread() } // the control plane ends with the thread that started it

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	begun := time.Now()
	if err := setUp(); err != nil {
		return 0, err
	}
	profile, err := os.MkdirTemp("", "callboard-browser-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(profile)) }()
	if browser, err = chrome.Start(profile); err != nil {
		return 0, err
	}
	defer browser.Close()
	if os.Getenv("CALLBOARD_BROWSER_STAGE") != "" {
		c, err := stage.Shops(root)
		if err != nil {
			return 0, err
		}
		s := stage.Serve(c)
		defer s.Close()
		site = s.URL
	} else {
		if live, err = world.Start(context.Background(), root); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, live.Stop(code != 0)) }()
		site = live.Origin
	}
	fmt.Printf("set up in %.1f s\n", time.Since(begun).Seconds())
	return m.Run(), nil
}

// setUp finds what setup.sh installs.
func setUp() error {
	modules, err := exec.Command("./setup.sh").Output()
	if err != nil {
		return fmt.Errorf("run setup.sh: %w", err)
	}
	axe, err = chrome.LoadAxe(strings.TrimSpace(string(modules)))
	return err
}

// idle are tabs that nobody uses: to open one takes longer than a page.
var idle = make(chan *chrome.Tab, 8)

// open opens a tab for an origin. What its pages do that they must not fails the test at its end.
func open(t *testing.T, origin string) *chrome.Tab {
	t.Helper()
	tab, err := reused(origin)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if found := tab.Problems(); len(found) > 0 {
			t.Errorf("pages do what they must not:\n%s", strings.Join(found, "\n"))
		}
		if t.Failed() || tab.Reset("") != nil {
			tab.Close()
			return
		}
		select {
		case idle <- tab:
		default:
			tab.Close()
		}
	})
	return tab
}

// reused is a tab that is idle, or a new one.
func reused(origin string) (*chrome.Tab, error) {
	select {
	case tab := <-idle:
		return tab, tab.Reset(origin)
	default:
		return browser.Open(origin)
	}
}

// must fails the test at once if what a reader does is not possible.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// visit opens a page that is there.
func visit(t *testing.T, tab *chrome.Tab, path string) {
	t.Helper()
	status, err := tab.Go(path)
	must(t, err)
	if status != 200 {
		t.Fatalf("GET %s: status %d, want 200", path, status)
	}
}

// artifacts is where pictures of pages go; git ignores it.
func artifacts(parts ...string) string {
	return filepath.Join(append([]string{root, "artifacts", "browser"}, parts...)...)
}
