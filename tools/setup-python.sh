#!/bin/sh
# Makes or updates the one Python environment, .venv, exactly as uv.lock says.
# Uses uv if it is installed, else installs it below .tools.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9

python=$(tools/requirements.sh)
if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    uv=.tools/uv/bin/uv
    if [ ! -x "$uv" ]; then
        echo "==> Installing uv $UV_VERSION below .tools"
        if ! "$python" -m venv --clear .tools/uv >/dev/null; then
            echo "Python's venv module is incomplete; on Debian: apt install python3-venv." >&2
            exit 1
        fi
        .tools/uv/bin/pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    fi
fi

echo "==> Installing the Python packages of uv.lock into .venv"
# Compiled now, because a process that starts must not do it: twice as fast, and everywhere, also
# where Python is told not to write bytecode.
"$uv" sync --frozen --quiet --compile-bytecode --python "$python"
.venv/bin/python -m compileall -q backend
