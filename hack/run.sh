#!/usr/bin/env bash
# Runs Callboard with two sample shops on a control plane of its own.
#
#   run.sh run     build what is missing, start, apply the samples, say what to
#                  try, and run until Ctrl-C; run again finds all as it was left
#   run.sh env     print the exports that point another shell at it
#   run.sh clean   stop it if it runs, and forget it
#
# CLUSTER=current uses the cluster of the current kubeconfig instead of one of
# its own. What is kept, data, kubeconfig and logs, is in .run, or in $CALLBOARD_RUN.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
samples=config/samples
state=${CALLBOARD_RUN:-$root/.run}
mode=${CLUSTER:-own}
[[ $mode == own ]] || state=$state/$mode
cluster_dir=$state/cluster
operator_log=$state/callboard.log

say() { printf '==> %s\n' "$*" || true; } # a terminal that is gone must not keep us from stopping
warn() { printf '!!! %s\n' "$*" >&2 || true; }
die() {
	warn "$*"
	exit 1
}

case $mode in
own | current) ;;
*) die "CLUSTER=$mode: the one value is current; leave it out for a cluster of its own" ;;
esac

# ---- one at a time -----------------------------------------------------------
# A lock of the kernel is never stale: while it is taken, the process whose id
# stands beside it lives.

# take NAME FD takes the lock and keeps it open as FD; false if it is taken.
take() {
	eval "exec $2>>\"\$state/$1.lock\""
	flock -n "$2"
}

# taken NAME tells whether a living process has the lock.
taken() {
	[[ -e $state/$1.lock ]] && ! flock -n "$state/$1.lock" true
}

# end NAME SECONDS stops the process that has the lock, and waits for its end.
end() {
	local pid deadline=$((SECONDS + $2))
	taken "$1" || return 0
	pid=$(<"$state/$1.pid")
	kill -TERM "$pid" 2>/dev/null || true
	while taken "$1"; do
		if ((SECONDS >= deadline)); then
			warn "process $pid does not stop; killing it"
			kill -KILL "$pid" 2>/dev/null || true
			deadline=$((SECONDS + 5))
		fi
		sleep 0.1
	done
}

# ---- the cluster ---------------------------------------------------------------

# keep_binary links what the build made into the state, so that a newer build
# elsewhere cannot take it away while it runs.
keep_binary() {
	[[ $1/devcluster -ef $state/bin/devcluster ]] && return
	rm -rf "$state/bin"
	cp -al "$1" "$state/bin" 2>/dev/null || {
		rm -rf "$state/bin"
		cp -a "$1" "$state/bin"
	}
}

devcluster() { "$state/bin/devcluster" "$@" 8>&- 9>&-; }

