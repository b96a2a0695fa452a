package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// card is a Scorecard of a file, ready to judge.
type card struct {
	*catalog.Scorecard
	compiled *scorecard.Compiled
}

// readCards reads the Scorecards of a file, or of the standard input if it is called -; with a name, that one alone.
func (p *plugin) readCards(file, name string) ([]card, error) {
	from, shown := p.streams.In, "standard input"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read the scorecards: %w", err)
		}
		defer func() { _ = f.Close() }() // only read
		from, shown = f, file
	}
	cards, err := decodeCards(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	if len(cards) == 0 {
		return nil, fmt.Errorf("%s: there is no Scorecard in it", shown)
	}
	if name == "" {
		return cards, nil
	}
	var names []string
	for _, c := range cards {
		if c.Name == name {
			return []card{c}, nil
		}
		names = append(names, c.Name)
	}
	return nil, fmt.Errorf("%s: there is no Scorecard %s; there is %s", shown, name, enumerate(names))
}

// decodeCards reads all documents, and says of all what is wrong.
func decodeCards(from io.Reader) ([]card, error) {
	var cards []card
	var wrong []error
	reader := utilyaml.NewYAMLReader(bufio.NewReader(from))
	for n := 1; ; n++ {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return cards, errors.Join(wrong...)
		}
		if err != nil {
			return nil, err
		}
		c, err := decodeCard(document)
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("document %d: %w", n, err))
		case c.Scorecard == nil:
		case slices.ContainsFunc(cards, func(o card) bool { return o.Name == c.Name }):
			wrong = append(wrong, fmt.Errorf("document %d: a Scorecard %s stands above already: rename one of them", n, c.Name))
		default:
			cards = append(cards, c)
		}
	}
}

// decodeCard reads a document strictly; one that holds nothing is no card.
func decodeCard(document []byte) (card, error) {
	plain, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return card{}, err
	}
	if bytes.Equal(bytes.TrimSpace(plain), []byte("null")) {
		return card{}, nil
	}
	var kind metav1.TypeMeta
	if err := json.UnmarshalCaseSensitivePreserveInts(plain, &kind); err != nil {
		return card{}, err
	}
	if kind.Kind != catalog.KindScorecard || kind.APIVersion != catalog.GroupVersion.String() {
		return card{}, fmt.Errorf("is %s %s, not %s %s", orNone(kind.APIVersion), orNone(kind.Kind), catalog.GroupVersion, catalog.KindScorecard)
	}
	sc := &catalog.Scorecard{}
	strict, err := json.UnmarshalStrict(plain, sc)
	if err != nil {
		return card{}, err
	}
	if err := errors.Join(strict...); err != nil {
		return card{}, fmt.Errorf("in Scorecard %s: %s", orNone(sc.Name), strings.ReplaceAll(err.Error(), "\n", ", "))
	}
	if sc.Name == "" {
		return card{}, errors.New("metadata.name: give the Scorecard a name")
	}
	compiled, errs := scorecard.Compile(sc, scorecard.Admission)
	if len(errs) > 0 {
		lines := make([]string, len(errs))
		for i, e := range errs {
			lines[i] = "\n  " + e.Error()
		}
		return card{}, fmt.Errorf("in Scorecard %s:%s", sc.Name, strings.Join(lines, ""))
	}
	return card{sc, compiled}, nil
}
