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

# Tests of a module: only the packages with tests, as go test would compile the others too, which is all of Kubernetes a
# second time. More arguments are go test's own.
test_module() {
  local dir=$1 tested
  mapfile -t tested < <(go -C "$dir" list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./... | sed '/^$/d')
  hack/retry.sh go -C "$dir" list -deps -test "${tested[@]}" >/dev/null # downloads what the tests need
  go -C "$dir" test -timeout 30m "${@:2}" "${tested[@]}"
}

# The browser and what has an API server wait more than they work, so they run at the same time: the browser with what the
# others leave, as these hold the operator to its times. What it starts is no part of the test cache.
browser='' browser_log=''
start_browser() {
  case " $* " in *" -race "*) return ;; esac
  if [ "${CALLBOARD_BROWSER:-}" = skip ]; then say "CALLBOARD_BROWSER=skip: NOT tested in a browser"; return; fi
  browser_log=$(mktemp)
  say "hack/browser, beside what follows"
  set -m # a group of its own, so that it can be ended as a whole
  {
    renice -n 19 -p "$BASHPID" >/dev/null
    hack/browser/setup.sh >/dev/null
    test_module hack/browser -count=1
  } >"$browser_log" 2>&1 &
  browser=$!
  set +m
  trap 'kill -- "-$browser" 2>/dev/null; rm -f "$browser_log"' EXIT
}

all=$(go list ./...)
slow=$(needs_api_server)
mapfile -t fast < <(comm -23 <(sort <<<"$all") <(sort <<<"$slow") | sed "/^$/d")

say "${#fast[@]} packages without an API server"
go test -timeout 20m "$@" "${fast[@]}" || failed=1
start_browser "$@"
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
  if [ "$dir" = hack/browser ]; then
    [ -n "$browser" ] || continue
    wait "$browser" || failed=1
    cat "$browser_log"
    continue
  fi
  test_module "$dir" || failed=1
done
[ "$failed" -eq 0 ] && say "all tests pass" || say "tests FAILED, see above"
exit "$failed"
