package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// output is how an answer is printed.
type output string

// The outputs.
const (
	outputText output = ""
	outputWide output = "wide"
	outputJSON output = "json"
	outputYAML output = "yaml"
)

// String implements pflag.Value.
func (o *output) String() string { return string(*o) }

// Type implements pflag.Value.
func (*output) Type() string { return "string" }

// Set implements pflag.Value.
func (o *output) Set(text string) error {
	switch v := output(text); v {
	case outputWide, outputJSON, outputYAML:
		*o = v
		return nil
	}
	return fmt.Errorf("unknown output %q: use json, yaml or wide", text)
}

func (p *plugin) addOutput(c *cobra.Command) {
	c.Flags().VarP(&p.output, "output", "o", "Output format. One of: (json, yaml, wide).")
}

// answer is what a command prints: its text, or its fields in a format for programs.
type answer interface {
	text(w io.Writer, wide bool)
}

func (p *plugin) print(a answer) error {
	var text []byte
	var err error
	switch p.output {
	case outputJSON:
		text, err = marshalJSON(a)
	case outputYAML:
		text, err = yaml.Marshal(a)
	default:
		var b strings.Builder
		a.text(&b, p.output == outputWide)
		text = []byte(b.String())
	}
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	if _, err := p.streams.Out.Write(text); err != nil {
		return fmt.Errorf("print the answer: %w", err)
	}
	return nil
}

func marshalJSON(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "    ")
	err := e.Encode(v)
	return []byte(b.String()), err
}

// table prints rows in columns; the first row is the header.
func table(w io.Writer, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	_ = t.Flush() // into a builder
}

// printNotes prints what the reader should know about an answer, below it.
func printNotes(w io.Writer, notes []string) {
	for _, n := range notes {
		fmt.Fprintf(w, "\nNote: %s\n", n)
	}
}

// orNone is the text of a cell that may be empty.
func orNone(text string) string {
	if text == "" {
		return "<none>"
	}
	return text
}
