package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	gojson "encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"sigs.k8s.io/json"
)

// sha256Field is the field that the digest is not over.
const sha256Field = "sha256"

// sign enters the digest over all else.
func (a *auditAnswer) sign() error {
	a.SHA256 = ""
	text, err := gojson.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode the audit: %w", err)
	}
	var plain map[string]any
	if err := json.UnmarshalCaseSensitivePreserveInts(text, &plain); err != nil {
		return fmt.Errorf("encode the audit: %w", err)
	}
	a.SHA256, err = digest(plain)
	return err
}

// digest is the SHA-256 over the canonical JSON of an audit without the field sha256.
func digest(audit map[string]any) (string, error) {
	audit = maps.Clone(audit)
	delete(audit, sha256Field)
	var b bytes.Buffer
	if err := canonical(&b, audit); err != nil {
		return "", err
	}
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

// canonical writes JSON as RFC 8785 has it: no spaces, the fields in order, texts with no escape that is not needed. The
// names of fields are ASCII, and there are no fractions.
func canonical(b *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case string:
		canonicalText(b, v)
	case []any:
		b.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := canonical(b, e); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	case map[string]any:
		return canonicalFields(b, v)
	default:
		return fmt.Errorf("an audit holds no %v: it is none, or it was changed", v)
	}
	return nil
}

func canonicalFields(b *bytes.Buffer, fields map[string]any) error {
	b.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			b.WriteByte(',')
		}
		canonicalText(b, name)
		b.WriteByte(':')
		if err := canonical(b, fields[name]); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

var shortEscapes = map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`}

func canonicalText(b *bytes.Buffer, text string) {
	b.WriteByte('"')
	for _, r := range text {
		switch short, ok := shortEscapes[r]; {
		case ok:
			b.WriteString(short)
		case r < ' ':
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

func (p *plugin) auditVerify() *cobra.Command {
	var want string
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Say whether an audit in JSON is as it was printed",
		Long: `Say whether an audit is as audit -o json printed it: the SHA-256 is computed again over all but itself. No cluster is
asked. FILE may be - for the standard input.

A digest shows that nothing was changed by mistake, or by who did not compute it anew. Keep it where the file is not,
such as in a ticket, and pass it with --sha256 to be sure of more.

The exit code is 0 if it is, 1 if it is not, and 2 if the file is no audit.`,
		Example: `  kubectl callboard audit verify soc2.json

  # Against the digest that stands in the ticket
  kubectl callboard audit verify soc2.json --sha256 5a1c0f…`,
		Args: arguments("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return p.runAuditVerify(args[0], want) },
	}
	c.Flags().StringVar(&want, sha256Field, "", "The digest that the audit must have.")
	return c
}

func (p *plugin) runAuditVerify(file, want string) error {
	text, err := p.readAll(file)
	if err != nil {
		return fmt.Errorf("read the audit: %w", err)
	}
	audit, err := decodeAudit(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	got, err := digest(audit)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	told, ok := audit[sha256Field].(string)
	switch {
	case !ok:
		return fmt.Errorf("%s: the field sha256 is missing: it is no audit that this command printed", file)
	case got != told:
		fmt.Fprintf(p.streams.Out, "changed: the SHA-256 of what the audit holds is %s, and the audit says %s\n", got, told)
		return errNo
	case want != "" && got != want:
		fmt.Fprintf(p.streams.Out, "another: the SHA-256 of the audit is %s, and not %s\n", got, want)
		return errNo
	}
	fmt.Fprintf(p.streams.Out, "verified: the SHA-256 of the audit at %v is %s\n", audit["at"], got)
	return nil
}

func (p *plugin) readAll(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(p.streams.In)
	}
	return os.ReadFile(file)
}

// decodeAudit reads an audit. A field that stands there twice is an error: readers would not agree on what it says.
func decodeAudit(text []byte) (map[string]any, error) {
	var audit map[string]any
	twice, err := json.UnmarshalStrict(text, &audit, json.DisallowDuplicateFields)
	if err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	if err := errors.Join(twice...); err != nil {
		return nil, err
	}
	if format, ok := audit["format"].(string); !ok || format != auditFormat {
		return nil, fmt.Errorf("the field format is %v, and not %s: it is no audit, or of another version", audit["format"], auditFormat)
	}
	return audit, nil
}
