#!/usr/bin/env bash
# Brings a cluster up in a temporary folder, makes pods well and ill in every
# way that devcluster knows, compares what their status says, and takes it down.
# Ends with "smoke: ok" or exit 1.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$("$here/build.sh")
dir=$(mktemp -d)
dc() { "$bin/devcluster" "$@"; }
k() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" "$@"; }

cleanup() {
	dc down --dir "$dir" || true
	rm -rf "$dir"
}
trap cleanup EXIT

# expect NAME WANT COMMAND... repeats the command until it prints WANT.
expect() {
	local name=$1 want=$2 got='' begin=$SECONDS
	shift 2
	until got=$("$@" 2>&1) && [[ $got == "$want" ]]; do
		if ((SECONDS - begin > 30)); then
			printf 'smoke: %s: got %q, want %q\n' "$name" "$got" "$want" >&2
			k get pods,jobs -A -o wide >&2
			exit 1
		fi
		sleep 0.1
	done
	printf 'smoke: %s: %s\n' "$name" "$want"
}

# pod LABEL JSONPATH prints a field of the one pod with app=LABEL.
pod() { k get pod -l "app=$1" -o "jsonpath={.items[0]$2}"; }

# deployment NAME FAIL makes a Deployment whose pods fail that way.
deployment() {
	k apply -f - >/dev/null <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1}
spec:
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1${2:+, devcluster.callboard.dev/fail: $2}}}
    spec:
      initContainers:
      - {name: migrate, image: "example.test/migrate:1"}
      - {name: mesh, image: "example.test/mesh:1", restartPolicy: Always}
      containers:
      - {name: app, image: "example.test/app:1"}
      - {name: helper, image: "example.test/helper:1"}
YAML
}

# job NAME FAIL makes a Job whose one pod ends that way.
job() {
	k apply -f - >/dev/null <<YAML
apiVersion: batch/v1
kind: Job
metadata: {name: $1}
spec:
  backoffLimit: 0
  template:
    metadata: {labels: {app: $1${2:+, devcluster.callboard.dev/fail: $2}}}
    spec:
      restartPolicy: Never
      containers:
      - {name: app, image: "example.test/app:1"}
YAML
}

stateful() {
	k apply -f - >/dev/null <<YAML
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store}
spec:
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec:
      containers:
      - {name: app, image: "example.test/store:1"}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec:
      accessModes: [ReadWriteOnce]
      resources: {requests: {storage: 1Gi}}
YAML
}

both() { printf '%s %s' "$(pod "$1" "$2")" "$(pod "$1" "$3")"; }

workloads() {
	deployment well ''
	deployment crash CrashLoopBackOff
	deployment pull ImagePullBackOff
	deployment oom OOMKilled
	deployment nowhere Unschedulable
	job done ''
	job failed Exit1
	stateful

	local first='.status.containerStatuses[0]'
	expect 'a Deployment gets ready' 1 k get deploy well -o 'jsonpath={.status.readyReplicas}'
	expect 'an init container has completed' Completed pod well '.status.initContainerStatuses[0].state.terminated.reason'
	expect 'a crash loop' 'CrashLoopBackOff Running' both crash "$first.state.waiting.reason" .status.phase
	expect 'its last exit' 1 pod crash "$first.lastState.terminated.exitCode"
	expect 'its sidecar runs' true pod crash '.status.initContainerStatuses[1].ready'
	expect 'its other container runs' true pod crash '.status.containerStatuses[1].ready'
	expect 'an image that is not there' 'ImagePullBackOff Pending' both pull "$first.state.waiting.reason" .status.phase
	expect 'killed for its memory' 'OOMKilled 137' both oom "$first.lastState.terminated.reason" "$first.lastState.terminated.exitCode"
	expect 'no node will do' 'Unschedulable Pending' both nowhere '.status.conditions[?(@.type=="PodScheduled")].reason' .status.phase
	expect 'a Job completes' 1 k get job 'done' -o 'jsonpath={.status.succeeded}'
	expect 'a Job fails' 1 k get job failed -o 'jsonpath={.status.failed}'
	expect 'its pod has failed' 'Failed 1' both failed .status.phase "$first.state.terminated.exitCode"
	expect 'a StatefulSet gets its volume' 1 k get statefulset store -o 'jsonpath={.status.readyReplicas}'
}

changes() {
	local first='.status.containerStatuses[0]'
	deployment crash ''
	expect 'a rollout heals' 1 k get deploy crash -o 'jsonpath={.status.readyReplicas}'
	k label pod -l app=well devcluster.callboard.dev/fail=CrashLoopBackOff >/dev/null
	expect 'a running pod falls ill' CrashLoopBackOff pod well "$first.state.waiting.reason"
	expect 'its Deployment knows' 1 k get deploy well -o 'jsonpath={.status.unavailableReplicas}'
	k label pod -l app=well --overwrite devcluster.callboard.dev/fail=None >/dev/null
	expect 'and gets well' 'true 2' both well "$first.ready" "$first.restartCount"
	k label pod -l app=pull --overwrite devcluster.callboard.dev/fail=None >/dev/null
	expect 'so does one whose image appears' true pod pull "$first.ready"
	k delete statefulset store >/dev/null
	k delete pvc --all >/dev/null
	expect 'a volume goes with its claim' '' k get pv -o name
}

dc up --dir "$dir" --detach --audit "$dir/audit.log"
dc up --dir "$dir" --detach # says that it runs
workloads
changes
[[ $(k create token default | tr -cd . | wc -c) -eq 2 ]] || exit 1
[[ -s $dir/audit.log ]] || exit 1
before=$(k get ns default -o 'jsonpath={.metadata.uid}')
dc down --dir "$dir"
dc up --dir "$dir" --detach --nodes 2
expect 'the data is kept' "$before" k get ns default -o 'jsonpath={.metadata.uid}'
expect 'a node less' 2 bash -c "'$bin/kubectl' --kubeconfig '$dir/kubeconfig' get nodes -o name | wc -l"
dc status --dir "$dir"
echo 'smoke: ok'
