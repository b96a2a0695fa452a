#!/usr/bin/env bash
# Lints the root module and the modules of ours that are cheap to load.
# hack/devcluster is left out: it depends on all of Kubernetes, and the linters' facts about that take many minutes and
# gigabytes. `go vet` still judges it in its tests, and hack/arrows its sizes. hack/tools has no Go code.
set -euo pipefail
cd "$(dirname "$0")/.."

linter=$(hack/tools/build.sh golangci-lint-kube-api-linter)
config=$PWD/.golangci.yml
for mod in go.mod hack/*/go.mod; do
  dir=$(dirname "$mod")
  case $dir in hack/devcluster | hack/tools) continue ;; esac
  echo "lint $dir"
  hack/retry.sh go -C "$dir" mod download
  (cd "$dir" && "$linter" run --config "$config" ./...)
done
