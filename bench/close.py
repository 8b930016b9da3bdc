"""The daily close of LOANS loans, first and next day, while payments are written to the index.

    make bench-close LOANS=100000

The index is made up by the indexer's own store; one loan in ten is overdue. Two dates are closed in
a process of its own: the first writes a line for every loan, the second for those that are late.
Meanwhile this process appends blocks with a payment each, as the indexer does, and measures how
long each takes; before the close it does the same alone. The same close for a tenth and a hundredth
of LOANS shows whether a loan costs the same however many there are. Beyond 100,000 the loans
are copies, which are made much faster. The last line is one JSON object.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.backend.api import crowd

from tallystick.chain.codec import TOPICS
from tallystick.db import open_database
from tallystick.indexer import repository
from tallystick.indexer.repository import open_index
from tallystick.indexer.source import Batch, Header, Log
from tallystick.indexer.store import Store
from tallystick.loans.account import Account
from tallystick.loans.calendar import SECONDS_PER_DAY, day_at
from tallystick.loans.kinds import Source
from tallystick.servicing.close.daily import close_book
from tallystick.servicing.close.run import Closer
from tallystick.servicing.close.store import open_close_file
from tallystick.servicing.policy import ServicingPolicy

PAYMENTS = 200
COPIED = 100_000
"""Loans that the store itself makes, so many in a block:"""
PER_BLOCK = 100
GOAL_SECONDS = 60


class Payments:
    """Appends blocks with one payment each to an index, as its only writer."""

    def __init__(self, path: Path) -> None:
        self._db = open_database(path, rebuildable=True)
        self._store = Store(self._db, crowd.CHAIN)
        self._store._reload()  # noqa: SLF001 - the books, without a node to check them by
        self._next = 0

    def pay(self, second: int) -> float:
        """A loan's first row is paid at a second; how many seconds writing it took."""
        number, self._next = self._next, self._next + 1
        loan = repository.get_loan_bare(self._db, crowd.loan_id(number))
        assert loan is not None  # noqa: S101 - there are more loans than payments
        amounts = Account(loan.agreement, loan.stored).pay(day_at(second), 1_000_000)
        payer = bytes.fromhex(loan.agreement.borrower[2:]).rjust(32, b"\0")
        topics = TOPICS["Paid"] + loan.loan_id + payer + Source.PAID.to_bytes(32, "big")
        data = b"".join(part.to_bytes(32, "big") for part in amounts)
        cursor = self._store.cursor()
        hash_ = os.urandom(32)
        header = Header(cursor.number + 1, hash_, cursor.hash, second, 0)
        log = Log(header.number, 0, hash_, os.urandom(32), topics, data, 1)
        begin = time.perf_counter()
        self._store.append(cursor, [Batch([header], [log])], header.number)
        return time.perf_counter() - begin

    def until(self, second: int) -> None:
        """An empty block."""
        cursor = self._store.cursor()
        header = Header(cursor.number + 1, os.urandom(32), cursor.hash, second, 0)
        self._store.append(cursor, [Batch([header], [])], header.number)


def close(index: Path, file: Path, date_: int) -> None:
    """Closes in this process, and prints what it took."""
    begin, cpu = time.perf_counter(), time.process_time()
    with open_index(index) as db, open_close_file(file) as target:
        closer = Closer(db, target, ServicingPolicy(), lambda: int(time.time()))
        (done,) = close_book(closer, crowd.CHAIN, crowd.BOOK, date_)
    print(
        json.dumps(
            {
                "loans": done.loans,
                "lines": done.lines,
                "seconds": round(time.perf_counter() - begin, 3),
                "cpu_seconds": round(time.process_time() - cpu, 3),
                "peak_mib": round(peak_mib(), 1),
            }
        )
    )


def peak_mib() -> float:
    """Of this process alone; getrusage would remember the one that started it."""
    (kib,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kib) / 1024


