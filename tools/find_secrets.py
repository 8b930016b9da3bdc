"""Prints, as JSON, what looks like a secret in the files whose names it reads as JSON.

Run by tools/audit.py with the Python of its tools. Every file is first searched as a whole for the
shapes that the detectors know; only those with a match are read line by line, as detect-secrets
itself would, with all that it knows of false alarms. That takes a twentieth of the time.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings


def main() -> None:
    wanted = json.load(sys.stdin)
    kinds = get_mapping_from_secret_type_to_class().values()
    shapes = [
        pattern
        for kind in kinds
        if kind.__name__ in wanted["shapes"]
        for pattern in kind().denylist
    ]
    found = []
    with transient_settings({"plugins_used": [{"name": name} for name in wanted["shapes"]]}):
        for name in wanted["files"]:
            text = Path(name).read_text(errors="replace")
            if any(shape.search(text) for shape in shapes):
                found += [[name, one.line_number, one.type] for one in scan_file(name)]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
