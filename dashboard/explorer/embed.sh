#!/usr/bin/env bash
# Writes the files of Swagger UI that are embedded, dashboard/static/swagger-ui, and files.json with their hashes, from the
# package that package-lock.json pins. npm checks the package against the hash there; none of its scripts runs.
# A test of package dashboard holds that what is embedded is what this wrote.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

package=swagger-ui-dist
files=(swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css LICENSE NOTICE)
target=../static/swagger-ui

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cp package.json package-lock.json .npmrc "$tmp/"
(cd "$tmp" && "$OLDPWD/../../hack/retry.sh" npm ci --ignore-scripts --loglevel=error >&2)

from=$tmp/node_modules/$package
rm -rf "$target"
mkdir -p "$target"
for f in "${files[@]}"; do
  name=$f
  [[ $f == *.* ]] || name=$f.txt
  install -m 644 "$from/$f" "$target/$name"
done
node -e '
  const [name, lock, ...files] = process.argv.slice(1), fs = require("fs"), path = require("path");
  const pinned = JSON.parse(fs.readFileSync(lock)).packages["node_modules/" + name];
  const hash = f => "sha256-" + require("crypto").createHash("sha256").update(fs.readFileSync(f)).digest("base64");
  const hashes = Object.fromEntries(files.map(f => [path.basename(f), hash(f)]));
  console.log(JSON.stringify({package: name, version: pinned.version, integrity: pinned.integrity, files: hashes}, null, 2));
' "$package" package-lock.json "$target"/* >files.json
echo "embedded $(node -p 'const f = require("./files.json"); f.package + " " + f.version')"