def closed_beside(index: Path, file: Path, day: int, payments: Payments | None) -> dict[str, Any]:
    """The close of a date in another process, with payments meanwhile."""
    command = [sys.executable, "-m", "bench.close", str(index), str(file), str(day)]
    taken: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while payments is not None and process.poll() is None:
            taken.append(payments.pay(int(time.time())))
            time.sleep(0.01)
        printed, _ = process.communicate()
    found: dict[str, Any] = json.loads(printed)
    return found | ({"writes": latency(taken)} if taken else {})


def latency(taken: list[float]) -> dict[str, float]:
    """Milliseconds of writes."""
    ordered = sorted(taken)
    return {
        "count": len(ordered),
        "p50_ms": round(1e3 * statistics.median(ordered), 2),
        "p99_ms": round(1e3 * ordered[int(0.99 * (len(ordered) - 1))], 2),
        "most_ms": round(1e3 * ordered[-1], 2),
    }


def make_index(folder: Path, loans: int) -> Path:
    """An index of so many loans; a multiple of `COPIED` beyond that, then without the indexes of
    lists, which the close does not read."""
    path = crowd.make_index(folder, min(loans, COPIED)).db
    with open_database(path, rebuildable=True) as db:
        rows = db.execute("PRAGMA table_info(loans)").fetchall()
        columns = ", ".join(name for _, name, *_ in rows[2:])
        if loans > COPIED:
            made = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'loans'"
            for (name,) in db.execute(made + " AND sql IS NOT NULL").fetchall():
                if name != "loans_by_book":
                    db.execute(f"DROP INDEX {name}")
        for copy in range(1, loans // COPIED):  # beside the originals, in their blocks
            shift = copy * PER_BLOCK
            db.execute(
                f"INSERT INTO loans SELECT id + {shift}, randomblob(32), {columns}"  # noqa: S608
                f" FROM loans WHERE (id & 1048575) < {PER_BLOCK}"
            )
    return path


def measure(loans: int, *, writing: bool) -> dict[str, Any]:
    """Two dates of an index of this size."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        index, file = make_index(path, loans), path / "servicing.db"
        open_close_file(file).close()  # its tables are made once
        payments = Payments(index)
        today = day_at(int(time.time()))
        found: dict[str, Any] = {"loans": loans}
        payments.until(int(time.time()))
        if writing:
            alone = []
            for _ in range(PAYMENTS):
                alone.append(payments.pay(int(time.time())))
                time.sleep(0.01)
            found["writes_alone"] = latency(alone)
        found["first"] = closed_beside(index, file, today - 1, payments if writing else None)
        payments.until((today + 1) * SECONDS_PER_DAY)
        found["next"] = closed_beside(index, file, today, None)
    for name in ("first", "next"):
        found[name]["us_per_loan"] = round(1e6 * found[name]["seconds"] / loans, 1)
    return found


def main() -> None:
    loans = int(os.environ.get("LOANS", "100000"))
    sizes = [measure(size, writing=False) for size in (loans // 100, loans // 10)]
    whole = measure(loans, writing=True)
    print("     loans   close      s  us/loan    lines  peak MiB")
    for size in (*sizes, whole):
        for name in ("first", "next"):
            one = size[name]
            print(
                f"{size['loans']:>10,}   {name:5}{one['seconds']:>7.2f}{one['us_per_loan']:>9.1f}"
                f"{one['lines']:>9,}{one['peak_mib']:>10.1f}"
            )
    during, alone = whole["first"]["writes"], whole["writes_alone"]
    print(f"a payment is written in {alone['p50_ms']} ms, {during['p50_ms']} ms meanwhile (median)")
    growth = {
        name: round(whole[name]["us_per_loan"] / sizes[-1][name]["us_per_loan"], 2)
        for name in ("first", "next")
    }
    report = {
        "bench": "close",
        "loans": loans,
        "seconds": whole["first"]["seconds"],
        "goal_seconds_per_100000": GOAL_SECONDS,
        "per_loan_against_a_tenth": growth,
        "sizes": [*sizes, whole],
    }
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        close(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
