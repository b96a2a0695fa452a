#!/usr/bin/env bash
# Runs all tests: of the root module, with its arguments added (-race skips the other modules), then of the others.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
say() { echo "== ${SECONDS} s: $*"; }

say "download the modules"
hack/retry.sh go mod download

say "the control plane's binaries"
KUBEBUILDER_ASSETS=$(hack/devcluster/build.sh --assets)
export KUBEBUILDER_ASSETS

# What a TestMain reads is not part of the test cache, so whatever starts an API server runs each time, and alone:
# envtest's users, and hack/e2e, which starts a whole control plane.
needs_api_server() {
  go list -test -f '{{if eq .Name "main"}}{{.ImportPath}} {{join .Deps " "}} {{end}}' ./... |
    awk '/ sigs.k8s.io\/controller-runtime\/pkg\/envtest |\/hack\/e2e\.test / && sub(/\.test$/, "", $1) {print $1}'
}

all=$(go list ./...)
slow=$(needs_api_server)
mapfile -t fast < <(comm -23 <(sort <<<"$all") <(sort <<<"$slow") | sed "/^$/d")

say "${#fast[@]} packages without an API server"
go test -timeout 20m "$@" "${fast[@]}" || failed=1
if [ -n "$slow" ]; then
  mapfile -t slow <<<"$slow"
  say "${#slow[@]} packages with an API server"
  go test -timeout 30m -count=1 -p 1 "$@" "${slow[@]}" || failed=1
fi

case " $* " in *" -race "*) exit "$failed" ;; esac
for mod in hack/*/go.mod; do
  dir=$(dirname "$mod")
  [ -n "$(find "$dir" -name '*_test.go' -print -quit)" ] || continue
  say "$dir"
  flags=()
  if [ "$dir" = hack/browser ]; then # what it starts is no part of the test cache
    if [ "${CALLBOARD_BROWSER:-}" = skip ]; then say "CALLBOARD_BROWSER=skip: NOT tested in a browser"; continue; fi
    hack/browser/setup.sh >/dev/null || { failed=1; continue; }
    flags=(-count=1)
  fi
  # Only the packages with tests: go test would compile the others too, which is all of Kubernetes a second time.
  mapfile -t tested < <(go -C "$dir" list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | sed '/^$/d')
  hack/retry.sh go -C "$dir" list -deps -test "${tested[@]}" >/dev/null # downloads what the tests need
  go -C "$dir" test -timeout 30m ${flags[@]+"${flags[@]}"} "${tested[@]}" || failed=1
done
[ "$failed" -eq 0 ] && say "all tests pass" || say "tests FAILED, see above"
exit "$failed"
