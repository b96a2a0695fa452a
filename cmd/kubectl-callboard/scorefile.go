package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// card is a Scorecard, ready to judge.
type card struct {
	*catalog.Scorecard
	compiled *scorecard.Compiled
}

// cards reads the Scorecards that are asked for, and opens the catalog: those of a file, if one is named, before anything
// is asked of the cluster.
func (p *plugin) cards(ctx context.Context, f scoreFlags) ([]card, lister, error) {
	if f.file != "" {
		cards, err := p.readCards(f.file, f.scorecard)
		if err != nil {
			return nil, nil, err
		}
		l, err := p.connect()
		return cards, l, err
	}
	l, err := p.connect()
	if err != nil {
		return nil, nil, err
	}
	cards, err := clusterCards(ctx, l)
	if err != nil {
		return nil, nil, err
	}
	if len(cards) == 0 {
		return nil, nil, errors.New("the cluster has no Scorecard: apply one, or name a file with -f where the command takes one")
	}
	cards, err = named(cards, f.scorecard)
	return cards, l, err
}

// clusterCards reads the Scorecards of the cluster, by name. What cannot be compiled in one is an Error of its check.
func clusterCards(ctx context.Context, l lister) ([]card, error) {
	all, err := typed[catalog.Scorecard](ctx, l, scorecardsResource, "")
	name := scorecardsResource.GroupResource().String()
	switch {
	case apierrors.IsForbidden(err):
		return nil, fmt.Errorf("you need the verb list on %s: %w", name, err)
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("the cluster does not know %s: Callboard is not installed there, or too old: %w", name, err)
	case err != nil:
		return nil, fmt.Errorf("list %s: %w", name, err)
	}
	slices.SortFunc(all, func(a, b *catalog.Scorecard) int { return strings.Compare(a.Name, b.Name) })
	cards := make([]card, len(all))
	for i, sc := range all {
		compiled, _ := scorecard.Compile(sc, scorecard.Stored)
		cards[i] = card{sc, compiled}
	}
	return cards, nil
}

// named is the Scorecard of a name, or all if there is no name.
func named(cards []card, name string) ([]card, error) {
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
	return nil, fmt.Errorf("there is no Scorecard %s; there is %s", name, enumerate(names))
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
	if cards, err = named(cards, name); err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	return cards, nil
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
