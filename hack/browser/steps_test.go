package browser

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/hack/browser/chrome"
)

// step is one thing that a reader does or looks for.
type step func(t *testing.T, tab *chrome.Tab)

// opened opens a path.
func opened(path string) step { return func(t *testing.T, tab *chrome.Tab) { visit(t, tab, path) } }

// refused opens a path, which is answered with a status.
func refused(path string, want int) step {
	return func(t *testing.T, tab *chrome.Tab) {
		tab.Excuse(fmt.Sprintf("the server responded with a status of %d", want))
		if got, err := tab.Go(path); err != nil || got != want {
			t.Fatalf("GET %s: status %d, %v, want %d", path, got, err, want)
		}
	}
}

// click follows a link, or presses a button, by its text.
func click(text string) step {
	return func(t *testing.T, tab *chrome.Tab) { must(t, tab.ClickIn("body", text)) }
}

// clickIn is click within what a selector picks.
func clickIn(scope, text string) step {
	return func(t *testing.T, tab *chrome.Tab) { must(t, tab.ClickIn(scope, text)) }
}

// toggle opens or closes what a summary sums up.
func toggle(text string) step {
	return func(t *testing.T, tab *chrome.Tab) { must(t, tab.Toggle(text)) }
}

// submit types into a field and presses Enter.
func submit(field, text string) step {
	return func(t *testing.T, tab *chrome.Tab) { must(t, tab.Submit(field, text)) }
}

// chosen chooses a value of a list.
func chosen(list, value string) step {
	return func(t *testing.T, tab *chrome.Tab) {
		must(t, tab.Await(time.Second, `(e => { e.value = `+chrome.Quote(value)+`; return e.value === `+chrome.Quote(value)+` })(document.querySelector(`+chrome.Quote(list)+`))`))
	}
}

// back presses the browser's button.
func back() step { return func(t *testing.T, tab *chrome.Tab) { must(t, tab.Back()) } }

// at holds that the address begins like that.
func at(prefix string) step {
	return func(t *testing.T, tab *chrome.Tab) {
		if got, err := tab.Path(); err != nil || !strings.HasPrefix(got, prefix) {
			t.Fatalf("at %s, %v, want %s", got, err, prefix)
		}
	}
}

// see holds that what a selector picks shows all texts, soon.
func see(selector string, texts ...string) step {
	return func(t *testing.T, tab *chrome.Tab) {
		t.Helper()
		for deadline := time.Now().Add(soon); ; time.Sleep(20 * time.Millisecond) {
			got, err := tab.Text(selector)
			must(t, err)
			lacks := slices.IndexFunc(texts, func(want string) bool { return !strings.Contains(strings.ToLower(got), strings.ToLower(want)) })
			if lacks < 0 {
				return
			}
			if time.Now().After(deadline) {
				path, _ := tab.Path() // it only says where
				t.Fatalf("%s: %s shows %.1500q, want %q in it", path, selector, got, texts[lacks])
			}
		}
	}
}

// soon is how long a page may take to show what it was asked for.
const soon = 3 * time.Second

// unseen holds that what a selector picks shows none of the texts.
func unseen(selector string, texts ...string) step {
	return func(t *testing.T, tab *chrome.Tab) {
		t.Helper()
		got, err := tab.Text(selector)
		must(t, err)
		for _, not := range texts {
			if strings.Contains(got, not) {
				t.Fatalf("%s shows %.1500q, and must not show %q", selector, got, not)
			}
		}
	}
}

// count holds that a selector picks so many.
func count(selector string, least, most int) step {
	return func(t *testing.T, tab *chrome.Tab) {
		t.Helper()
		if got, err := tab.Count(selector); err != nil || got < least || got > most {
			t.Fatalf("%d of %s, %v, want %d to %d", got, selector, err, least, most)
		}
	}
}

// within holds that it took so many clicks at most so far.
func within(most int) step {
	return func(t *testing.T, tab *chrome.Tab) {
		if got := tab.Clicks(); got > most {
			t.Fatalf("%d clicks, want %d at most", got, most)
		}
	}
}

// shared opens the address in a new tab: another reader sees the same.
func shared(steps ...step) step {
	return func(t *testing.T, tab *chrome.Tab) {
		path, err := tab.Path()
		must(t, err)
		other := open(t, site)
		visit(t, other, path)
		for _, s := range steps {
			s(t, other)
		}
	}
}

// downloads holds that a link leads to a file of a type that holds all texts.
func downloads(selector, contentType string, texts ...string) step {
	return func(t *testing.T, tab *chrome.Tab) {
		t.Helper()
		address, err := chrome.Eval[string](tab, `(e => e ? e.href : "")(document.querySelector(`+chrome.Quote(selector)+`))`)
		must(t, err)
		if address == "" {
			t.Fatalf("no %s on the page", selector)
		}
		answer, err := http.Get(address)
		must(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		must(t, err)
		if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.HasPrefix(got, contentType) {
			t.Fatalf("GET %s: %s, %s, want %s", address, answer.Status, got, contentType)
		}
		for _, want := range texts {
			if !strings.Contains(string(body), want) {
				t.Errorf("GET %s: %q is missing in %.500s", address, want, body)
			}
		}
	}
}

// pressed presses keys where the focus is.
func pressed(keys string) step {
	return func(t *testing.T, tab *chrome.Tab) { must(t, tab.Press(keys)) }
}

// entered presses Enter where the focus is, and waits for the page.
func entered() step {
	return func(t *testing.T, tab *chrome.Tab) { must(t, tab.PressAndFollow("\r")) }
}

// tabs is how often somebody presses the Tab key who knows where he wants to go.
const tabs = 200

// focused walks with the Tab key until what has the focus shows a text.
func focused(text string) step {
	return func(t *testing.T, tab *chrome.Tab) {
		for range tabs {
			must(t, tab.Press("\t"))
			got, err := chrome.Eval[string](tab, `(e => (e.getAttribute("aria-label") || e.textContent || "").trim())(document.activeElement)`)
			must(t, err)
			if strings.HasPrefix(got, text) {
				return
			}
		}
		t.Fatalf("%q is not reached within %d presses of Tab", text, tabs)
	}
}

// holds evaluates an expression, which must be or become true within some seconds.
func holds(expression string) step {
	return func(t *testing.T, tab *chrome.Tab) { must(t, tab.Await(5*time.Second, expression)) }
}

// narrow makes the page as wide as a telephone.
func narrow() step { return func(t *testing.T, tab *chrome.Tab) { must(t, tab.Viewport(390)) } }

// printed prints the page.
func printed() step {
	return func(t *testing.T, tab *chrome.Tab) {
		must(t, tab.Printed(true))
		pdf, err := tab.Print()
		must(t, err)
		if len(pdf) < 5000 || string(pdf[:4]) != "%PDF" {
			t.Fatalf("printed %d bytes, want a PDF", len(pdf))
		}
	}
}
