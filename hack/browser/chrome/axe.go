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

// Rules are some of axe-core's, as it wants them.
type Rules string

// AllRules are WCAG 2.2 up to AA, and what is good practice beside it. RulesOfLooks are those that width and theme decide.
const (
	AllRules     Rules = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]`
	RulesOfLooks Rules = `{type: "rule", values: ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable", "label-title-only", "region", "skip-link", "heading-order", "aria-hidden-focus", "nested-interactive", "td-headers-attr"]}`
)

const run = `axe.run(document, {resultTypes: ["violations"], runOnly: %s})
	.then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(" ") + " " + n.html)}))))`

// Violations are what axe-core finds wrong with the page as it is shown now, by some rules.
func (a Axe) Violations(t *Tab, rules Rules) ([]string, error) {
	if _, err := Eval[bool](t, string(a)+"\n;true"); err != nil {
		return nil, fmt.Errorf("load axe-core: %w", err)
	}
	text, err := Eval[string](t, fmt.Sprintf(run, rules))
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
