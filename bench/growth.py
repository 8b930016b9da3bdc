"""The indexer on a chain that grows to millions of events: speed, memory and size on the way.

    make bench-growth EVENTS=5000000

The chain is made up, as no development node holds so much: an object that answers like a node with
as many monthly loans every month, each of which lives for a year. Everything behind it is what
indexes a real one, but for the process that fetches ahead. Making the answers up is not counted.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from tallystick.chain.codec import TOPICS
from tallystick.chain.deployment import Deployment
from tallystick.chain.rpc import Call, Rpc
from tallystick.chain.words import agreement_words
from tallystick.indexer import indexer as writer
from tallystick.indexer.garbage import rarely_collect_garbage
from tallystick.indexer.repository import LoanFilter, list_loans, open_index
from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement, Amortization, Frequency
from tallystick.loans.calendar import SECONDS_PER_DAY, day_of, due_day, month_day, ymd_of
from tallystick.loans.installment import level_installment

BOOK = "0x" + "b0" * 20
ROWS = 12
EVENTS_OF_LOAN = ROWS + 2
MILESTONES = (100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000)
_A_BLOCK = 1_000
_PARTIES = 200
_BEGIN = date(2026, 1, 1)
_FULL_BLOOM = "0x" + "ff" * 256


class MadeUp(Rpc):
    """A node of a chain in which `loans` loans begin in every month."""

    def __init__(self, loans: int, months: int) -> None:
        super().__init__("http://127.0.0.1:9")
        self._loans = loans
        self._in_month = -(-loans * EVENTS_OF_LOAN // _A_BLOCK)
        self.head = months * self._in_month
        self.seconds = 0.0
        """of CPU spent on making answers up"""
        self.given = 0
        """Logs."""

    def batch(self, calls: Iterable[Call]) -> list[Any]:
        """Answers to what an indexer asks."""
        began = time.process_time()
        answers = [self._answer(method, *params) for method, params in calls]
        self.seconds += time.process_time() - began
        return answers

    def _answer(self, method: str, *params: Any) -> Any:
        if method == "eth_getBlockByNumber":
            return self._block(params[0])
        if method == "eth_getLogs":
            first, last = (int(params[0][key], 16) for key in ("fromBlock", "toBlock"))
            logs = [log for number in range(first, last + 1) for log in self._logs(number)]
            self.given += len(logs)
            return logs
        return {"eth_chainId": "0x1", "eth_getCode": "0x00"}[method]

    def _block(self, tag: str) -> dict[str, Any]:
        number = self.head if tag == "latest" else int(tag, 16)
        month, place = divmod(max(number - 1, 0), self._in_month)
        first = day_of(month_day(_BEGIN.year, _BEGIN.month, month, 1)) * SECONDS_PER_DAY
        return {
            "number": hex(number),
            "hash": _hash(number),
            "parentHash": _hash(number - 1),
            "timestamp": hex(first + place if number else 0),
            "logsBloom": _FULL_BLOOM if number and self._part(number) else "0x0",
        }

    def _part(self, number: int) -> list[tuple[list[str], str]]:
        month, place = divmod(number - 1, self._in_month)
        return month_of(month, self._loans)[place * _A_BLOCK : (place + 1) * _A_BLOCK]

    def _logs(self, number: int) -> list[dict[str, Any]]:
        at = {"blockHash": _hash(number), "blockNumber": hex(number), "address": BOOK}
        return [
            at
            | {
                "transactionHash": _hash(number << 16 | index >> 5),
                "logIndex": hex(index),
                "topics": topics,
                "data": data,
            }
            for index, (topics, data) in enumerate(self._part(number))
        ]


@lru_cache(maxsize=2)
def month_of(month: int, loans: int) -> list[tuple[list[str], str]]:
    """Topics and data of all that happens on the first of a month."""
    return [
        (_topics(name, cohort, loan), data)
        for cohort in range(max(0, month - ROWS), month + 1)
        for name, data in _life(cohort)[month - cohort]
        for loan in range(loans)
    ]


@lru_cache(maxsize=ROWS + 2)
def _life(cohort: int) -> list[list[tuple[str, str]]]:
    """Events of a loan of this month, by months since: name and data."""
    agreement = terms(cohort)
    account = Account(agreement)
    life = [[("Originated", "0x" + agreement_words(agreement).hex())]]
    for row in range(ROWS):
        numbers = (*account.pay(due_day(agreement, row), None), 1)
        life.append([("Paid", "0x" + b"".join(n.to_bytes(32, "big") for n in numbers).hex())])
    life[-1].append(("Closed", "0x"))
    return life


def terms(cohort: int) -> Agreement:
    """A level loan of 1,200 dollars, 12 months, 12 %, from the first of a month."""
    start, first = (month_day(_BEGIN.year, _BEGIN.month, cohort + n, 1) for n in (0, 1))
    dates = {"start_date": ymd_of(start), "first_due_date": ymd_of(first)}
    return replace(_TERMS, **dates)


def _topics(name: str, cohort: int, loan: int) -> list[str]:
    topics = ["0x" + TOPICS[name].hex(), f"0x{(loan * 2654435761) % 2**32:08x}{cohort:056x}"]
    if name == "Closed":
        return topics
    party = f"0x{0xAA000000 + loan % _PARTIES:064x}"
    return [*topics, party, *([f"0x{0xBB000000 + loan % 7:064x}"] if name == "Originated" else [])]


def _hash(number: int) -> str:
    return f"0x{(number * 0x9E3779B97F4A7C15) % 2**64:016x}{number % 2**192:048x}"


def run(events: int, loans: int, path: Path) -> Iterator[dict[str, Any]]:
    """Indexes up to `events` events; what it took, at each milestone."""
    months = -(-events // (loans * EVENTS_OF_LOAN)) + ROWS
    node = MadeUp(loans, months)
    writer._FAR_BLOCKS = 2**62  # noqa: SLF001 - no other process could ask this node
    with writer.Indexer(node, Deployment(1, BOOK, 1), path) as indexer:
        known, wall, cpu, made = 0, time.perf_counter(), time.process_time(), 0.0
        while indexer.step():
            count = node.given
            if count < min(events, next((m for m in MILESTONES if m > known), events)):
                continue
            with open_index(path) as db:
                asked = time.perf_counter()
                list_loans(db, LoanFilter(lender=f"0x{0xBB000000:040x}"), limit=20)
                asked = time.perf_counter() - asked
            now, spent = time.perf_counter(), time.process_time() - cpu - (node.seconds - made)
            yield {
                "events": count,
                "events_per_cpu_s": round((count - known) / spent),
                "us_per_event": round(1e6 * spent / (count - known), 1),
                "seconds": round(now - wall),
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "database_mb": round(path.stat().st_size / 1e6),
                "list_ms": round(1e3 * asked, 1),
            }
            known, cpu, made = count, time.process_time(), node.seconds
            if count >= events:
                return


_TERMS = Agreement(
    borrower=f"0x{0xAA000000:040x}",
    lender=f"0x{0xBB000000:040x}",
    token="0x" + "70" * 20,
    principal=1_200_000_000,
    installment=level_installment(
        1_200_000_000, 120_000_000, 10_000, Frequency.MONTHS, 1, ROWS, _BEGIN, date(2026, 2, 1), 1
    ),
    quantum=10_000,
    annual_rate=120_000_000,
    penalty_rate=60_000_000,
    grace_days=3,
    penalty_cap_days=180,
    amortization=Amortization.LEVEL,
    frequency=Frequency.MONTHS,
    every=1,
    count=ROWS,
    start_date=20260101,
    first_due_date=20260201,
    due_day=1,
    document_hash=b"\1" * 32,
    borrower_nonce=0,
    lender_nonce=0,
    deadline=2**40 - 1,
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--loans", type=int, default=2_000, help="that begin in a month")
    given = parser.parse_args()
    rarely_collect_garbage()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for row in run(given.events, given.loans, Path(name) / "growth.db"):
            rows.append(row)
            print(json.dumps(row), flush=True)
    first, last = rows[0], rows[-1]
    print(
        json.dumps(
            {
                "events": last["events"],
                "growth_cost_ratio": round(last["us_per_event"] / first["us_per_event"], 2),
                "peak_mb": last["peak_mb"],
                "list_ms": last["list_ms"],
            }
        )
    )


if __name__ == "__main__":
    main()
