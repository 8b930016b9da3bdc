"""`python -m tallystick.training DATA SCHEMA FOLDER SEED`, run by `tallystick score train`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tallystick.scoring.errors import ScoringError

BAD_INPUT = 2


def main() -> int:
    start = time.perf_counter()

    def say(line: str) -> None:
        sys.stderr.write(f"[{time.perf_counter() - start:5.1f} s] {line}\n")
        sys.stderr.flush()

    from tallystick.training.train import train

    data, schema, folder, seed = sys.argv[1:]
    try:
        metrics = train(Path(data), Path(schema), Path(folder), int(seed), say)
    except ScoringError as error:
        sys.stderr.write(f"Error: {error}\n")
        return BAD_INPUT
    sys.stdout.write(json.dumps(metrics, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
