"""The indexer on a chain that grows to millions of events: speed, memory and size on the way.

    make bench-growth EVENTS=5000000

The chain is made up, as no development node holds so much: a process that answers like a node with
as many monthly loans every month, each of which lives for a year. Everything else is what indexes a
real one. Microseconds are of processor time: the writer's at each milestone, and at the end also
those of the process that fetches ahead; making the answers up is not counted. The last line is one
JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson

from tallystick.chain.codec import TOPICS
from tallystick.chain.deployment import Deployment
from tallystick.chain.rpc import Rpc
from tallystick.chain.words import terms_words
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.lean import be_lean
from tallystick.indexer.repository import LoanFilter, list_loans, open_index
from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import SECONDS_PER_DAY, day_of, due_day, month_day, ymd_of
from tallystick.loans.conditions import Conditions
from tallystick.loans.installment import level_installment
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Source,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH

BOOK = "0x" + "b0" * 20
ROWS = 12
EVENTS_OF_LOAN = ROWS + 2
MILESTONES = (100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000)
_A_BLOCK = 1_000
_PARTIES = 200
_BEGIN = date(2026, 1, 1)
_FULL_BLOOM = "0x" + "ff" * 256


class MadeUp:
    """A node of a chain in which `loans` loans begin in every month."""

    def __init__(self, loans: int, months: int) -> None:
        self._loans = loans
        self._in_month = -(-loans * EVENTS_OF_LOAN // _A_BLOCK)
        self.head = months * self._in_month

    def events_up_to(self, block: int) -> int:
        """Logs of all blocks up to this one."""
        months, rest = divmod(block, self._in_month)
        return sum(map(self._events_of, range(months))) + min(
            rest * _A_BLOCK, self._events_of(months)
        )

    def _events_of(self, month: int) -> int:
        return self._loans * (month + 1 if month < ROWS else EVENTS_OF_LOAN)

    def answer(self, method: str, *params: Any) -> Any:
        """What an indexer asks."""
        if method == "eth_getBlockByNumber":
            return self._block(params[0])
        if method == "eth_getLogs":
            first, last = (int(params[0][key], 16) for key in ("fromBlock", "toBlock"))
            return [log for number in range(first, last + 1) for log in self._logs(number)]
        return {"eth_chainId": "0x1", "eth_getCode": "0x00"}[method]

    def _block(self, tag: str) -> dict[str, Any]:
        number = int(tag, 16) if tag.startswith("0x") else self.head
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
        for loan in range(loans)
        for name, data in _life(cohort)[month - cohort]  # of one payment, so in one block
    ]


@lru_cache(maxsize=ROWS + 2)
def _life(cohort: int) -> list[list[tuple[str, str]]]:
    """Events of a loan of this month, by months since: name and data."""
    agreement = terms(cohort)
    account = Account(agreement)
    life = [[("Originated", "0x" + terms_words(agreement).hex())]]
    for row in range(ROWS):
        numbers = account.pay(due_day(agreement, row), None)
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
    last = 0xBB000000 + loan % 7 if name == "Originated" else Source.COLLECTED
    return [*topics, party, f"0x{last:064x}"]


def _hash(number: int) -> str:
    return f"0x{(number * 0x9E3779B97F4A7C15) % 2**64:016x}{number % 2**192:048x}"


class _Answers(BaseHTTPRequestHandler):
    """JSON-RPC over HTTP."""

    protocol_version = "HTTP/1.1"
    node: MadeUp

    def do_POST(self) -> None:
        """One request or a batch."""
        asked = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        calls = asked if isinstance(asked, list) else [asked]
        answers = [
            {"id": call["id"], "result": self.node.answer(call["method"], *call["params"])}
            for call in calls
        ]
        body = orjson.dumps(answers if asked is calls else answers[0])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


def serve(loans: int, months: int) -> None:
    """The made-up node, until it is ended; tells its port first."""
    _Answers.node = MadeUp(loans, months)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


@contextmanager
def node(loans: int, months: int) -> Iterator[str]:
    """Its URL, while it runs in a process of its own."""
    numbers = f"--loans={loans}", f"--months={months}"
    command = [sys.executable, __file__, *numbers]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout  # noqa: S101 - a pipe
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def run(events: int, loans: int, path: Path) -> Iterator[dict[str, Any]]:
    """Indexes up to `events` events; what it took, at each milestone and in the end."""
    months = -(-events // (loans * EVENTS_OF_LOAN)) + ROWS
    chain = MadeUp(loans, months)
    with node(loans, months) as url:
        with Indexer(Rpc(url, timeout=60), Deployment(1, BOOK, 1), path) as indexer:
            began, known, cpu = time.perf_counter(), 0, time.process_time()
            while known < events and indexer.step():
                count = chain.events_up_to(indexer.cursor.number)
                if count < min(events, next((m for m in MILESTONES if m > known), events)):
                    continue
                now, spent = time.perf_counter(), time.process_time() - cpu
                yield {
                    "events": count,
                    "events_per_s": round(count / (now - began)),
                    "us_per_event": round(1e6 * spent / (count - known), 1),
                    "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                    "database_mb": round(path.stat().st_size / 1e6),
                    "list_ms": _list_ms(path),
                }
                known, cpu = count, time.process_time()
        fetching = resource.getrusage(resource.RUSAGE_CHILDREN)  # has ended with the indexer
        seconds = fetching.ru_utime + fetching.ru_stime
        yield {
            "fetching_us_per_event": round(1e6 * seconds / known, 1),
            "fetching_peak_mb": round(fetching.ru_maxrss / 1024),
        }


def _list_ms(path: Path) -> float:
    """Milliseconds of listing a lender's twenty newest loans."""
    with open_index(path) as db:
        asked = time.perf_counter()
        list_loans(db, LoanFilter(lender=_LENDER), limit=20)
        return round(1e3 * (time.perf_counter() - asked), 1)


_LENDER = f"0x{0xBB000000:040x}"
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
    prepayment_fee=0,
    amortization=Amortization.LEVEL,
    interest_method=InterestMethod.DECLINING,
    day_count=DayCount.THIRTY_360,
    prepayment=Prepayment.SHORTER_TERM,
    waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL,
    frequency=Frequency.MONTHS,
    every=1,
    count=ROWS,
    grace_principal=0,
    grace_interest=0,
    start_date=20260101,
    first_due_date=20260201,
    due_day=1,
    rows=NO_ADDRESS,
    amends=NO_HASH,
    conditions=Conditions(b"\1" * 32, 0, 0, 0, 2**40 - 1),
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--loans", type=int, default=2_000, help="that begin in a month")
    parser.add_argument("--months", type=int, help="be the node of a chain of so many months")
    given = parser.parse_args()
    if given.months:
        serve(given.loans, given.months)
    be_lean()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for row in run(given.events, given.loans, Path(name) / "growth.db"):
            rows.append(row)
            print(json.dumps(row), flush=True)
    first, last, fetching = rows[0], *rows[-2:]
    print(
        json.dumps(
            {
                "events": last["events"],
                "growth_cost_ratio": round(last["us_per_event"] / first["us_per_event"], 2),
                "peak_mb": last["peak_mb"] + fetching["fetching_peak_mb"],
                "list_ms": last["list_ms"],
            }
        )
    )


if __name__ == "__main__":
    main()
