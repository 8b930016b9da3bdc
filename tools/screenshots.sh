#!/bin/sh
# Refreshes the pictures of the README from a running stack (`make run`), with a headless Chromium.
# Usage: tools/screenshots.sh [address of the service]
set -eu
cd "$(dirname "$0")/.."
url="${1:-http://127.0.0.1:8000}"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
    echo "Install Chromium and run this again." >&2
    exit 1
}
# the loan of the demo that was late and is cured: the one every two weeks
loan=$(curl -fsS "$url/v1/loans" | .venv/bin/python -c '
import json, sys
print(next(l["loan_id"] for l in json.load(sys.stdin)["data"] if l["frequency"] == "weeks"))')

picture() { # path below the address, file, height
    "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --log-level=3 \
        --window-size="1100,$3" --screenshot="docs/img/$2" "$url$1" 2>/dev/null
}
mkdir -p docs/img
picture / loans.png 760
picture "/loans/$loan" loan.png 960
echo "docs/img/loans.png and docs/img/loan.png are new."
