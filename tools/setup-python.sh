#!/bin/sh
# Makes or updates the one Python environment, .venv, exactly as uv.lock says.
# Needs Python 3.11 or newer; uses uv if it is installed, else installs it below .tools.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    found=$(python3 -V 2>/dev/null || echo "no python3")
    echo "Tallystick needs Python 3.11 or newer, but found $found; install it and run this again." >&2
    exit 1
}

python=$(find_python)
if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    uv=.tools/uv/bin/uv
    if [ ! -x "$uv" ]; then
        echo "==> Installing uv $UV_VERSION below .tools"
        "$python" -m venv .tools/uv
        .tools/uv/bin/pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    fi
fi

echo "==> Installing the Python packages of uv.lock into .venv"
"$uv" sync --frozen --quiet --python "$python"
