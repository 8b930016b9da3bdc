#!/bin/sh
# Runs the named suites, two at a time, all of them even if one fails. Each prints when it is done;
# the end says which failed. Usage: tools/test.sh lint backend contracts invariants integration browser
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
    PATH="$PATH:$PWD/.tools/uv/bin" tools/setup-analysis.sh security || status=1
    python tools/audit.py --quick || status=1
    return $status
}

backend() { pytest tests/backend; }

contracts() { tools/brownie test; }

invariants() { forge test; }

integration() { pytest tests/integration; }

# a few stories of `make test-browser`
browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome || {
        echo "There is no Chromium: the pages were not tried out."
        return 0
    }
    (cd tests/browser && npm ci --ignore-scripts --no-audit --no-fund --silent) && python -m tests.browser short
}

# Brownie compiles into one folder, so its users share a lane; the other lane keeps a second core busy.
lane() {
    for suite in "$@"; do
        case " $wanted " in *" $suite "*) ;; *) continue ;; esac
        "$suite" >"$logs/$suite.log" 2>&1
        echo $? >"$logs/$suite.status"
    done
}

wanted="$*"
for suite in $wanted; do
    case " lint backend contracts invariants integration browser " in
        *" $suite "*) ;;
        *) echo "There is no suite $suite: lint, backend, contracts, invariants, integration, browser." && exit 2 ;;
    esac
done
logs=$(mktemp -d)
printf '==> running: %s\n' "$wanted"
lane lint backend invariants &
first=$!
lane contracts integration browser &
trap 'kill "$first" "$!" 2>/dev/null; rm -rf "$logs"; exit 130' INT TERM

failed=""
waiting="$wanted"
while [ -n "$waiting" ]; do
    rest=""
    for suite in $waiting; do
        if [ -s "$logs/$suite.status" ]; then
            printf '\n==> %s\n' "$suite"
            cat "$logs/$suite.log"
            [ "$(cat "$logs/$suite.status")" = 0 ] || failed="$failed $suite"
        else
            rest="$rest $suite"
        fi
    done
    waiting="${rest# }"
    [ -z "$waiting" ] || sleep 1
done
rm -rf "$logs"

if [ -n "$failed" ]; then
    printf '\n==> failed:%s\n' "$failed"
    exit 1
fi
printf '\n==> all of these passed: %s\n' "$wanted"
