"""What a borrower and the whole book owe, from the index, and what open offers may add."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from tallystick.db import Database, unpack_amount
from tallystick.decisions.case import Exposure, Ledger
from tallystick.decisions.document import SCALE
from tallystick.indexer import repository
from tallystick.wallets.credit import Owed

_FRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Sums:
    at: float
    total: int
    segments: dict[str, int]


class Portfolio:
    """Sums over the lender's loans on one chain, as a token is one of one chain; at most five
    seconds old. Safe to share between threads."""

    def __init__(self, chain_id: int) -> None:
        self._chain_id = chain_id
        self._sums: _Sums | None = None
        self._lock = Lock()

    def exposure(
        self,
        db: Database,
        ledger: Ledger,
        subject: str,
        segment: str,
        owed: Mapping[Owed, int],
        now: int,
    ) -> Exposure:
        """Hundredths, rounded up: of what a subject `owed` in all what is owed to this lender, the
        lender's loans in all and in a segment, each with the offers that may still be accepted."""
        unit = 10 ** (ledger.decimals - SCALE)
        mine = owed.get(Owed(self._chain_id, ledger.lender, ledger.token), 0)
        sums = self._present(db, ledger)
        open_ = _open_offers(db, now)
        return Exposure(
            subject=-(-mine // unit) + sum(amount for who, _, amount in open_ if who == subject),
            total=-(-sums.total // unit) + sum(amount for _, _, amount in open_),
            segment=-(-sums.segments.get(segment, 0) // unit)
            + sum(amount for _, kind, amount in open_ if kind == segment),
        )

    def _present(self, db: Database, ledger: Ledger) -> _Sums:
        with self._lock:
            sums = self._sums
            if sums is None or time.monotonic() - sums.at > _FRESH_SECONDS:
                chain = repository.chain(db, self._chain_id)
                key = None if chain is None else chain.key
                found = repository.exposures(db, ledger.token, ledger.lender, key)
                total = sum(amount for _, amount in found)
                sums = self._sums = _Sums(time.monotonic(), total, _by_segment(db))
            return sums


def _by_segment(db: Database) -> dict[str, int]:
    """Outstanding principal, base units, of loans that a decision led to."""
    segments: dict[str, int] = {}
    for segment, outstanding in db.execute(
        "SELECT d.segment, l.outstanding FROM decisions d JOIN offers o USING (offer_id)"
        " JOIN loans l ON l.loan_id = o.loan_id WHERE l.next_due_day IS NOT NULL"
    ):
        segments[segment] = segments.get(segment, 0) + unpack_amount(outstanding)
    return segments


def _open_offers(db: Database, now: int) -> list[tuple[str, str, int]]:
    """Subject, segment and hundredths of every offer that may still become a loan."""
    return db.execute(
        "SELECT d.subject, d.segment, d.amount FROM decisions d JOIN offers o USING (offer_id)"
        " WHERE d.valid_until >= ? AND NOT EXISTS"
        " (SELECT 1 FROM loans l WHERE l.loan_id = o.loan_id)",
        (now,),
    ).fetchall()
