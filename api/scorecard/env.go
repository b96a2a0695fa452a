package scorecard

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"k8s.io/apimachinery/pkg/util/version"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Variables is a set of the variables that an expression can read.
type Variables uint16

// The variables.
const (
	VarEntity Variables = 1 << iota
	VarOwner
	VarSystem
	VarDomain
	VarWorkloads
	VarDefinition
	VarRelations
	VarFacts
	VarAttestations
)

// Has says whether all of the others are in the set.
func (v Variables) Has(others Variables) bool { return v&others == others }

// variables in the order of their bits.
var variables = [...]string{"entity", "owner", "system", "domain", "workloads", "definition", "relations", "facts", "attestations"}

// variable is the bit of a name, 0 if there is none.
func variable(name string) Variables {
	for i, v := range variables {
		if v == name {
			return 1 << i
		}
	}
	return 0
}

// String lists the variables, separated by commas.
func (v Variables) String() string {
	var out []string
	for i, name := range variables {
		if v&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// variablesOf are those that a check of a kind may read.
func variablesOf(k relation.Kind) Variables {
	v := VarEntity | VarRelations | VarFacts | VarAttestations
	switch k {
	case relation.Component, relation.Resource:
		v |= VarOwner | VarSystem | VarDomain | VarWorkloads
	case relation.API:
		v |= VarOwner | VarSystem | VarDomain | VarDefinition
	case relation.System:
		v |= VarOwner | VarDomain
	case relation.Domain:
		v |= VarOwner
	}
	return v
}

// minVersion is the oldest minor of Kubernetes whose libraries new expressions may use: the last four are supported.
var minVersion = version.MajorMinor(1, 34)

type envKey struct {
	kind    relation.Kind
	purpose Purpose
	where   bool
}

// envPair is an environment of Kubernetes, and one whose programs do not count what they cost: those of Kubernetes' own
// always do. The other only plans what this one has checked.
type envPair struct{ counting, plain *cel.Env }

var envs sync.Map // envKey -> func() (envPair, error)

// envOf are the environments of a kind. They take milliseconds to build, so each is built once.
func envOf(k envKey) (envPair, error) {
	build, _ := envs.LoadOrStore(k, sync.OnceValues(func() (envPair, error) { return newEnvPair(k) }))
	return build.(func() (envPair, error))()
}

func newEnvPair(k envKey) (envPair, error) {
	env, err := newEnv(k)
	if err != nil {
		return envPair{}, err
	}
	plain, err := cel.NewCustomEnv(cel.OptionalTypes(), cel.CustomTypeProvider(env.CELTypeProvider()), cel.CustomTypeAdapter(env.CELTypeAdapter()),
		cel.FunctionDecls(slices.Collect(maps.Values(env.Functions()))...))
	return envPair{env, plain}, err
}

func newEnv(k envKey) (*cel.Env, error) {
	d := decls()
	may := variablesOf(k.kind)
	if k.where {
		may = VarEntity
	}
	options := environment.VersionedOptions{IntroducedVersion: version.MajorMinor(1, 0)}
	types := map[Variables]*apiservercel.DeclType{
		VarEntity: d.entity[k.kind], VarOwner: d.owner, VarSystem: d.system, VarDomain: d.domain,
		VarWorkloads: d.workloads, VarDefinition: d.definition, VarRelations: d.relations, VarFacts: d.facts,
		VarAttestations: d.attestations,
	}
	seen := map[*apiservercel.DeclType]bool{}
	for i, name := range variables {
		v := Variables(1 << i)
		if !may.Has(v) {
			continue
		}
		t := types[v]
		options.EnvOptions = append(options.EnvOptions, cel.Variable(name, t.CelType()))
		if t.IsList() || t.IsMap() {
			t = t.ElemType
		}
		if t.IsObject() && !seen[t] {
			seen[t] = true
			options.DeclTypes = append(options.DeclTypes, t)
		}
	}
	set, err := environment.MustBaseEnvSet(minVersion).Extend(options)
	if err != nil {
		return nil, fmt.Errorf("environment of %s: %w", k.kind.ObjectKind(), err)
	}
	if k.purpose == Admission {
		return set.NewExpressionsEnv(), nil
	}
	return set.StoredExpressionsEnv(), nil
}

// resultType is what an expression must give.
type resultType uint8

const (
	wantBool resultType = iota
	wantString
)

func compileWhere(text catalog.CELExpression, k relation.Kind, purpose Purpose) (*program, error) {
	return compileIn(envKey{kind: k, purpose: purpose, where: true}, string(text), wantBool)
}

func compile(text string, k relation.Kind, want resultType, purpose Purpose) (*program, error) {
	return compileIn(envKey{kind: k, purpose: purpose}, text, want)
}

func compileIn(key envKey, text string, want resultType) (*program, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("longer than %d bytes", maxExpression)
	}
	env, err := envOf(key)
	if err != nil {
		return nil, err
	}
	checked, issues := env.counting.Compile(text)
	if issues.Err() != nil {
		return nil, issuesError(issues, key)
	}
	if err := refuse(checked.NativeRep()); err != nil {
		return nil, err
	}
	switch got := checked.OutputType(); {
	case want == wantBool && !got.IsExactType(cel.BoolType):
		return nil, fmt.Errorf("must be a bool, and is a %s", got)
	case want == wantString && !got.IsExactType(cel.StringType):
		return nil, fmt.Errorf("must be a string, and is a %s: use string(…)", got)
	}
	return newProgram(env, checked)
}

// issuesError tells the first of what the compiler found, with its position, and how many more there are.
func issuesError(issues *cel.Issues, key envKey) error {
	all := issues.Errors()
	if len(all) == 0 {
		return issues.Err()
	}
	first := all[0]
	text := fmt.Sprintf("line %d, column %d: %s", first.Location.Line(), first.Location.Column()+1, clip(first.Message, 400))
	if strings.HasPrefix(first.Message, "undeclared reference") {
		may := variablesOf(key.kind)
		if key.where {
			may = VarEntity
		}
		text += fmt.Sprintf(": there is %s", may)
	}
	if more := len(all) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return errors.New(text)
}

// readsOf are the variables that an expression reads.
func readsOf(a *ast.AST) Variables {
	var v Variables
	for _, r := range a.ReferenceMap() {
		if r.Value == nil || types.IsUnknownOrError(r.Value) {
			v |= variable(r.Name)
		}
	}
	return v
}
