package cluster

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kwok/pkg/apis/internalversion"
	"sigs.k8s.io/kwok/pkg/config"
	"sigs.k8s.io/kwok/pkg/utils/gotpl"
	"sigs.k8s.io/kwok/pkg/utils/lifecycle"
)

// loadLifecycle reads the configuration as kwok does and returns its stages for pods.
func loadLifecycle(t *testing.T) lifecycle.Lifecycle {
	t.Helper()
	data, err := kwokConfig()
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/kwok.yaml"
	if err := writeFile(path, data); err != nil {
		t.Fatal(err)
	}
	objects, err := config.Load(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	if options := config.FilterWithType[*internalversion.KwokConfiguration](objects); len(options) != 1 || options[0].Options.NodeLeaseParallelism == 0 {
		t.Errorf("kwok reads the options %+v", options)
	}
	var pods []*internalversion.Stage
	for _, s := range config.FilterWithType[*internalversion.Stage](objects) {
		if s.Spec.ResourceRef.Kind == "Pod" {
			pods = append(pods, s)
		}
	}
	l, err := lifecycle.NewLifecycle(pods)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// play moves the pod through one stage and returns the name of it.
func play(t *testing.T, l lifecycle.Lifecycle, pod *corev1.Pod) string {
	t.Helper()
	stage, err := l.Match(context.Background(), &lifecycle.Event{Labels: pod.Labels, Annotations: pod.Annotations, Data: pod})
	if err != nil {
		t.Fatal(err)
	}
	if stage == nil {
		return ""
	}
	renderer := gotpl.NewRenderer(gotpl.FuncMap{
		"NodeIPsWith": func(string) []string { return []string{"198.18.0.1"} },
		"PodIPsWith":  func(string, bool, string, string, string) ([]string, error) { return []string{"10.128.0.1"}, nil },
	})
	_, err = stage.DoSteps(0, nil, pod, renderer,
		func(*internalversion.StageEvent) error { return nil },
		func() error { return nil },
		func(p *lifecycle.Patch) error { return json.Unmarshal(p.Data, pod) },
		func(*lifecycle.Apply) error { return nil },
	)
	if err != nil {
		t.Fatalf("play %s: %v", stage.Name(), err)
	}
	return stage.Name()
}

// newPod has an init container, a sidecar and two containers.
func newPod(fail string, policy corev1.RestartPolicy) *corev1.Pod {
	always := corev1.ContainerRestartPolicyAlways
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", UID: "u", Annotations: map[string]string{}},
		Spec: corev1.PodSpec{
			NodeName: "node-0", RestartPolicy: policy,
			InitContainers: []corev1.Container{{Name: "migrate", Image: "m:1"}, {Name: "mesh", Image: "s:1", RestartPolicy: &always}},
			Containers:     []corev1.Container{{Name: "app", Image: "a:1"}, {Name: "helper", Image: "h:1"}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
	if fail != "" {
		pod.Labels = map[string]string{failLabel: fail}
	}
	return pod
}

// summary is a pod's status as kubectl would sum it up.
func summary(pod *corev1.Pod) string {
	words := []string{string(pod.Status.Phase)}
	for _, c := range append(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses...) {
		word := c.Name + "="
		switch {
		case c.State.Waiting != nil:
			word += c.State.Waiting.Reason
		case c.State.Terminated != nil:
			word += c.State.Terminated.Reason
		case c.Ready:
			word += "ready"
		default:
			word += "running"
		}
		if last := c.LastTerminationState.Terminated; last != nil {
			word += "/" + last.Reason
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestPodsFailAsTheirLabelSays(t *testing.T) {
	cases := map[string]struct {
		fail      string
		policy    corev1.RestartPolicy
		container string
		stage     string
		want      string
	}{
		"not at all": {"", "Always", "", "pod-ready",
			"Running migrate=Completed mesh=ready app=ready helper=ready"},
		"not any more": {"None", "Always", "", "pod-ready",
			"Running migrate=Completed mesh=ready app=ready helper=ready"},
		"a value that nobody knows": {"CrashLoop", "Always", "", "", "Pending"},
		"in a loop": {"CrashLoopBackOff", "Always", "", "pod-crash-loop",
			"Running migrate=Completed mesh=ready app=CrashLoopBackOff/Error helper=ready"},
		"in a loop, the other container": {"CrashLoopBackOff", "Always", "helper", "pod-crash-loop",
			"Running migrate=Completed mesh=ready app=ready helper=CrashLoopBackOff/Error"},
		"in a loop, the init container": {"CrashLoopBackOff", "Always", "migrate", "pod-crash-loop",
			"Pending migrate=CrashLoopBackOff/Error mesh=PodInitializing app=PodInitializing helper=PodInitializing"},
		"out of memory": {"OOMKilled", "Always", "", "pod-crash-loop",
			"Running migrate=Completed mesh=ready app=CrashLoopBackOff/OOMKilled helper=ready"},
		"no image": {"ImagePullBackOff", "Always", "", "pod-image-pull",
			"Pending migrate=Completed mesh=ready app=ImagePullBackOff helper=ready"},
		"no image, of a Job": {"ImagePullBackOff", "Never", "", "pod-image-pull",
			"Pending migrate=Completed mesh=ready app=ImagePullBackOff helper=ready"},
		"exit of a Job": {"Exit1", "Never", "", "pod-exit",
			"Failed migrate=Completed mesh=Completed app=Error helper=Completed"},
		"exit of a Job that restarts": {"Exit1", "OnFailure", "", "pod-crash-loop",
			"Running migrate=Completed mesh=ready app=CrashLoopBackOff/Error helper=ready"},
		"a Job out of memory": {"OOMKilled", "Never", "", "pod-exit",
			"Failed migrate=Completed mesh=Completed app=OOMKilled helper=Completed"},
	}
	l := loadLifecycle(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			pod := newPod(tc.fail, tc.policy)
			if tc.container != "" {
				pod.Annotations["devcluster.callboard.dev/fail-container"] = tc.container
			}
			stage := play(t, l, pod)
			if got := summary(pod); stage != tc.stage || got != tc.want {
				t.Errorf("stage %q: %s\nwant %q: %s", stage, got, tc.stage, tc.want)
			}
			if again := play(t, l, pod); again != "" {
				t.Errorf("then stage %q follows, want rest", again)
			}
		})
	}
}

func TestRestartsGoOnOnlyIfAsked(t *testing.T) {
	l := loadLifecycle(t)
	pod := newPod("CrashLoopBackOff", "Always")
	pod.Annotations["devcluster.callboard.dev/restart-every"] = "20s"
	for want := int32(1); want <= 3; want++ {
		play(t, l, pod)
		if got := pod.Status.ContainerStatuses[0].RestartCount; got != want {
			t.Errorf("after %d turns: %d restarts", want, got)
		}
	}
}

func TestPodsGetWell(t *testing.T) {
	for _, fail := range []string{"CrashLoopBackOff", "ImagePullBackOff", "OOMKilled"} {
		l := loadLifecycle(t)
		pod := newPod(fail, "Always")
		play(t, l, pod)
		pod.Labels[failLabel] = "None"
		stage := play(t, l, pod)
		if pod.Status.Phase != corev1.PodRunning || !pod.Status.ContainerStatuses[0].Ready {
			t.Errorf("after %s, stage %q: %s", fail, stage, summary(pod))
		}
	}
}

func TestSeedParses(t *testing.T) {
	objects, err := seedObjects()
	if err != nil {
		t.Fatal(err)
	}
	if len(objects) != 3 {
		t.Errorf("the seed has %d objects, want 3", len(objects))
	}
}
