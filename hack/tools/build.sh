#!/usr/bin/env bash
# Builds a tool of hack/tools/go.mod once, keeps it outside the checkout, and prints its path on stdout.
# Usage: hack/tools/build.sh NAME, where NAME is the last part of a tool's package.
set -euo pipefail

name=${1:?usage: hack/tools/build.sh NAME}
here=$(cd "$(dirname "$0")" && pwd)
export GOWORK=off GOFLAGS=-trimpath CGO_ENABLED=0

key=$(
  cd "$here"
  { cat go.mod go.sum build.sh; go env GOVERSION GOOS GOARCH; } | git hash-object --stdin
)
dir=${XDG_CACHE_HOME:-$HOME/.cache}/callboard/tools/${key:0:16}
if [ -x "$dir/$name" ]; then
  echo "$dir/$name"
  exit
fi

pkg=$(go -C "$here" list tool | grep -E "(^|/)$name(/v[0-9]+)?\$") || {
  echo "hack/tools: no tool named $name in go.mod" >&2
  exit 1
}

mkdir -p "$dir"
tmp=$(mktemp -d "$dir/.build.XXXXXX")
echo "hack/tools: building $name, once; the linter takes 2 to 6 minutes" >&2
(
  trap 'kill $! 2>/dev/null; exit' TERM
  while sleep 20 & wait $!; do echo "hack/tools: still building $name, ${SECONDS} s" >&2; done
) &
progress=$!
trap 'kill $progress 2>/dev/null || true; rm -rf "$tmp"' EXIT

"$here/../retry.sh" go -C "$here" build -ldflags "-s -w" -o "$tmp/$name" "$pkg" >&2
mv "$tmp/$name" "$dir/$name"
echo "hack/tools: built $name in ${SECONDS} s" >&2
echo "$dir/$name"
