"""Classification of a portfolio: seconds and peak memory at 10,000, 100,000 and 1,000,000 loans.

    make bench-portfolio

Each size runs in a process of its own, reading due days and outstanding amounts (up to 2^96, as
the index stores them) from an SQLite file, which is the whole of what a report needs; buckets,
classes, provisions and PAR come out as exact integers. `memory` runs over pairs already in memory.
The smallest size is also classified loan by loan and must give the same integers. The last line is
one JSON object.
"""

from __future__ import annotations

import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from tallystick.db.amounts import pack_amount
from tallystick.loans.delinquency.exposure import Exposure
from tallystick.loans.delinquency.policy import Policy
from tallystick.loans.delinquency.portfolio import PortfolioReport, classify
from tallystick.loans.delinquency.standing import standing

SIZES = (10_000, 100_000, 1_000_000)
TODAY = 20_600
ROUNDS = 3


def make_portfolio(path: Path, size: int) -> None:
    """A file of loans: nine in ten current, the rest up to 500 days late."""
    chance = random.Random(size)
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE loans (next_due_day INTEGER, outstanding TEXT)")
        db.executemany("INSERT INTO loans VALUES (?, ?)", (_loan(chance) for _ in range(size)))
    db.close()


def _loan(chance: random.Random) -> tuple[int, str]:
    due = TODAY + chance.randrange(31)
    if chance.random() < 0.1:
        due = TODAY - 1 - int(500 * chance.random() ** 2)
    return due, pack_amount(chance.randrange(1, 2 ** chance.randrange(30, 97)))


def exposures(path: Path) -> Iterator[tuple[int, int]]:
    """The loans of a file, streamed."""
    db = sqlite3.connect(path)
    for due_day, outstanding in db.execute("SELECT next_due_day, outstanding FROM loans"):
        yield due_day, int(outstanding)
    db.close()


def measure(path: Path) -> dict[str, Any]:
    """One size, in this process. Memory is read before the loans are held in it."""
    wall, cpu = min(_seconds(path) for _ in range(ROUNDS))
    peak = _peak_mib()
    pairs = list(exposures(path))
    begin = time.perf_counter()
    report = classify(pairs, TODAY)
    in_memory = time.perf_counter() - begin
    if len(pairs) == SIZES[0]:
        check_against_single_loans(path, report)
    return {
        "loans": len(pairs),
        "seconds": round(wall, 4),
        "cpu_seconds": round(cpu, 4),
        "seconds_from_memory": round(in_memory, 4),
        "peak_mib": round(peak, 1),
    }


def _seconds(path: Path) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    classify(exposures(path), TODAY)
    return time.perf_counter() - wall, time.process_time() - cpu


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def check_against_single_loans(path: Path, report: PortfolioReport) -> None:
    """Raise when the portfolio's sums are not those of its loans."""
    sums: dict[str, int] = {}
    for exposure in map(Exposure._make, exposures(path)):
        one = standing(exposure, TODAY, Policy())
        for key in (one.bucket, one.asset_class.label):
            sums[key] = sums.get(key, 0) + one.outstanding
    found = {label: part.outstanding for label, part in report.buckets.items()}
    found |= {kind.label: part.outstanding for kind, part in report.classes.items()}
    if {key: amount for key, amount in found.items() if amount} != sums:
        raise SystemExit("the portfolio does not equal its loans")


def main() -> None:
    results: list[dict[str, Any]] = []
    print("     loans   seconds   cpu s   us/loan   from memory   peak MiB")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"{size}.db"
            make_portfolio(path, size)
            run = subprocess.run(
                [sys.executable, __file__, str(path)], check=True, capture_output=True, text=True
            )
            result = json.loads(run.stdout)
            results.append(result)
            print(
                f"{size:>10,}{result['seconds']:>10.3f}{result['cpu_seconds']:>8.3f}"
                f"{result['seconds'] / size * 1e6:>10.2f}"
                f"{result['seconds_from_memory']:>14.3f}{result['peak_mib']:>11.1f}"
            )
            path.unlink()
    growth = [round(b["cpu_seconds"] / a["cpu_seconds"], 2) for a, b in pairwise(results)]
    print(f"CPU time grows by {growth} for tenfold loans\n")
    print(json.dumps({"bench": "portfolio", "sizes": results, "growth_per_tenfold": growth}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(Path(sys.argv[1]))))
    else:
        main()
