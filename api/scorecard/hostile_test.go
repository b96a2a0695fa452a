package scorecard_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/apitest/cputime"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The bars of a hostile check.
const (
	worstTime   = 100 * time.Millisecond
	worstMemory = 10 << 20
)

// hostile makes an expression that asks for much: loops in loops, strings and lists that grow, patterns, huge literals.
func hostile(r *rand.Rand) string {
	ints := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat("1,", n), ",") + "]" }
	word := func(n int) string { return "'" + strings.Repeat(string(rune('a'+r.IntN(26))), n) + "'" }
	n := 1 + r.IntN(40)
	switch r.IntN(16) {
	case 0: // loops in loops
		depth := 2 + r.IntN(8)
		e := "true"
		for i := range depth {
			e = fmt.Sprintf("%s.%s(v%d, %s)", ints(n), []string{"all", "exists", "exists_one"}[r.IntN(3)], i, e)
		}
		return e
	case 1: // a string that doubles
		e := word(n)
		for i := range 5 + r.IntN(20) {
			e = fmt.Sprintf("[%s].map(s%d, s%d + s%d)[0]", e, i, i, i)
		}
		return e + " == 'x'"
	case 2: // a list that doubles
		e := ints(n)
		for i := range 5 + r.IntN(20) {
			e = fmt.Sprintf("[%s].map(l%d, l%d + l%d)[0]", e, i, i, i)
		}
		return "size(" + e + ") > 0"
	case 3: // a pattern that may backtrack
		return fmt.Sprintf("%s.matches('^(%s+)+$')", word(1000), "(a|a)*"+strings.Repeat("a?", 1+r.IntN(200)))
	case 4: // a pattern that counts
		return fmt.Sprintf("(%s).matches('((a{1,%d}){1,%d}){1,%d}')", word(500), 1+r.IntN(40), 1+r.IntN(9), 1+r.IntN(3))
	case 5: // replace that grows
		e := word(n)
		for range 1 + r.IntN(20) {
			e += fmt.Sprintf(".replace(%s, %s)", word(1), word(1+r.IntN(80)))
		}
		return e + " == ''"
	case 6: // replace between the letters
		e := word(n)
		for range 1 + r.IntN(30) {
			e += ".replace('', 'ab')"
		}
		return e + " == ''"
	case 7: // a huge literal
		return word(r.IntN(1900)) + " == 'x'"
	case 8: // deep in brackets
		d := r.IntN(900)
		return strings.Repeat("(", d) + "true" + strings.Repeat(")", d)
	case 9: // deep in not
		return strings.Repeat("!", r.IntN(1900)) + "true"
	case 10: // texts of numbers
		return fmt.Sprintf("'%%.%df'.format([%d.5]) == ''", r.IntN(999_999_999), r.IntN(1000))
	case 11: // join and split
		return fmt.Sprintf("%s.map(x, %s).join(%s).split('').map(y, y + y).join('').split('').size() > 3", ints(n*5), word(n*10), word(n))
	case 12: // maps of lists
		return fmt.Sprintf("%s.map(x, %s.map(y, {x: [y, y, y]})).map(z, z + z).size() > 3", ints(n), ints(n*2))
	case 13: // flatten, sort, distinct
		return fmt.Sprintf("%s.map(x, %s).flatten().map(z, z + 1).sort().distinct().reverse().size() > 3", ints(n), ints(n*3))
	case 14: // all of an object in a loop
		return fmt.Sprintf("%s.all(x, entity.metadata.name.matches('.*' + string(x)) || %s.exists(y, workloads.all(w, w.spec.replicas > y)))", ints(n*5), ints(n*5))
	default: // sums of strings
		return strings.TrimSuffix(strings.Repeat(word(8)+"+", 1+r.IntN(180)), "+") + fmt.Sprintf(".matches('%s')", strings.Repeat(".*", 1+r.IntN(40)))
	}
}

// measure evaluates, and tells what it used: the least of three times where it is much, for the process collects garbage and
// starts goroutines of its own.
func measure(t *testing.T, c *scorecard.Compiled, s *scorecard.Subject) (result scorecard.Result, took time.Duration, grew uint64) {
	t.Helper()
	took, grew = time.Hour, 1<<40
	for try := 0; try < 3 && (took > comfort*worstTime/100 || grew > comfort*worstMemory/100); try++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := cputime.Used(t)
		result, _ = c.Evaluate(t.Context(), s)
		took = min(took, cputime.Used(t)-start)
		runtime.ReadMemStats(&after)
		grew = min(grew, after.TotalAlloc-before.TotalAlloc)
	}
	return result, took, grew
}

