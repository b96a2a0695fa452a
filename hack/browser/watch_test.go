package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/hack/browser/chrome"
)

// careless serves a page with a piece of HTML that nobody escaped, under a policy.
func careless(t *testing.T, policy, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<!doctype html><html lang=en><title>x</title><link rel=icon href=data:,><body>%s", body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestTheWatchSees proves that what the other tests look for would be found.
func TestTheWatchSees(t *testing.T) {
	const strict, none = "default-src 'none'; img-src data:", ""
	cases := map[string]struct {
		policy, body string
		bypass       bool
		want         string
	}{
		"a script that runs":                      {none, "<script>alert(1)</script>", false, "script ran: alert"},
		"a handler that runs":                     {none, "<img src=data:, onerror=callboardCanary()>", false, "script ran: callboardCanary"},
		"a script that the policy stops":          {strict, "<script>alert(1)</script>", false, "content security policy: script-src"},
		"a handler that the policy stops":         {strict, "<img src=data:, onerror=alert(1)>", false, "content security policy: script-src"},
		"a script where the policy is bypassed":   {strict, "<script>alert(1)</script>", true, "script ran: alert"},
		"a style that the policy stops":           {strict, "<p style='color:red'>x", false, "content security policy: style-src"},
		"an image from elsewhere":                 {none, "<img src=http://outside.invalid/x.png>", false, "request to another origin: http://outside.invalid/x.png"},
		"an image that the policy stops":          {strict, "<img src=http://outside.invalid/x.png>", false, "content security policy: img-src"},
		"a frame of a script":                     {none, "<iframe src='javascript:parent.alert(1)'></iframe>", false, "script ran: alert"},
		"an error on the console":                 {none, "<script>console.error('broken')</script>", false, "console: broken"},
		"an exception":                            {none, "<script>null.x</script>", false, "exception: "},
		"an import of a style sheet":              {none, "<style>@import 'http://outside.invalid/x.css'</style>", false, "request to another origin"},
		"something that is missing on the server": {none, "<img src=http://127.0.0.1:1/x.png>", false, "request to another origin"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tab, err := browser.Open(careless(t, tc.policy, tc.body))
			must(t, err)
			defer tab.Close()
			if tc.bypass {
				must(t, tab.BypassPolicy())
			}
			visit(t, tab, "/")
			if got := strings.Join(tab.Problems(), "\n"); !strings.Contains(got, tc.want) {
				t.Errorf("Problems() = %q, want %q in it", got, tc.want)
			}
		})
	}
}

func TestTheWatchIsSilentOnAGoodPage(t *testing.T) {
	tab := open(t, careless(t, "default-src 'none'; img-src data:", "<h1>Good</h1><img alt=x src=data:,><a href=http://outside.invalid/>x</a>"))
	visit(t, tab, "/")
}

func TestTheAuditSees(t *testing.T) {
	tab := open(t, careless(t, "", "<h1>Bad</h1><img src=data:,><input><p style='color:#eee;background:#fff'>hard to read"))
	visit(t, tab, "/")
	found, err := axe.Violations(tab, chrome.AllRules)
	must(t, err)
	for _, want := range []string{"image-alt", "label", "color-contrast"} {
		if !strings.Contains(strings.Join(found, "\n"), want+":") {
			t.Errorf("axe-core finds %q, want %s", found, want)
		}
	}
}

func TestScriptsCanBeOff(t *testing.T) {
	tab := open(t, careless(t, "", "<p id=x>off</p><script>document.getElementById('x').textContent = 'on'</script>"))
	for want, on := range map[string]bool{"on": true, "off": false} {
		must(t, tab.Scripts(on))
		visit(t, tab, "/")
		if got, err := tab.Text("#x"); err != nil || got != want {
			t.Errorf("scripts %v: %q, %v, want %q", on, got, err, want)
		}
	}
}
