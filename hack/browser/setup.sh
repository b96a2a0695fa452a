#!/usr/bin/env bash
# Installs what the browser tests need and prints the folder with its npm modules: Debian's chromium, unless there is a
# browser already ($CHROMIUM names another), and axe-core, pinned by package-lock.json.
#
#   setup.sh                what make test needs
#   setup.sh --lighthouse   lighthouse too, which is larger
#
# Only the answer goes to stdout. CALLBOARD_CACHE moves the cache from ${XDG_CACHE_HOME:-~/.cache}/callboard.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CALLBOARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/callboard}/browser
omit=(--omit=dev)
what=axe
if [[ ${1:-} == --lighthouse ]]; then
	omit=()
	what=lighthouse
fi

say() { printf 'browser: %s\n' "$*" >&2; }
die() {
	say "$*"
	exit 1
}

# has tells whether one of the programs is there.
has() {
	local name
	for name in "$@"; do
		if command -v "$name" >/dev/null; then return; fi
	done
	return 1
}

# install installs packages of the system, if that is Debian and we may.
install() {
	has apt-get && [[ $(id -u) -eq 0 ]] || die "there is no $1: install it, or set CALLBOARD_BROWSER=skip to leave these tests out"
	say "installing $*, once"
	{
		"$here/../retry.sh" apt-get update -q &&
			DEBIAN_FRONTEND=noninteractive "$here/../retry.sh" apt-get install -q -y --no-install-recommends "$@"
	} >&2 || die "$* cannot be installed"
}

has "${CHROMIUM:-chromium}" ${CHROMIUM:+"$CHROMIUM"} chromium-browser google-chrome || install chromium
has npm || install nodejs npm

key=$({
	cat "$here/package.json" "$here/package-lock.json"
	node --version
} | git hash-object --stdin | cut -c1-16)
target=$cache/$key-$what
if [[ ! -d $target/node_modules ]]; then
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9
	if [[ ! -d $target/node_modules ]]; then
		say "installing npm modules, once"
		tmp=$(mktemp -d "$cache/.build-XXXXXX")
		trap 'rm -rf "$tmp"' EXIT
		cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$tmp/"
		(cd "$tmp" && "$here/../retry.sh" npm ci "${omit[@]}" --ignore-scripts --loglevel=error >&2) || die "the npm modules cannot be installed"
		chmod 755 "$tmp"
		rm -rf "$target"
		mv "$tmp" "$target"
	fi
fi
printf '%s\n' "$target/node_modules"
