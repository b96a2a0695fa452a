#!/usr/bin/env bash
# Builds the devcluster binary unless the cache has it, and prints the folder
# that holds it with its links: etcd, kube-apiserver, kubectl and so on.
#
#   build.sh            the folder, e.g. DC=$(hack/devcluster/build.sh)/devcluster
#   build.sh --assets   the folder for envtest's KUBEBUILDER_ASSETS: the one that
#                       is set already, if it has what envtest wants
#   build.sh --key      what the cache calls this build; builds nothing
#
# Only the answer goes to stdout; what takes long says so on stderr.
# CALLBOARD_CACHE moves the cache from ${XDG_CACHE_HOME:-~/.cache}/callboard.
set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${CALLBOARD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/callboard}/devcluster
links=(etcd kube-apiserver kube-controller-manager kube-scheduler kubectl kwok)
keep=2 # builds that stay, this one included

say() { printf 'devcluster: %s\n' "$*" >&2; }
die() {
	say "$*"
	exit 1
}

# has_assets tells whether the folder serves envtest.
has_assets() {
	local name
	for name in etcd kube-apiserver kubectl; do
		[[ -x $1/$name ]] || return 1
	done
}

# version_of prints the version of a module as go.mod requires it.
version_of() {
	awk -v module="$1" '$1 == module && $2 ~ /^v/ { print $2; exit }' "$source_dir/go.mod"
}

# hash reads from stdin or hashes the named files.
hash() {
	if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# The key covers all that the binary is made of: sources, versions, toolchain.
key() {
	(
		cd "$source_dir"
		go version
		go env GOOS GOARCH GOAMD64 GOARM64 GOEXPERIMENT
		find . -type f ! -name '*_test.go' ! -name '*.md' ! -name 'smoke.sh' -print0 |
			LC_ALL=C sort -z | while IFS= read -r -d '' file; do hash "$file"; done
	) | hash | cut -c1-16
}

child='' # what watch runs; in the background, so Ctrl-C does not reach it
trap '[[ -z $child ]] || kill "$child" 2>/dev/null' EXIT

# watch runs the command and says every ten seconds how long it takes; its
# output goes to the log.
watch() {
	local what=$1 log=$2 begin=$SECONDS last=0 passed
	shift 2
	"$@" >"$log" 2>&1 &
	child=$!
	while kill -0 "$child" 2>/dev/null; do
		sleep 0.2
		passed=$((SECONDS - begin))
		if [[ -t 2 ]] && ((passed > last)); then
			printf '\rdevcluster: %s, %d s ' "$what" "$passed" >&2
			last=$passed
		elif ((passed >= last + 10)); then
			say "$what, $passed s"
			last=$passed
		fi
	done
	if [[ -t 2 ]] && ((last > 0)); then printf '\n' >&2; fi
	passed=$child
	child=''
	wait "$passed"
}

# download gets the modules, with a few tries: a proxy's first answer for a
# rare module can be an error, and the next one right.
download() {
	local try
	for try in 1 2 3 4 5; do
		watch "downloading modules" "$1" env CGO_ENABLED=0 go list -deps . && return
		say "downloading failed (try $try of 5): $(tail -n 1 "$1")"
		sleep $((try * 3))
	done
	die "the modules cannot be downloaded"
}

link_flags() {
	local kubernetes minor pkg
	kubernetes=$(version_of k8s.io/kubernetes)
	minor=${kubernetes#v1.}
	printf '%s' '-s -w'
	for pkg in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
		printf ' -X %s=%s' \
			"$pkg.gitVersion" "$kubernetes" "$pkg.gitMajor" 1 "$pkg.gitMinor" "${minor%%.*}" \
			"$pkg.gitTreeState" clean "$pkg.gitCommit" devcluster "$pkg.buildDate" 1970-01-01T00:00:00Z
	done
}

# compile makes the folder under a name of its own and renames it when it is
# complete, so that nobody sees half of it.
compile() {
	local target=$1 tmp name
	tmp=$(mktemp -d "$cache/.build-XXXXXX")
	cd "$source_dir"
	download "$cache/download.log"
	if ! watch "compiling Kubernetes (6 minutes the first time, on two cores)" "$cache/compile.log" \
		env CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "$(link_flags)" -o "$tmp/devcluster" .; then
		tail -n 20 "$cache/compile.log" >&2
		rm -rf "$tmp"
		die "the build failed"
	fi
	for name in "${links[@]}"; do
		ln -s devcluster "$tmp/$name"
	done
	chmod 755 "$tmp"
	rm -rf "$target"
	mv "$tmp" "$target"
}

# prune removes all but the newest builds, and what killed builds left.
prune() {
	local old
	find "$cache" -maxdepth 1 -name '.build-*' -mmin +120 -exec rm -rf {} +
	# shellcheck disable=SC2012 # the names are ours: hexadecimal
	ls -1t "$cache" | grep -xE '[0-9a-f]{16}' | tail -n +$((keep + 1)) | while IFS= read -r old; do
		rm -rf "${cache:?}/$old"
	done
}

main() {
	case ${1:-} in
	--key)
		key
		return
		;;
	--assets)
		if [[ -n ${KUBEBUILDER_ASSETS:-} ]] && has_assets "$KUBEBUILDER_ASSETS"; then
			printf '%s\n' "$KUBEBUILDER_ASSETS"
			return
		fi
		;;
	'') ;;
	*) die "unknown option $1" ;;
	esac

	local target
	target=$cache/$(key)
	if [[ ! -x $target/devcluster ]]; then
		mkdir -p "$cache"
		exec 9>"$cache/lock"
		if ! flock -n 9; then
			say "another build runs; waiting for it"
			flock 9
		fi
		[[ -x $target/devcluster ]] || compile "$target"
		touch "$target"
		prune
	fi
	touch "$target" # the next prune keeps what was used last
	printf '%s\n' "$target"
}

main "$@"
