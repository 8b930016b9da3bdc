"""A loan's JSON with holes where the answer depends on more than the loan's own events.

A text holds for a range of days: from one due day to the next, nothing in it changes but what
stands in the holes. Answers filled in are equal to `Snapshot.loan_answer`, which the tests compare.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from tallystick.api.schemas.types import Token
from tallystick.api.snapshot import Snapshot
from tallystick.api.tokens import TokenFacts
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_rows, owed_at

NEVER = 2**31
"""A day after all others."""
NULL = b"null"
_HOLE, _NUMBER = "\0", "\1"
_WRITTEN = {b'"\\u0000"': b"%b", b'"\\u0001"': b"%d"}
_REST = b',"agreement":'
_LEVEL = 1
_STATUS = {status.label: b'"%b"' % status.label.encode() for status in Status}


class Brief(NamedTuple):
    """A loan as lists show it. Days are since 1970-01-01.

    `status` is that on chain; `due` the day from which days past due are counted, if anything is
    owed; `closed` the number of the block that closed it; `json` has holes.
    """

    due: int | None
    status: str
    token: str
    closed: int | None
    json: bytes

    def filled(self, day: int, token: bytes, pull: bytes, *references: Any) -> bytes:
        """On a day, as JSON. `references`: confirmations and finality of the origination and, if
        it is closed, of the closing."""
        due = self.due
        if due is None or day <= due:
            return self.json % (_STATUS[self.status], token, 0, pull, *references)
        status = b'"overdue"' if self.status == "active" else _STATUS[self.status]
        return self.json % (status, token, day - due, pull, *references)


class Rest(NamedTuple):
    """What follows the brief in the answer about one loan, compressed, with holes; `escrow` is the
    token that lies in escrow, if any does."""

    escrow: str | None
    packed: bytes

    def after(self, brief: bytes, escrow: bytes | None, as_of: bytes) -> bytes:
        """The answer about one loan: its brief, and everything else."""
        holes = (as_of,) if escrow is None else (escrow, as_of)
        return brief[:-1] + zlib.decompress(self.packed) % holes


class Text(NamedTuple):
    """What is kept of a loan. It is right from the day `since` to the day `until`."""

    since: int
    until: int
    brief: Brief
    rest: Rest


def write_text(snapshot: Snapshot, state: LoanState) -> Text:
    """The text of a loan that holds on the snapshot's day."""
    answer = snapshot.loan_answer(state).model_dump(mode="json")
    for name in ("token", "last_pull", "as_of"):
        answer[name] = _HOLE
    answer["status"], answer["days_past_due"] = _HOLE, _NUMBER
    for reference in (answer["originated"], answer["closed"]):
        if reference is not None:
            reference["confirmations"], reference["finality"] = _NUMBER, _HOLE
    if answer["escrow"] is not None:
        answer["escrow"]["token"] = _HOLE
    brief, separator, rest = _holes(answer).partition(_REST)
    since, until, due = _days(snapshot, state)
    closed = state.closed.block_number if state.closed else None
    escrow = state.escrow.token if state.escrow.amount else None
    return Text(
        since,
        until,
        Brief(due, state.debt.status.label, state.agreement.token, closed, brief + b"}"),
        Rest(escrow, zlib.compress(separator + rest, _LEVEL)),
    )


@lru_cache(maxsize=1_000)
def token_json(facts: TokenFacts) -> bytes:
    """A token as answers show it."""
    token = Token(address=facts.address, symbol=facts.symbol, decimals=facts.decimals)
    return orjson.dumps(token.model_dump())


def _holes(answer: Mapping[str, Any]) -> bytes:
    """The answer as a format of bytes."""
    text = orjson.dumps(answer).replace(b"%", b"%%")
    for written, hole in _WRITTEN.items():
        text = text.replace(written, hole)
    return text


def _days(snapshot: Snapshot, state: LoanState) -> tuple[int, int, int | None]:
    """The days between which nothing falls due, and the day from which days past due count."""
    since, until, due = 0, NEVER, None
    for row in open_rows(state.agreement, state.stored):
        if due is None and row.unpaid:
            due = row.due
        if row.due > snapshot.today:
            until = row.due - 1
            break
        since = row.due
    if state.debt.accelerated and due is not None:
        due = owed_at(state.agreement, state.stored, snapshot.today).due_day
    return since, until, due
