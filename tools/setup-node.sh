#!/bin/sh
# Installs the npm packages of package-lock.json and links their tools below .tools.
# Needs Node.js 20 or newer.
set -eu
cd "$(dirname "$0")/.."

if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    found=$(node --version 2>/dev/null || echo "none")
    echo "Tallystick needs Node.js 20 or newer, but found $found; install it and run this again." >&2
    exit 1
fi

echo "==> Installing the npm packages of package-lock.json into node_modules"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
node tools/link-binaries.mjs

# Brownie's list of networks: once there it is the user's, who may have added to it
if [ ! -e .tools/home/.brownie/network-config.yaml ]; then
    mkdir -p .tools/home/.brownie
    cp tools/networks.yaml .tools/home/.brownie/network-config.yaml
fi
