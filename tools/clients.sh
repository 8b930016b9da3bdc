#!/bin/sh
# Generates the typed clients of docs/openapi.json below build/clients, each by a generator with its
# own packages. Does nothing while description, generators and their settings are what they were.
set -eu
cd "$(dirname "$0")/.."

out=build/clients
stamp=$out/.made-of
made_of=$(cat docs/openapi.json tools/clients.sh tools/clients/*.yaml tools/clients/*/* tools/locks/python-client.txt | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$made_of" ]; then exit 0; fi
rm -f "$stamp"

tools/setup-analysis.sh python-client
echo "==> Generating the Python client below $out/python"
rm -rf "$out/python"
mkdir -p "$out/typescript"
.tools/python-client/bin/openapi-python-client generate --path docs/openapi.json \
    --output-path "$out/python" --meta uv --config tools/clients/python.yaml --fail-on-warning

echo "==> Generating the TypeScript client below $out/typescript"
lock=tools/clients/typescript/package-lock.json
if ! cmp -s "$lock" "$out/typescript/package-lock.json" || [ ! -d "$out/typescript/node_modules" ]; then
    cp tools/clients/typescript/package.json "$lock" "$out/typescript"
    (cd "$out/typescript" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)
fi
cp tools/clients/typescript/* "$out/typescript"
(cd "$out/typescript" && node node_modules/openapi-typescript/bin/cli.js ../../../docs/openapi.json --output schema.d.ts)

echo "$made_of" >"$stamp"
