#!/usr/bin/env bash
# Runs a command up to five times, for downloads: a proxy may refuse a module and serve it a minute later.
set -uo pipefail

for wait in 5 15 30 60 0; do
  "$@" && exit 0
  rc=$?
  [ "$wait" -eq 0 ] && exit "$rc"
  echo "retry: '$*' failed with $rc, again in ${wait} s" >&2
  sleep "$wait"
done