start_cluster() {
	local assets
	assets=$(hack/devcluster/build.sh 8>&-)
	keep_binary "$assets"
	export PATH=$state/bin:$PATH KUBECONFIG=$cluster_dir/kubeconfig
	say "Starting the control plane in ${cluster_dir#"$root"/}"
	devcluster up --dir "$cluster_dir" --nodes 4 --detach || die "the control plane did not start: see $cluster_dir/logs"
	[[ $(devcluster status --dir "$cluster_dir") =~ \(pid\ ([0-9]+) ]] || die "the control plane ended: see $cluster_dir/logs"
	cluster_pid=${BASH_REMATCH[1]}
}

use_current_cluster() {
	command -v kubectl >/dev/null || export PATH=$(hack/devcluster/build.sh 8>&-):$PATH
	local context answer
	context=$(kubectl config current-context) || die "CLUSTER=current, but there is no current context"
	say "Using the context $context: $(kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}')"
	say "This applies CRDs, the namespaces online-boutique and sock-shop, and cluster-scoped objects there."
	if [[ -t 0 ]]; then
		read -r -p "    Go on? [y/N] " answer
		[[ $answer == [yY]* ]] || die "Nothing was done"
	fi
	kubectl version >/dev/null || die "the cluster of $context does not answer"
}

install_crds() {
	local file files=()
	for file in $(sed -n 's/^- //p' config/crd/kustomization.yaml); do files+=(-f "config/crd/$file"); done
	say "Installing the CRDs"
	kubectl apply --server-side --force-conflicts "${files[@]}" >"$state/apply.log" || die "a CRD was refused: see above"
	kubectl wait --for=condition=Established --timeout=60s "${files[@]}" >>"$state/apply.log"
}

# ---- admission -----------------------------------------------------------------
# The API server of a cluster of our own asks the operator at localhost. Another
# cluster cannot, so there only the policy protects, and nothing is refused that
# consumes what it may not: AccessGranted tells of it.

# make_webhooks makes certificates, and the configuration for port $1.
make_webhooks() {
	go run ./hack/localhooks --cert-dir "$state/webhook" --port "$1" >"$state/webhook.yaml"
}

install_admission() {
	say "Installing admission"
	{
		kubectl apply --server-side --force-conflicts -k config/policy &&
		if [[ $mode == own ]]; then kubectl apply --server-side --force-conflicts -f "$state/webhook.yaml"; fi
	} >>"$state/apply.log" || die "admission was refused: see above"
}

# ---- the operator ----------------------------------------------------------------

build_binaries() {
	say "Building the operator and kubectl's plugin (a minute or two the first time)"
	go build -o bin/callboard .
	go build -o bin/kubectl-callboard ./cmd/kubectl-callboard
}

# free_port prints a port of 127.0.0.1 that nobody listens on.
free_port() {
	local port
	while port=$((20000 + RANDOM % 10000)); do
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			printf '%s\n' "$port"
			return
		fi
	done
}

# says_ok PORT PATH tells whether a GET there answers 200.
says_ok() (
	exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
	printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&3
	read -r -t 5 line <&3 && [[ $line == *' 200 '* ]]
)

start_operator() {
	local port webhook_port=0 deadline=$((SECONDS + 60)) guest=()
	end operator 15 # one that a killed run left behind
	port=$(free_port)
	if [[ $mode == own ]]; then
		webhook_port=$(free_port)
		make_webhooks "$webhook_port"
		guest=(--dashboard-anonymous-user=guest --dashboard-anonymous-groups=system:masters) # of a cluster of our own, on loopback
	fi
	dashboard_port=$(free_port)
	say "Starting the operator"
	take operator 9 || die "another operator runs"
	bin/callboard --metrics-bind-address=127.0.0.1:0 --health-probe-bind-address="127.0.0.1:$port" \
		--webhook-host=localhost --webhook-port="$webhook_port" --webhook-cert-dir="$state/webhook" --webhook-cert-rotation=false \
		--dashboard-bind-address="127.0.0.1:$dashboard_port" "${guest[@]}" \
		--leader-elect=false >"$operator_log" 2>&1 </dev/null 8>&- &
	operator_pid=$!
	printf '%s\n' "$operator_pid" >"$state/operator.pid"
	exec 9>&- # from here on only the operator has it
	until says_ok "$port" /readyz; do
		alive
		((SECONDS < deadline)) || die "the operator is not ready after 60 s: see $operator_log"
		sleep 0.1
	done
}

# alive ends the script if something that should run does not.
alive() {
	if [[ -n $cluster_pid ]] && ! kill -0 "$cluster_pid" 2>/dev/null; then
		tail -n 15 "$cluster_dir/logs/devcluster.log" >&2
		die "the control plane ended: see $cluster_dir/logs"
	fi
	if [[ -n $operator_pid ]] && ! kill -0 "$operator_pid" 2>/dev/null; then
		tail -n 15 "$operator_log" >&2
		die "the operator ended: see $operator_log"
	fi
}

# ---- the samples -----------------------------------------------------------------

# apply_samples applies them the first time and when their files changed; else
# all stays as it was left.
apply_samples() {
	local sum
	sum=$(cat "$samples"/*.yaml "$samples"/*/*.yaml config/scorecards/*.yaml | cksum)
	first_time=true
	if [[ $mode == own && -e $state/samples && $(<"$state/samples") == "$sum" ]]; then
		first_time=false
		say "The samples are as you left them (make clean-run starts over)"
		return
	fi
	say "Applying Online Boutique, Sock Shop, their catalog, the organisation and the scorecards"
	{
		kubectl apply -f "$samples/online-boutique/namespace.yaml" &&
		kubectl apply -n online-boutique -f "$samples/online-boutique/kubernetes-manifests.yaml" &&
		kubectl apply -f "$samples/sock-shop/complete-demo.yaml" &&
		kubectl apply -f "$samples/organisation.yaml" \
			-f "$samples/online-boutique/catalog.yaml" -f "$samples/sock-shop/catalog.yaml" &&
		if [[ $mode == own ]]; then kubectl apply --server-side --force-conflicts -k "$samples/scorecards"; fi
	} >"$state/apply.log" 2>&1 || {
		tail -n 15 "$state/apply.log" >&2
		die "a sample was refused: see $state/apply.log"
	}
	[[ $mode == current ]] || printf '%s\n' "$sum" >"$state/samples"
}

# unsettled prints the entities whose condition $1 is not True, of the kinds $2.
unsettled() {
	local it="{.status.conditions[?(@.type==\"$1\")]" text
	text=$(kubectl get "$2" -A --request-timeout=10s \
		-o "jsonpath={range .items[*]}$it.status}|{.kind} {.metadata.namespace}/{.metadata.name}|$it.reason}{\"\n\"}{end}") ||
		text='|the API server|does not answer'
	sed -n "/^True|/!s/^[^|]*|\([^|]*\)|\(.*\)/    \1: not $1 \2/p" <<<"$text" | sed 's, /, ,'
}

# await_samples looks again and again. kubectl wait would do, but asks for one
# object after the other, which takes ten seconds even if all is well.
await_samples() {
	local all=components,apis,resources,systems,domains,groups,users limit=120 begin=$SECONDS wrong
	[[ $first_time == true ]] || limit=10
	say "Waiting until all is Ready, and what runs is Healthy (at most $limit s)"
	while wrong=$(unsettled Ready "$all" && unsettled Healthy components,resources) && [[ -n $wrong ]]; do
		alive
		if ((SECONDS - begin >= limit)); then
			warn "After $limit s these are not:"
			head -n 20 <<<"$wrong" >&2
			(($(wc -l <<<"$wrong") <= 20)) || warn "    and more"
			return
		fi
		sleep 0.3
	done
}

show() {
	printf '\n$ kubectl %s\n' "$*"
	kubectl "$@"
}

# ---- what to try -----------------------------------------------------------------

how_to_break() {
	if [[ $mode == own ]]; then
		cat <<-'TEXT'
			  # make its pods crash (also: ImagePullBackOff, OOMKilled, Unschedulable), and heal it
			  kubectl -n online-boutique patch deployment cartservice -p '{"spec":{"template":{"metadata":{"labels":{"devcluster.callboard.dev/fail":"CrashLoopBackOff"}}}}}'
			  kubectl -n online-boutique patch deployment cartservice -p '{"spec":{"template":{"metadata":{"labels":{"devcluster.callboard.dev/fail":null}}}}}'
		TEXT
	else
		cat <<-'TEXT'
			  # give it an image that does not exist, and heal it
			  kubectl -n online-boutique set image deployment/cartservice server=example.invalid/nothing:1
			  kubectl -n online-boutique rollout undo deployment/cartservice
		TEXT
	fi
}

how_to_score() {
	[[ $mode == own ]] || return 0
	cat <<-'TEXT'

		  # how good it is, why, and what changes that at once
		  kubectl get scorecards
		  kubectl callboard score explain component/online-boutique/cartservice --scorecard production-readiness
		  kubectl callboard score next --owner group:checkout-team
		  kubectl -n online-boutique scale deployment cartservice --replicas=2
	TEXT
}

how_to_be_refused() {
	[[ $mode == own ]] || return 0
	cat <<-'TEXT'

		  # use an API that is not for everybody: refused, with whom to ask
		  kubectl -n sock-shop patch component carts --type=merge -p '{"spec":{"consumesApis":["online-boutique/payment"]}}'
	TEXT
}

what_to_try() {
	cat <<-TEXT

		Callboard runs. Its log: ${operator_log#"$root"/}. The dashboard:

		  http://127.0.0.1:$dashboard_port/

		In another shell:

		  eval "\$(make env${current:+ CLUSTER=current})"

		and for instance, with  kubectl get components -A --watch  in a third one:

		  # stop a service on purpose, and start it again
		  kubectl -n online-boutique scale deployment cartservice --replicas=0
		  kubectl -n online-boutique scale deployment cartservice --replicas=1

		$(how_to_break)

		  # how that looks from above: its system, the domain, the team and its department
		  kubectl get systems,domains,groups -A

		  # delete an owner: refused while it owns; say that it is meant, see who misses it, and bring it back
		  kubectl delete group payments-team
		  kubectl annotate group payments-team catalog.callboard.dev/allow-deletion="a try"
		  kubectl delete group payments-team
		  kubectl get components -A -o wide
		  kubectl apply -f config/samples/organisation.yaml
		$(how_to_be_refused)
		$(how_to_score)

		  # who uses what, and what belongs to whom
		  kubectl -n online-boutique describe api product-catalog
		  kubectl get components -A --field-selector status.owner=group:checkout-team
		  kubectl get catalog -A

		  # may it use that API, and why (not); who may
		  kubectl callboard can-use component/sock-shop/carts api/online-boutique/payment
		  kubectl callboard who-can-use api/online-boutique/payment

		  # what can be said about a component
		  kubectl explain component.spec --recursive

	TEXT
}

# ---- the three commands ------------------------------------------------------------

operator_pid='' cluster_pid='' current='' dashboard_port=''
[[ $mode == own ]] || current=yes

stop_all() {
	trap '' INT TERM HUP PIPE
	if [[ -n $operator_pid ]]; then
		say "Stopping the operator"
		end operator 15
	fi
	if [[ $mode == own && -x $state/bin/devcluster ]]; then
		say "Stopping the control plane"
		devcluster down --dir "$cluster_dir" || true
	fi
}

run() {
	mkdir -p "$state"
	take run 8 || die "it runs already, as process $(<"$state/run.pid"): eval \"\$(make env)\" points a shell at it"
	printf '%s\n' $$ >"$state/run.pid"
	export KUBECACHEDIR=$state/cache # else what kubectl knows of another cluster at the same port gets in the way
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	trap 'exit 141' PIPE
	trap stop_all EXIT
	build_binaries
	if [[ $mode == own ]]; then start_cluster; else use_current_cluster; fi
	install_crds
	start_operator
	install_admission
	apply_samples
	await_samples
	show get components -A
	show get resources -A
	show get apis -A
	show get systems -A
	show get groups
	what_to_try
	if [[ $mode == own ]]; then
		say "Running. Ctrl-C stops all and keeps the data"
	else
		say "Running. Ctrl-C stops the operator; what is in the cluster stays"
	fi
	while true; do
		alive
		sleep 1
	done
}

print_env() {
	if [[ $mode == own ]]; then
		[[ -e $cluster_dir/kubeconfig ]] || die "there is no cluster yet: make run starts it"
		taken run || warn "it does not run now: make run starts it"
		printf 'export KUBECONFIG=%q\n' "$cluster_dir/kubeconfig"
		printf 'export PATH=%q:%q:"$PATH"\n' "$root/bin" "$state/bin"
	else
		printf 'export PATH=%q:"$PATH"\n' "$root/bin"
	fi
}

clean() {
	[[ -d $state ]] || return 0
	if taken run; then say "Stopping what runs"; fi
	end run 90
	end operator 15
	if [[ -x $state/bin/devcluster ]]; then devcluster down --dir "$cluster_dir"; fi
	rm -rf "$state"
	say "Forgotten"
	[[ $mode == own ]] || cat <<-TEXT
		    What is in your cluster stays there. To remove it:
		      kubectl delete -f $samples/online-boutique/namespace.yaml -f $samples/sock-shop/complete-demo.yaml
		      kubectl delete -k config/policy
		      kubectl delete -k config/crd
	TEXT
}

case ${1:-} in
run) run ;;
env) print_env ;;
clean) clean ;;
*) die "usage: [CLUSTER=current] hack/run.sh run | env | clean" ;;
esac
