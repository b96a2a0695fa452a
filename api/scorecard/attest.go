package scorecard

import (
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// attest converts the attestations that count now, and notes when the first of them ceases to.
func (s *Subject) attest() ref.Val {
	if len(s.input.Attestations) == 0 {
		return noAttestations
	}
	best := map[string]*Attestation{}
	for i := range s.input.Attestations {
		a := &s.input.Attestations[i]
		if !s.input.Now.Before(a.ValidUntil) {
			continue
		}
		if b := best[a.Question]; b == nil || a.outlasts(b) {
			best[a.Question] = a
		}
	}
	all := &object{}
	for question, a := range best {
		all.fields = append(all.fields, entry{question, a.val()})
		if s.until.IsZero() || a.ValidUntil.Before(s.until) {
			s.until = a.ValidUntil
		}
	}
	all.sort()
	return &told{name: attestations, all: all}
}

const attestations = "attestations"

var noAttestations = &told{name: attestations, all: &object{}}

// outlasts says which of two answers to one question counts.
func (a *Attestation) outlasts(b *Attestation) bool {
	return a.ValidUntil.After(b.ValidUntil) || a.ValidUntil.Equal(b.ValidUntil) && strings.Compare(a.Name, b.Name) < 0
}

// val has the fields of attestationView.
func (a *Attestation) val() ref.Val {
	fields := []entry{{"validUntil", types.Timestamp{Time: a.ValidUntil.UTC()}}}
	for _, f := range []struct{ name, text string }{
		{"answer", a.Answer}, {"comment", a.Comment}, {"evidence", a.Evidence}, {"reviewedBy", a.ReviewedBy},
	} {
		if f.text != "" {
			fields = append(fields, entry{f.name, types.String(f.text)})
		}
	}
	return newObject(true, fields...)
}
