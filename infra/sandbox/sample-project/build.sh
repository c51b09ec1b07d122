#!/usr/bin/env bash
# Writes dist/: all the service needs to run, and version.json with the revision it was built from.
# Same tree and same REVISION give the same bytes, file modes and times.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

: "${REVISION:?set REVISION to the commit this build is made from}"
if [[ ! $REVISION =~ ^[A-Za-z0-9._-]+$ ]]; then
  echo "REVISION is not a revision: $REVISION" >&2
  exit 1
fi

umask 022
work=dist.tmp
rm -rf "$work"
mkdir "$work"
cp server.js package.json "$work/"
cp -R src "$work/src"
printf '{ "revision": "%s" }\n' "$REVISION" >"$work/version.json"

find "$work" -type f -exec chmod 644 {} +
find "$work" -type d -exec chmod 755 {} +
find "$work" -exec env TZ=UTC touch -t 200001010000 {} +
rm -rf dist
mv "$work" dist
echo "dist/ holds revision $REVISION"