func TestHostileExpressionsHarmNobody(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	in := checkout(t)
	s := scorecard.NewSubject(in)
	const neighbour = "entity.spec.type == 'service' && workloads.all(w, w.spec.replicas == 3)"
	outcomes := map[catalog.CheckOutcome]int{}
	var slowest, slowestCompile time.Duration
	var largest uint64
	for i := range 1000 {
		text := hostile(r)
		start := cputime.Used(t)
		c, errs := scorecard.Compile(card(ask(neighbour, catalog.CELExpression(text), neighbour)), scorecard.Admission)
		slowestCompile = max(slowestCompile, cputime.Used(t)-start)
		result, took, grew := measure(t, c, s)
		slowest, largest = max(slowest, took), max(largest, grew)
		if took > comfort*worstTime/100 || grew > comfort*worstMemory/100 {
			t.Errorf("expression %d took %v and %d KiB: %.300s", i, took, grew>>10, text)
		}
		if a, b := result.Checks[0].Outcome, result.Checks[2].Outcome; a != catalog.OutcomePass || b != catalog.OutcomePass {
			t.Errorf("expression %d changed its neighbours to %s and %s: %.300s", i, a, b, text)
		}
		outcome := result.Checks[1].Outcome
		if outcomes[outcome]++; len(errs) > 0 && outcome != catalog.OutcomeError {
			t.Errorf("expression %d is refused (%v) and gives %s: %.300s", i, errs.ToAggregate(), outcome, text)
		}
	}
	t.Logf("slowest %v (compiling %v), most memory %d KiB, outcomes %v", slowest, slowestCompile, largest>>10, outcomes)
	if slowestCompile > 5*worstTime {
		t.Errorf("an expression took %v to compile", slowestCompile)
	}
}

// TestLimitsSayWhatIsTooMuch holds that each limit is there, and what is said where it is met.
func TestLimitsSayWhatIsTooMuch(t *testing.T) {
	s := scorecard.NewSubject(checkout(t))
	many := func(n int) string { return "[" + strings.Repeat("1,", n-1) + "1]" }
	letters := func(n int) string { return "'" + strings.Repeat("a", n) + "'" }
	for text, want := range map[string]string{
		letters(500) + ".replace('a', " + letters(16) + ") == ''":                                                  "c1",
		letters(513) + ".replace('a', " + letters(16) + ") == ''":                                                  "makes a text of more than 8192 bytes",
		many(20) + ".map(x, " + many(23) + ").size() == 0":                                                         "c1",
		many(40) + ".map(x, " + many(25) + ").size() == 0":                                                         "makes a list or map of more than 500 elements",
		many(60) + ".exists(x, " + letters(500) + ".replace('a', " + letters(16) + ") == '')":                      "c1",
		many(70) + ".exists(x, " + letters(500) + ".replace('a', " + letters(16) + ") == '')":                      "makes more than 512 KiB of texts and lists",
		many(20) + ".exists(x, " + many(20) + ".exists(y, x + y == 0))":                                            "c1",
		many(20) + ".exists(x, " + many(20) + ".exists(y, " + many(20) + ".exists(z, x + y + z == 0)))":            "costs more than 20000 units: ask for less",
		many(50) + ".exists(x, sets.contains(" + many(400) + ", " + strings.ReplaceAll(many(400), "1", "2") + "))": "costs more than 20000 units: ask for less",
	} {
		got, _ := mustCompile(t, card(ask("true", catalog.CELExpression(text), "true"))).Evaluate(t.Context(), s)
		m := got.Checks[1].Message
		if want != "c1" && strings.HasPrefix(m, "took longer") {
			continue // a machine so slow that the other limit came first
		}
		if m != want || got.Checks[2].Outcome != catalog.OutcomePass {
			t.Errorf("%.200s\nsays %q, want %q; its neighbour is %s", text, m, want, got.Checks[2].Outcome)
		}
	}
}

