"""`python -m tallystick.training DATA SCHEMA FOLDER SEED`, run by `tallystick score train`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from tallystick.scoring.errors import ScoringError
from tallystick.scoring.schema import read_schema
from tallystick.training.data import read_dataset

BAD_INPUT = 2


def main() -> int:
    start = time.perf_counter()

    def say(line: str) -> None:
        sys.stderr.write(f"[{time.perf_counter() - start:5.1f} s] {line}\n")
        sys.stderr.flush()

    data_file, schema_file, folder, seed = sys.argv[1:]
    try:
        data = read_dataset(Path(data_file), read_schema(Path(schema_file)))
        say(f"read {len(data):,} rows, {int(data.target.sum()):,} of them defaults")
        # only now, since the learning libraries take seconds to import
        from tallystick.training.train import train

        metrics = train(data, Path(folder), int(seed), say)
    except ScoringError as error:
        sys.stderr.write(f"Error: {error}\n")
        return BAD_INPUT
    sys.stdout.write(json.dumps(metrics, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
