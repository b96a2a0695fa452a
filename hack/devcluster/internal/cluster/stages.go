package cluster

import (
	"bytes"
	"embed"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	nodefast "sigs.k8s.io/kwok/kustomize/stage/node/fast"
	nodeheartbeat "sigs.k8s.io/kwok/kustomize/stage/node/heartbeat-with-lease"
	podfast "sigs.k8s.io/kwok/kustomize/stage/pod/fast"
	config "sigs.k8s.io/kwok/pkg/apis/config/v1alpha1"
	kwok "sigs.k8s.io/kwok/pkg/apis/v1alpha1"
	"sigs.k8s.io/yaml"
)

const (
	// failLabel of a pod says how it fails; see stages/fail.yaml.
	failLabel = "devcluster.callboard.dev/fail"
	// runForAnnotation of a Job's pod says how long it runs before it ends.
	runForAnnotation = "devcluster.callboard.dev/run-for"
	// readyAfterAnnotation of a pod says how long it takes to get ready.
	readyAfterAnnotation = "devcluster.callboard.dev/ready-after"

	// stageParallelism is how many pods kwok moves at once; its own 4 are slow
	// when thousands start.
	stageParallelism = 16
)

//go:embed stages
var stages embed.FS

// kwokConfig returns kwok's configuration: kwok's own stages, bounded to pods
// that are not told to fail, and ours.
func kwokConfig() ([]byte, error) {
	all, err := allStages()
	if err != nil {
		return nil, err
	}
	options := &config.KwokConfiguration{TypeMeta: metav1.TypeMeta{
		APIVersion: config.GroupVersion.String(), Kind: config.KwokConfigurationKind,
	}}
	config.SetObjectDefaults_KwokConfiguration(options) // kwok does so only if it has no file
	options.Options.CIDR = nodeCIDR(0)
	options.Options.PodPlayStageParallelism = stageParallelism
	options.Options.NodePlayStageParallelism = stageParallelism
	documents := []any{options}
	for _, s := range all {
		documents = append(documents, s)
	}
	var out bytes.Buffer
	for _, d := range documents {
		text, err := yaml.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("write kwok's configuration: %w", err)
		}
		out.WriteString("---\n")
		out.Write(text)
	}
	return out.Bytes(), nil
}

func allStages() ([]*kwok.Stage, error) {
	theirs, err := kwokStages()
	if err != nil {
		return nil, err
	}
	ours, err := ownStages()
	return append(theirs, ours...), err
}

// kwokStages are the stages that kwok ships.
func kwokStages() ([]*kwok.Stage, error) {
	var all []*kwok.Stage
	for _, text := range []string{
		nodefast.DefaultNodeInit, nodeheartbeat.DefaultNodeHeartbeatWithLease,
		podfast.DefaultPodReady, podfast.DefaultPodComplete, podfast.DefaultPodDelete,
	} {
		s, err := parseStage(text)
		if err != nil {
			return nil, fmt.Errorf("read kwok's own stages: %w", err)
		}
		switch s.Name {
		case "pod-ready":
			onlyHealthy(s)
			delayFrom(s, readyAfterAnnotation)
		case "pod-complete":
			onlyHealthy(s)
			delayFrom(s, runForAnnotation)
		}
		all = append(all, s)
	}
	return all, nil
}

// onlyHealthy keeps the stage from pods that are told to fail. A value that no
// stage knows leaves a pod pending, so that a slip of the pen does not pass.
func onlyHealthy(s *kwok.Stage) {
	s.Spec.Selector.MatchExpressions = append(s.Spec.Selector.MatchExpressions, kwok.MatchExpression{JQ: &kwok.SelectorJQ{
		Key: fmt.Sprintf(".metadata.labels[%q] // \"None\"", failLabel), Operator: kwok.SelectorOpIn, Values: []string{"None"},
	}})
}

// delayFrom delays the stage by the pod's annotation, if it has it.
func delayFrom(s *kwok.Stage, annotation string) {
	s.Spec.Delay = &kwok.StageDelay{DurationFrom: &kwok.ExpressionFrom{
		JQ: &kwok.ExpressionJQ{Expression: fmt.Sprintf(".metadata.annotations[%q]", annotation)},
	}}
}

// ownStages are those in the folder stages; a step that says nothing writes
// the status of a failing pod.
func ownStages() ([]*kwok.Stage, error) {
	failing, err := stages.ReadFile("stages/failing.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read the failing pod's status: %w", err)
	}
	var all []*kwok.Stage
	err = eachDocument(stages, "stages", func(name, text string) error {
		s, err := parseStage(text)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if s.Spec.Next != nil && s.Spec.Next.StatusTemplate == "" {
			s.Spec.Next.StatusTemplate = string(failing)
		}
		all = append(all, s)
		return nil
	})
	return all, err
}

func parseStage(text string) (*kwok.Stage, error) {
	s := &kwok.Stage{}
	if err := yaml.UnmarshalStrict([]byte(text), s); err != nil {
		return nil, err
	}
	return s, nil
}
