#!/bin/sh
# Installs the npm packages of package-lock.json and links their tools below .tools.
set -eu
cd "$(dirname "$0")/.."

tools/requirements.sh >/dev/null

echo "==> Installing the npm packages of package-lock.json into node_modules"
npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
node tools/link-binaries.mjs

# Brownie's list of networks: once there it is the user's, who may have added to it
if [ ! -e .tools/home/.brownie/network-config.yaml ]; then
    mkdir -p .tools/home/.brownie
    cp tools/networks.yaml .tools/home/.brownie/network-config.yaml
fi
