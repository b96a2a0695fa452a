#!/usr/bin/env bash
# Runs each fuzz target of the root module for FUZZTIME.
set -euo pipefail
cd "$(dirname "$0")/.."

git grep --untracked -lE '^func Fuzz' -- '*_test.go' ':!hack/devcluster' ':!hack/bench' | while read -r file; do
  sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$file" | while read -r target; do
    echo "fuzz ./$(dirname "$file") $target for ${FUZZTIME:-20s}"
    go test "./$(dirname "$file")" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 5s </dev/null
  done
done
