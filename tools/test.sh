#!/bin/sh
# Runs the named suites one after the other, all of them even if one fails, and says at the end
# which failed. Usage: tools/test.sh lint backend contracts invariants integration
set -u
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PWD/.tools/bin:$PATH"
export PATH

lint() {
    status=0
    ruff format --check . || status=1
    ruff check . || status=1
    mypy || status=1
    lint-imports --no-logo || status=1
    forge fmt --check || status=1
    return $status
}

backend() { pytest tests/backend; }

contracts() { tools/brownie test; }

invariants() { forge test; }

integration() { pytest tests/integration; }

failed=""
for suite in "$@"; do
    printf '\n==> %s\n' "$suite"
    "$suite" || failed="$failed $suite"
done

if [ -n "$failed" ]; then
    printf '\n==> failed:%s\n' "$failed"
    exit 1
fi
printf '\n==> all of these passed: %s\n' "$*"
