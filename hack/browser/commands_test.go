package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCommands pastes what pages say that kubectl answers alike into a shell, one of each form. What changes anything is
// left out.
func TestCommands(t *testing.T) {
	if live == nil {
		t.Skip("there is no API server on the stage")
	}
	folder := plugin(t)
	for form, c := range commands(t) {
		t.Run(form, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			shell := exec.CommandContext(ctx, "bash", "-c", c.text)
			shell.Env = append(os.Environ(), "KUBECONFIG="+live.Kubeconfig(), "PATH="+folder+":"+live.Assets()+":"+os.Getenv("PATH"))
			out, err := shell.CombinedOutput()
			switch refused := strings.HasPrefix(c.text, "kubectl callboard can-use") && bytes.HasPrefix(out, []byte("no: ")); {
			case refused: // that is the answer
			case strings.HasPrefix(c.text, "kubectl logs") && bytes.Contains(out, []byte("10250")): // nodes are made up, and have no logs
			case err != nil || len(bytes.TrimSpace(out)) == 0:
				t.Errorf("%s says to run\n%s\nwhich fails: %v\n%s", c.page, c.text, err, out)
			}
		})
	}
}

// command is what a page says to run.
type command struct{ page, text string }

var (
	commandOf = regexp.MustCompile(`(?s)<div class="cmd"><code>(.*?)</code>`)
	// named are the words of a command that name something: commands that differ in these alone are of one form.
	named = regexp.MustCompile(`^[a-z]+(/[-.a-z0-9]+)+$|=.*|^[-.a-z0-9]*[0-9-][-.a-z0-9]*$`)
)

// commands are those of all pages of the shops, one of each form.
func commands(t *testing.T) map[string]command {
	t.Helper()
	out := map[string]command{}
	for _, page := range everyAddress(t) {
		for _, found := range commandOf.FindAllStringSubmatch(body(t, page, "text/html"), -1) {
			text := html.UnescapeString(found[1])
			words := strings.Fields(text)
			if len(words) > 1 && slices.Contains([]string{"apply", "edit"}, words[1]) {
				continue
			}
			for i, w := range words {
				if named.MatchString(w) && !strings.HasPrefix(w, "--") {
					words[i] = "NAME"
				}
				if name, _, ok := strings.Cut(w, "="); ok {
					words[i] = name
				}
			}
			if form := strings.Join(words, " "); out[form] == (command{}) {
				out[form] = command{page, text}
			}
		}
	}
	if len(out) < 30 {
		t.Errorf("pages have %d forms of commands: too few to tell anything", len(out))
	}
	return out
}

// everyAddress are lists, filters, the score board and the pages of all entities.
func everyAddress(t *testing.T) []string {
	t.Helper()
	out := []string{
		"/", "/catalog", "/components", "/apis", "/systems", "/domains", "/resources", "/groups", "/users", "/search?q=cart&kind=api",
		"/components?owner=group:checkout-team&lifecycle=production&type=service&system=system:sock-shop/sock-shop", "/apis?visibility=Public",
		"/components?namespace=sock-shop", "/scores", "/scores?owner=group:checkout-team", "/scores?system=system:sock-shop/sock-shop",
		"/scores/production-readiness", "/scores/production-readiness?owner=group:checkout-team", "/scorecards/production-readiness",
	}
	for _, page := range []string{"/catalog?page=1", "/catalog?page=2"} {
		var list struct {
			View struct{ Rows []struct{ URL string } }
		}
		if err := json.Unmarshal([]byte(body(t, page, "application/json")), &list); err != nil {
			t.Fatal(err)
		}
		for _, row := range list.View.Rows {
			out = append(out, row.URL)
			if strings.HasPrefix(row.URL, "/apis/") {
				out = append(out, row.URL+"/reference")
			}
		}
	}
	return out
}

// body is what a page answers.
func body(t *testing.T, page, accept string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site+page, nil)
	must(t, err)
	r.Header.Set("Accept", accept)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer func() { _ = answer.Body.Close() }() // it has been read
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d", page, answer.StatusCode)
	}
	return string(text)
}

// plugin builds kubectl's plugin, and returns the folder that it is in.
func plugin(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(folder, "kubectl-callboard"), "./cmd/kubectl-callboard")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the plugin: %v\n%s", err, out)
	}
	return folder
}
