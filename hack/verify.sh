#!/usr/bin/env bash
# Generates, tidies, formats, lints and checks the arrows, then fails if that changed a file.
# Changes that were there before do not count, so it can run before a commit.
set -euo pipefail
cd "$(dirname "$0")/.."

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# A snapshot is a git tree of all files that are not ignored, made beside the repository's own index and objects.
objects=$(cd "$(git rev-parse --git-path objects)" && pwd)
mkdir "$tmp/objects"
snapshot() {
  GIT_INDEX_FILE=$tmp/index GIT_OBJECT_DIRECTORY=$tmp/objects GIT_ALTERNATE_OBJECT_DIRECTORIES=$objects "$@"
}

snapshot git add -A
before=$(snapshot git write-tree)
for step in generate tidy fmt lint arrows; do
  start=$SECONDS
  echo "== verify: $step"
  make "$step"
  echo "== verify: $step took $((SECONDS - start)) s"
done
snapshot git add -A
after=$(snapshot git write-tree)

if [ "$before" != "$after" ]; then
  snapshot git --no-pager diff --stat "$before" "$after"
  snapshot git --no-pager diff "$before" "$after" | head -100
  echo "verify: the files above were not as 'make generate tidy fmt' leaves them; they are now: commit them" >&2
  exit 1
fi
echo "verify: all good"
