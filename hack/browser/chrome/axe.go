package chrome

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Axe is the source of axe-core, which judges whether everybody can use a page.
type Axe string

// LoadAxe reads it from the folder that setup.sh prints.
func LoadAxe(modules string) (Axe, error) {
	text, err := os.ReadFile(filepath.Join(modules, "axe-core", "axe.min.js"))
	if err != nil {
		return "", fmt.Errorf("read axe-core: %w", err)
	}
	return Axe(text), nil
}

// run holds the rules that are held: WCAG 2.2 up to AA, and what is good practice beside it.
const run = `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
	.then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(" ") + " " + n.html)}))))`

// Violations are what axe-core finds wrong with the page as it is shown now.
func (a Axe) Violations(t *Tab) ([]string, error) {
	if _, err := Eval[bool](t, string(a)+"\n;true"); err != nil {
		return nil, fmt.Errorf("load axe-core: %w", err)
	}
	text, err := Eval[string](t, run)
	if err != nil {
		return nil, fmt.Errorf("run axe-core: %w", err)
	}
	var found []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, fmt.Errorf("read what axe-core says: %w", err)
	}
	var out []string
	for _, v := range found {
		nodes := v.Nodes[:min(len(v.Nodes), 3)]
		out = append(out, fmt.Sprintf("%s: %s (%d): %.500s", v.ID, v.Help, len(v.Nodes), strings.Join(nodes, "; ")))
	}
	return out, nil
}
