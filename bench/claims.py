"""Milliseconds of a lender's figures with 1,000 and with 100,000 loans in the book.

    make bench-claims

One lender in ten holds a tenth of the loans. `first` is what counting a claim costs once, in
microseconds; the others are what the page asks for when nothing is new. `ratio` is the greater book
over the smaller one, in the same run. Medians of processor time. The last line is one JSON object.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.backend.api import crowd

from tallystick.api.claims_view import claims_after, total_answer
from tallystick.api.routes.claims import cash_flow
from tallystick.api.state import ServerState
from tallystick.claims import store
from tallystick.claims.service import follow

SIZES = (1_000, 100_000)
ROUNDS = 30
LENDER = crowd.lender(3)


def milliseconds(act: Callable[[], object]) -> float:
    """Median processor time."""
    found = []
    for _ in range(ROUNDS):
        begin = time.process_time()
        act()
        found.append(time.process_time() - begin)
    return 1_000 * statistics.median(found)


def measure(loans: int) -> dict[str, float]:
    """What each part costs in a book of so many loans."""
    with tempfile.TemporaryDirectory() as folder:
        state = ServerState(crowd.make_index(Path(folder), loans))
        begin = time.process_time()
        with state.writing() as db:
            while not follow(db, LENDER, crowd.CHAIN):
                pass
            spent = time.process_time() - begin
            found = {"first": 1e6 * spent / (loans / crowd.LENDERS)}
            found["nothing new"] = milliseconds(lambda: follow(db, LENDER, crowd.CHAIN))
        with state.snapshot() as snapshot:
            total = store.totals(snapshot.db, [LENDER], snapshot.chain.key)[crowd.TOKEN]
            last = store.ids_of(snapshot.chain.key)[1]
            found["cash flow"] = milliseconds(lambda: cash_flow(snapshot, [LENDER], crowd.TOKEN))
            found["claims"] = milliseconds(
                lambda: claims_after(snapshot, [LENDER], crowd.TOKEN, last, 25)
            )
            found["ageing and yield"] = milliseconds(
                lambda: total_answer(snapshot, crowd.TOKEN, total, complete=True)
            )
        state.close()
    return found


def main() -> None:
    small, large = (measure(size) for size in SIZES)
    print(f"{'':18} {SIZES[0]:>9,} {SIZES[1]:>9,}     ratio")
    for name, value in small.items():
        print(f"{name:18} {value:9.2f} {large[name]:9.2f} {large[name] / value:9.2f}")
    print(json.dumps({name: round(large[name] / value, 2) for name, value in small.items()}))


if __name__ == "__main__":
    main()
