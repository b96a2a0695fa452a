package chrome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a reader waits for a page.
const patience = 20 * time.Second

// Tab is a tab of a reader who has no cookies. What it does must succeed; a page that does what it must not shows in
// Problems.
type Tab struct {
	ctx    context.Context
	origin string
	watch  *watch
	cancel context.CancelFunc
	done   chan struct{}
	clicks int
}

// Open opens a tab for the pages of an origin, such as http://127.0.0.1:8080.
func (b *Browser) Open(origin string) (*Tab, error) {
	t := &Tab{origin: origin, watch: &watch{origin: origin, dialogs: make(chan struct{}, 64)}, done: make(chan struct{})}
	t.ctx, t.cancel = chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(t.watch.hear))
	go t.closeDialogs()
	if err := chromedp.Do(t.ctx); err != nil { // see Start
		t.Close()
		return nil, fmt.Errorf("open a tab: %w", err)
	}
	err := t.do(
		call(audits.Enable, cdp.Empty{}),
		call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}), // beside other tabs
		call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: canary}),
	)
	if err == nil {
		err = t.Viewport(1280)
	}
	if err != nil {
		t.Close()
		return nil, fmt.Errorf("open a tab: %w", err)
	}
	return t, nil
}

// Reset makes the tab what Open makes, for the pages of an origin. It cannot undo BypassPolicy and Header.
func (t *Tab) Reset(origin string) error {
	err := t.do(call(page.Navigate, page.NavigateParams{URL: "about:blank"}))
	if err != nil {
		return err
	}
	t.watch.reset(origin)
	t.origin, t.clicks = origin, 0
	return errors.Join(t.Scripts(true), t.media("", ""), t.Viewport(1280))
}

// Close closes the tab.
func (t *Tab) Close() {
	close(t.done)
	t.cancel()
}

// closeDialogs closes each dialog, so that the page goes on.
func (t *Tab) closeDialogs() {
	for {
		select {
		case <-t.done:
			return
		case <-t.watch.dialogs:
			_ = t.do(call(page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})) // it is gone if that fails
		}
	}
}

func (t *Tab) do(steps ...chromedp.Action[chromedp.Void]) error {
	return within(t.ctx, patience, func(ctx context.Context) error { return chromedp.Do(ctx, steps...) })
}

// Go opens a path and returns the status of the answer.
func (t *Tab) Go(path string) (status int, err error) {
	err = within(t.ctx, patience, func(ctx context.Context) error {
		answer, err := chromedp.Run(ctx, chromedp.NavigateResponse(t.origin+path))
		if answer != nil {
			status = int(answer.Status)
		}
		return err
	})
	if err != nil {
		return status, fmt.Errorf("open %s: %w", path, err)
	}
	return status, nil
}

// follow does what leads to another page, and waits for it.
func (t *Tab) follow(what string, steps ...chromedp.Action[chromedp.Void]) error {
	err := within(t.ctx, patience, func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, steps...)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	t.clicks++
	return nil
}

// find marks the first visible link or button whose text, or name for those who cannot see, is or begins with a text,
// within what a selector picks.
const find = `((scope, text) => {
	const name = e => (e.getAttribute("aria-label") || e.textContent || e.value || "").trim().replace(/\s+/g, " ");
	const seen = e => e.getClientRects().length > 0 && (!e.checkVisibility || e.checkVisibility());
	const all = [...document.querySelectorAll(scope)].flatMap(s => [...s.querySelectorAll("a[href], button, summary, input[type=submit]")]).filter(seen);
	const e = all.find(e => name(e) === text) || all.find(e => name(e).startsWith(text)) || all.find(e => name(e).includes(text));
	document.querySelectorAll("[data-found]").forEach(e => e.removeAttribute("data-found"));
	if (!e) return "none of: " + all.map(name).slice(0, 60).join(" | ");
	e.setAttribute("data-found", "");
	return "";
})(%s, %s)`

func (t *Tab) find(scope, text string) error {
	missing, err := Eval[string](t, fmt.Sprintf(find, Quote(scope), Quote(text)))
	if err == nil && missing != "" {
		err = fmt.Errorf("find %q in %s: %s", text, scope, missing)
	}
	return err
}

// Click follows the link, or presses the button, with a text, and waits for the page that it leads to.
func (t *Tab) Click(text string) error { return t.ClickIn("body", text) }

// ClickIn is Click within what a selector picks.
func (t *Tab) ClickIn(scope, text string) error {
	if err := t.find(scope, text); err != nil {
		return err
	}
	return t.follow("click on "+text, chromedp.Click(chromedp.CSS("[data-found]"), chromedp.NodeVisible))
}

// Toggle clicks on what changes the page in place, such as a summary.
func (t *Tab) Toggle(text string) error {
	if err := t.find("body", text); err != nil {
		return err
	}
	return t.do(chromedp.Click(chromedp.CSS("[data-found]"), chromedp.NodeVisible))
}

// Clicks counts how often a page was left by a click or by a form since the tab was opened.
func (t *Tab) Clicks() int { return t.clicks }

// Submit types a text into a field and presses Enter.
func (t *Tab) Submit(field, text string) error {
	if err := t.Type(field, text); err != nil {
		return err
	}
	return t.follow("submit "+field, chromedp.KeyEvent(kb.Enter))
}

