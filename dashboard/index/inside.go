package index

import (
	"slices"
	"strings"
	"sync"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
)

// maxWaiting is how many bytes of definitions wait to be parsed, before who shows more has to wait himself.
const maxWaiting = 32 << 20

// definitionOf is what is known of the definition of an API.
type definitionOf struct {
	edition   edition // of the spec that it stands in
	elsewhere string  // the ConfigMap and key, if it does not stand in the spec
	sum       uint64  // of the text, if it stands elsewhere
	ticket    uint64  // of the job that parses it; 0 if none does
	packed    string  // its terms
}

// job is a definition to be parsed.
type job struct {
	ref           relation.Ref
	ticket        uint64
	apiType, text string
}

// follow sees to it that the definition of an API is parsed, if it is another than before.
func (s *state) follow(at slot, r *record) {
	d, src := s.definitions[at], r.definition
	switch {
	case r.ref.Kind != relation.API, d == nil && src.text == "" && src.elsewhere == "":
	case src.text == "" && src.elsewhere == "":
		s.setTerms(at, "", nil)
		delete(s.definitions, at)
	case src.text != "":
		if d != nil && d.elsewhere == "" && d.edition == r.edition && r.edition.uid != "" {
			return
		}
		if d == nil {
			d = &definitionOf{}
			s.definitions[at] = d
		}
		d.edition, d.elsewhere = r.edition, ""
		s.schedule(d, r.ref, src.apiType, src.text)
	case d == nil:
		s.definitions[at] = &definitionOf{elsewhere: src.elsewhere}
	case d.elsewhere != src.elsewhere:
		s.setTerms(at, "", nil)
		*d = definitionOf{elsewhere: src.elsewhere}
	}
}

func (s *state) schedule(d *definitionOf, ref relation.Ref, apiType, text string) {
	s.tickets++
	d.ticket = s.tickets
	s.jobs = append(s.jobs, job{ref, d.ticket, apiType, text})
}

// define is told the text of a definition that stands elsewhere.
func (s *state) define(ref relation.Ref, apiType, text string, sum uint64) {
	at, _ := s.find(ref)
	d := s.definitions[at]
	if d == nil || s.ref(at) != ref || d.elsewhere == "" || d.sum == sum {
		return
	}
	d.sum = sum
	s.schedule(d, ref, apiType, text)
}

// parsed enters the terms of a definition, unless there is a newer one meanwhile.
func (s *state) parsed(j *job, packed string, words map[string]uint8) (changed bool) {
	at, found := s.find(j.ref)
	if d := s.definitions[at]; found && d != nil && d.ticket == j.ticket {
		d.ticket = 0
		return s.setTerms(at, packed, words)
	}
	return false
}

func (s *state) setTerms(at slot, packed string, words map[string]uint8) (changed bool) {
	d := s.definitions[at]
	if d == nil || d.packed == packed {
		return false
	}
	s.inside.change(at, wordsIn(d.packed), words)
	d.packed = packed
	s.unsettled = true
	return true
}

// termKinds are the kinds of terms, in the order in which they are preferred where several match.
var termKinds = []definition.TermKind{
	definition.TermOperation, definition.TermService, definition.TermPath, definition.TermChannel, definition.TermMessage,
	definition.TermType, definition.TermField, definition.TermSummary,
}

// anchorMark stands before an anchor; a kind before any other text.
const anchorMark = 'A'

// pack puts terms together: each anchor once, before its texts.
func pack(terms []definition.Term) string {
	var b strings.Builder
	anchor := ""
	for _, t := range terms {
		if t.Anchor != anchor {
			anchor = t.Anchor
			b.WriteByte(anchorMark)
			b.WriteString(clean(anchor) + mark)
		}
		b.WriteByte(byte('0' + slices.Index(termKinds, t.Kind)))
		b.WriteString(clean(t.Text) + mark)
	}
	return strings.Clone(b.String())
}

// eachTerm visits what was packed. The kind is its place in termKinds.
func eachTerm(packed string, visit func(kind int, text, anchor string)) {
	anchor := ""
	for len(packed) > 0 {
		text, rest, _ := strings.Cut(packed[1:], mark)
		if packed[0] == anchorMark {
			anchor = text
		} else {
			visit(int(packed[0]-'0'), text, anchor)
		}
		packed = rest
	}
}

// wordsIn are the words of the terms of a definition.
func wordsIn(packed string) map[string]uint8 {
	out := map[string]uint8{}
	eachTerm(packed, func(_ int, text, _ string) {
		words(text, func(w string) { out[w] = 1 << inside })
	})
	return out
}

// parser parses definitions one after the other, and nobody waits for it.
type parser struct {
	mu      sync.Mutex
	jobs    []job
	bytes   int
	running bool
	less    *sync.Cond // is told when a job is done
	done    func(j *job, packed string, words map[string]uint8)
}

func newParser(done func(*job, string, map[string]uint8)) *parser {
	p := &parser{done: done}
	p.less = sync.NewCond(&p.mu)
	return p
}

func (p *parser) add(jobs []job) {
	if len(jobs) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, j := range jobs {
		p.bytes += len(j.text)
	}
	p.jobs = append(p.jobs, jobs...)
	if !p.running {
		p.running = true
		go p.run()
	}
}

// wait returns when at most so many bytes wait to be parsed, and none is being parsed if that is 0.
func (p *parser) wait(most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.bytes > most || most == 0 && p.running {
		p.less.Wait()
	}
}

func (p *parser) run() {
	for {
		j, ok := p.take()
		if !ok {
			return
		}
		terms, err := definition.Terms(j.apiType, j.text)
		if err != nil {
			terms = nil // the API's status says what is wrong
		}
		packed := pack(terms)
		p.done(&j, packed, wordsIn(packed))
		p.mu.Lock()
		p.bytes -= len(j.text)
		p.mu.Unlock()
		p.less.Broadcast()
	}
}

func (p *parser) take() (job, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.jobs) == 0 {
		p.jobs, p.running = nil, false
		p.less.Broadcast()
		return job{}, false
	}
	j := p.jobs[0]
	p.jobs[0] = job{}
	p.jobs = p.jobs[1:]
	return j, true
}