// TestCatalogOfTraps holds expressions each of which once was, or looks, too cheap for what it does.
func TestCatalogOfTraps(t *testing.T) {
	s := scorecard.NewSubject(checkout(t))
	for _, text := range []string{
		"[1].map(a, [a,a,a,a,a,a,a,a,a,a]).map(b, [b,b,b,b,b,b,b,b,b,b]).map(c, [c,c,c,c,c,c,c,c,c,c]).map(d, [d,d,d,d,d,d,d,d,d,d]).all(e, e == e)",
		"['aaaaaaaaaaaaaaaa'].map(a, a.replace('a', 'aaaaaaaaaaaaaaaa')).map(b, b.replace('a', 'aaaaaaaaaaaaaaaa')).map(c, c.replace('a', 'aaaaaaaaaaaaaaaa')).all(d, d == '')",
		"'%.999999999f'.format([1.0]) == ''",
		"'%99999999d'.format([1]) == ''",
		"lists.range(100000000).size() > 1",
		"[1,2,3].map(x, lists.range(10000000)).size() > 1",
		"base64.encode(b'x') == ''",
		"[" + strings.Repeat("1,", 20) + "1].all(x, sets.intersects([" + strings.Repeat("1,", 400) + "1], [" + strings.Repeat("2,", 400) + "2]))",
		"[" + strings.Repeat("1,", 20) + "1].all(x, sets.contains([" + strings.Repeat("1,", 400) + "1], [" + strings.Repeat("1,", 400) + "2]))",
		"[1,2,3,4,5,6,7,8,9].all(x, entity.metadata.name.replace('', 'ab').replace('', 'ab').replace('', 'ab').replace('', 'ab').split('').distinct().size() > x)",
		"'" + strings.Repeat("a", 1500) + "'.findAll('a*b|a').size() > 1",
		"'" + strings.Repeat("a", 1500) + "'.find('a*b|a') == ''",
		"'a'.matches('" + strings.Repeat("(a{1000})", 200) + "')",
		"'a'.matches('" + strings.Repeat("(a{1000})", 200) + "' + '')",
		"'" + strings.Repeat("a", 1500) + "'.matches('((a|a)*){3}b')",
		"'a'.replace('', 'aaaaaaaaaaaaaaaaaaaa', 999999) == ''",
		"timestamp('9999-12-31T23:59:59Z') + duration('999999h') > timestamp('2020-01-01T00:00:00Z')",
		"9223372036854775807 + 1 > 0",
		"-9223372036854775808 / -1 > 0",
		"1 / 0 > 0",
		"1 % 0 > 0",
		"[1][9223372036854775807] > 0",
		"int(1e300) > 0",
		"uint(-1) > 0u",
		"'a'.substring(5) == ''",
		"'a'.charAt(-1) == ''",
		"quantity('1e999999999').isGreaterThan(quantity('1'))",
		"quantity('1').add(quantity('9999999999999999999999999999E')).isGreaterThan(quantity('1'))",
		"semver('1.0.0').major() > 0",
		"url('http://[::1').getHost() == ''",
		"cidr('0.0.0.0/0').containsIP(ip('999.1.1.1'))",
		"'x'.matches('(')",
		"'x'.matches('(' + entity.metadata.name)",
		"entity == entity && !(entity != entity)",
		"workloads == workloads && workloads in [workloads]",
		"dyn(entity).nothing.there == 1",
		"facts == facts",
		"facts.all(k, k != '')",
		"string(dyn(entity)) == ''",
		"type(entity) == map",
		"{entity: 1}.size() == 1",
		"'%s'.format([entity]) == ''",
		"'%s'.format([facts]) == ''",
		"sets.contains([entity], [entity])",
		"facts.transformMap(k, v, v).size() == 2",
		"workloads[-1].kind == ''",
		"workloads[0].spec[?'replicas'].hasValue()",
		"optional.of(owner).value().kind == 'Group'",
	} {
		t.Run(text, func(t *testing.T) {
			c, errs := scorecard.Compile(card(ask("true", catalog.CELExpression(text), "true")), scorecard.Stored)
			result, took, grew := measure(t, c, s)
			if took > comfort*worstTime/100 || grew > comfort*worstMemory/100 {
				t.Errorf("took %v and %d KiB", took, grew>>10)
			}
			if result.Checks[0].Outcome != catalog.OutcomePass || result.Checks[2].Outcome != catalog.OutcomePass {
				t.Errorf("changed its neighbours: %+v", result.Checks)
			}
			t.Logf("%s %q %v %v", result.Checks[1].Outcome, result.Checks[1].Message, result.Checks[1].Evidence, errs.ToAggregate())
		})
	}
}

func FuzzExpression(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f.Add(hostile(r))
	}
	for _, e := range realistic {
		f.Add(string(e))
	}
	s := scorecard.NewSubject(checkout(f))
	f.Fuzz(func(t *testing.T, text string) {
		c, errs := scorecard.Compile(card(ask("true", catalog.CELExpression(text), "true")), scorecard.Admission)
		result, ok := c.Evaluate(t.Context(), s)
		if !ok || len(result.Checks) != 3 {
			t.Fatalf("Evaluate() = %+v, %v", result, ok)
		}
		if result.Checks[0].Outcome != catalog.OutcomePass || result.Checks[2].Outcome != catalog.OutcomePass {
			t.Errorf("%q changed its neighbours: %+v", text, result.Checks)
		}
		if len(errs) > 0 && result.Checks[1].Outcome != catalog.OutcomeError {
			t.Errorf("%q is refused (%v) and gives %s", text, errs.ToAggregate(), result.Checks[1].Outcome)
		}
	})
}