// Type replaces the text of a field as the keyboard does.
func (t *Tab) Type(field, text string) error {
	if err := t.do(chromedp.Clear(chromedp.CSS(field), chromedp.NodeVisible), chromedp.SendKeys(chromedp.CSS(field), text)); err != nil {
		return fmt.Errorf("type into %s: %w", field, err)
	}
	return nil
}

// Press presses keys where the focus is.
func (t *Tab) Press(keys string) error { return t.do(chromedp.KeyEvent(keys)) }

// PressAndFollow presses a key that leads to another page.
func (t *Tab) PressAndFollow(keys string) error {
	return t.follow("press a key", chromedp.KeyEvent(keys))
}

// Back goes back, as the browser's button does.
func (t *Tab) Back() error {
	before, err := t.Path()
	if err != nil {
		return err
	}
	if _, err := Eval[bool](t, `history.back(), true`); err != nil {
		return err
	}
	// There may be no load: a page that was kept is shown again at once.
	return t.Await(patience, `document.readyState === "complete" && location.pathname + location.search + location.hash !== `+Quote(before))
}

// Path is the address without the origin.
func (t *Tab) Path() (string, error) {
	return Eval[string](t, `location.pathname + location.search + location.hash`)
}

// Text is what a reader sees of the first element that a selector picks.
func (t *Tab) Text(selector string) (string, error) {
	return Eval[string](t, fmt.Sprintf(`(e => e ? e.innerText : "")(document.querySelector(%s))`, Quote(selector)))
}

// Count counts what a selector picks.
func (t *Tab) Count(selector string) (int, error) {
	return Eval[int](t, fmt.Sprintf(`document.querySelectorAll(%s).length`, Quote(selector)))
}

// Eval evaluates an expression in the page, whether it may run scripts of its own or not.
func Eval[T any](t *Tab, expression string) (out T, err error) {
	err = within(t.ctx, patience, func(ctx context.Context) (err error) {
		out, err = chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
		return err
	})
	if err != nil {
		return out, fmt.Errorf("evaluate %.60s: %w", expression, err)
	}
	return out, nil
}

// Await looks until an expression is true, without a reload.
func (t *Tab) Await(most time.Duration, expression string) error {
	for deadline := time.Now().Add(most); ; time.Sleep(20 * time.Millisecond) {
		yes, err := Eval[bool](t, expression)
		if yes || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not after %s: %s", most, expression)
		}
	}
}

// Viewport makes the page so many pixels wide.
func (t *Tab) Viewport(width int64) error {
	height := int64(900)
	if width < 600 {
		height = 844
	}
	return t.do(chromedp.EmulateViewport(width, height))
}

// Scripts says whether pages may run scripts.
func (t *Tab) Scripts(on bool) error {
	return t.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}))
}

// Dark says which theme the system asks for.
func (t *Tab) Dark(on bool) error {
	scheme := "light"
	if on {
		scheme = "dark"
	}
	return t.media("", scheme)
}

// Printed shows the page as it is printed.
func (t *Tab) Printed(on bool) error {
	if on {
		return t.media("print", "light")
	}
	return t.media("", "light")
}

func (t *Tab) media(media, scheme string) error {
	return t.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: media, Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		},
	}))
}

// BypassPolicy has the browser ignore the Content-Security-Policy from the next page on, so that a script that should not be
// there runs, and shows.
func (t *Tab) BypassPolicy() error {
	return t.do(call(page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true}))
}

// Header sends a header with every request.
func (t *Tab) Header(name, value string) error {
	return t.do(call(setHeaders, map[string]map[string]string{"headers": {name: value}}))
}

// Screenshot saves what the whole page looks like, as a PNG.
func (t *Tab) Screenshot(file string) error {
	return within(t.ctx, patience, func(ctx context.Context) error {
		image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			return fmt.Errorf("take a screenshot: %w", err)
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, image, 0o644)
	})
}

// Print makes a PDF of the page, of the size that its style asks for.
func (t *Tab) Print() (pdf []byte, err error) {
	err = within(t.ctx, patience, func(ctx context.Context) (err error) {
		pdf, err = chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), asStyled))
		return err
	})
	return pdf, err
}

// Excuse says which problems are meant: those that hold one of the texts.
func (t *Tab) Excuse(texts ...string) {
	t.watch.mu.Lock()
	defer t.watch.mu.Unlock()
	t.watch.excused = append(t.watch.excused, texts...)
}

// Requests counts the requests so far.
func (t *Tab) Requests() int {
	t.watch.mu.Lock()
	defer t.watch.mu.Unlock()
	return t.watch.requests
}

// Problems are what pages did since the last call that they must not do: requests to others, dialogs, errors, scripts
// that ran or that the policy stopped.
func (t *Tab) Problems() []string {
	// Whatever the page has set off is told before this is answered.
	if _, err := Eval[bool](t, `true`); err != nil {
		t.watch.note("the page does not answer: %v", err)
	}
	return t.watch.take()
}

// Quote writes a text as a string of JavaScript.
func Quote(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err) // every string can be encoded
	}
	return strings.ReplaceAll(string(out), "\u2028", `\u2028`)
}

// asStyled takes the size of the paper from the page's style.
func asStyled(p *page.PrintToPDFParams) {
	yes := true
	p.PreferCSSPageSize = &yes
}
