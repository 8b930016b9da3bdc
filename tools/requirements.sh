#!/bin/sh
# Checks that Python 3.11 and Node.js 20 or newer are there and prints the path of that Python;
# else says in one sentence what is missing. $PYTHON names another interpreter to try first.
set -eu

fail() {
    echo "$1" >&2
    exit 1
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Tallystick needs Python 3.11 or newer, but found $(python3 -V 2>/dev/null || echo none)."
}

if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    fail "Tallystick needs Node.js 20 or newer, but found $(node --version 2>/dev/null || echo none)."
fi
find_python
