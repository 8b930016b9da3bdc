#!/bin/sh
# Installs one tool below .tools, apart from the project's own packages, which pin versions
# that it cannot share. Usage: tools/setup-analysis.sh halmos|slither|solhint|python-client|schemathesis
set -eu
cd "$(dirname "$0")/.."

tool=$1
case $tool in
solhint) lock=tools/solhint/package-lock.json ;;
*) lock=tools/locks/$tool.txt ;;
esac
stamp=.tools/$tool/.installed
if cmp -s "$lock" "$stamp"; then exit 0; fi

echo "==> Installing $tool of $lock below .tools"
if [ "$tool" = solhint ]; then
    mkdir -p .tools/solhint
    cp tools/solhint/package.json tools/solhint/package-lock.json .tools/solhint
    (cd .tools/solhint && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)
else
    PATH="$PATH:$PWD/.tools/uv/bin"
    uv venv --quiet --clear --python .venv/bin/python ".tools/$tool"
    uv pip install --quiet --python ".tools/$tool/bin/python" --requirement "$lock"
fi
cp "$lock" "$stamp"
