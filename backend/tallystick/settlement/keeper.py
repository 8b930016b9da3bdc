"""One round of collecting: what is due, simulated, batched, sent, recorded.

Nothing can be pulled twice or early, whatever a keeper does: the book decides. A round wastes
little: it simulates on the pending block, where the transactions of other keepers already count,
and drops what would fail before it pays for gas.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

from tallystick.chain.calls import collect_call, collect_many_call, draw_guarantor_call
from tallystick.chain.client import BookClient
from tallystick.chain.codec import decode, event_name
from tallystick.chain.errors import BookRevert, RpcRefused, TransactionReverted
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Receipt, Sender
from tallystick.db import Database
from tallystick.indexer.repository import book as find_book
from tallystick.indexer.repository import cursor, due_loans, guaranteed_loans, next_due
from tallystick.loans.calendar import day_at
from tallystick.loans.events import EventRef, Paid
from tallystick.loans.fold import LoanState
from tallystick.loans.ledger import owed_at
from tallystick.settlement import metrics
from tallystick.settlement.attempts import (
    RETRY_AFTER,
    Reason,
    held_back,
    record_failure,
    record_success,
)
from tallystick.settlement.simulation import (
    BATCH_GAS,
    GAS_PER_LOAN,
    SETTLED,
    Next,
    Simulator,
    batch_gas,
)

DEFAULT_BATCH = 50
_PAGE = 500
_REST = 3_600
"""Seconds after which a guarantor that could not be drawn on is tried again."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Round:
    """What one round did. `settled` counts loans that somebody else had collected before, `drawn`
    those for which the guarantor paid.

    `due` counts what was found due, `held` what of it waits for its next try; `lag` is how many
    seconds the index is behind the chain.
    """

    collected: int = 0
    drawn: int = 0
    failed: int = 0
    settled: int = 0
    transactions: int = 0
    gas_used: int = 0
    due: int = field(default=0, compare=False)
    held: int = field(default=0, compare=False)
    lag: int = field(default=0, compare=False)

    def add(self, other: Round) -> None:
        """Adds what another round did; the lag is that of whichever is further behind."""
        for name in (one.name for one in fields(self) if one.name != "lag"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.lag = max(self.lag, other.lag)


class Keeper:
    """Collects for one book; `batch` is the most loans in a transaction, `retry_after` the seconds
    to each further try of what failed."""

    def __init__(
        self,
        db: Database,
        rpc: Rpc,
        client: BookClient,
        sender: Sender,
        chain_id: int,
        batch: int = DEFAULT_BATCH,
        retry_after: Sequence[int] = RETRY_AFTER,
    ) -> None:
        self._db = db
        self._client = client
        self._sender = sender
        self._chain_id = chain_id
        self._batch = batch
        self._retry_after = retry_after
        self._simulator = Simulator(rpc, client, sender.address)
        self._resting: dict[bytes, int] = {}
        """Loans whose guarantor could not be drawn on, and until when to leave it alone."""

    def run_once(self) -> Round:
        """Collects what is due now and not held back after a failure; then draws on guarantors for
        what borrowers have not paid within the agreed days.

        Raises RpcUnavailable, or a SendError that concerns the sender rather than a loan.
        """
        now = self._simulator.next_block()
        done = Round()
        held = held_back(self._db, now.timestamp)
        book = find_book(self._db, self._chain_id, self._client.book)
        indexed = cursor(self._db, self._chain_id)
        if book is None or indexed is None:  # not indexed yet
            return done
        done.lag = max(0, now.timestamp - indexed.timestamp)
        for page in self._due(book.id, day_at(now.timestamp)):
            loans = [loan for loan in page if loan.loan_id not in held]
            done.due += len(page)
            done.held += len(page) - len(loans)
            for group in _groups(loans, self._most(now)):
                self._collect(group, now, done)
        for loan in guaranteed_loans(self._db, book.id, day_at(now.timestamp), _PAGE):
            if self._resting.get(loan.loan_id, 0) <= now.timestamp:
                self._draw(loan, now, done)
        return done

    def _draw(self, loan: LoanState, now: Next, done: Round) -> None:
        """Draws on the guarantor; a failure is tried again after a while."""
        call = draw_guarantor_call(loan.agreement)
        try:
            self._simulator.check(call, now.tag)
            receipt = self._sender.send(self._client.book, call)
        except (BookRevert, RpcRefused, TransactionReverted) as error:
            settled = isinstance(error, BookRevert) and error.name in (*SETTLED, "TooEarly")
            if not settled:
                self._resting[loan.loan_id] = now.timestamp + _REST
                logger.warning("loan 0x%s: guarantor not drawn on, %s", loan.loan_id.hex(), error)
            return
        done.drawn += 1
        self._count(receipt, done)
        metrics.DRAWN.inc()
        logger.info("loan 0x%s: guarantor paid in 0x%s", loan.loan_id.hex(), receipt.tx_hash.hex())

    def _count(self, receipt: Receipt, done: Round) -> None:
        done.transactions += 1
        done.gas_used += receipt.gas_used
        metrics.TRANSACTIONS.inc()
        metrics.GAS.inc(receipt.gas_used)

    def _due(self, book: int, day: int) -> Iterator[list[LoanState]]:
        """Everything due, page by page, so that memory stays bounded however much it is."""
        after = None
        while page := due_loans(self._db, book, day, _PAGE, after):
            last = page[-1].loan_id
            due_day = next_due(self._db, last)
            yield page
            if due_day is None:  # it was closed while we read: the rest waits for the next round
                return
            after = (due_day, last)

    def _most(self, now: Next) -> int:
        """Loans per batch: a third of the block at most, so that it is included promptly."""
        return max(1, min(self._batch, (now.gas_limit // 3 - BATCH_GAS) // GAS_PER_LOAN))

    def _collect(self, loans: Sequence[LoanState], now: Next, done: Round) -> None:
        agreements = [loan.agreement for loan in loans]
        try:
            taken = self._simulator.collect_many(agreements, now.tag)
        except (BookRevert, RpcRefused) as error:
            logger.warning("a batch of %d fails in simulation: %s", len(loans), error)
            self._halve(loans, now, done)
            return
        good = [loan for loan, amount in zip(loans, taken, strict=True) if amount > 0]
        # Looked at after the batch went out: it may have spent what another loan would have needed.
        rest = [loan for loan, amount in zip(loans, taken, strict=True) if amount == 0]
        if good:
            call = collect_many_call([loan.agreement for loan in good])
            try:
                receipt = self._sender.send(self._client.book, call, gas=batch_gas(len(good)))
            except TransactionReverted as error:
                logger.warning("a batch of %d was refused: %s", len(good), error)
                self._halve(good, now, done)
            else:
                rest += self._record(good, receipt, now, done)
        for loan in rest:
            self._alone(loan, now, done)

    def _halve(self, loans: Sequence[LoanState], now: Next, done: Round) -> None:
        """Finds the loan that spoils a batch."""
        if len(loans) == 1:
            self._alone(loans[0], now, done)
            return
        middle = len(loans) // 2
        self._collect(loans[:middle], now, done)
        self._collect(loans[middle:], now, done)

    def _alone(self, loan: LoanState, now: Next, done: Round) -> None:
        """Records why a loan fails, or collects it by itself if only the batch was in its way."""
        day = day_at(now.timestamp)
        amount = owed_at(loan.agreement, loan.stored, day).due.total
        found = self._simulator.diagnose(loan.agreement, amount, now)
        if found.settled:
            done.settled += 1
            return
        reason, detail = found.reason, found.detail
        if reason is None:
            try:
                receipt = self._sender.send(self._client.book, collect_call(loan.agreement))
            except (BookRevert, RpcRefused, TransactionReverted) as error:
                reason, detail = Reason.REFUSED, str(error)
            else:
                self._record([loan], receipt, now, done)
                return
        attempt = record_failure(
            self._db, loan.loan_id, now.timestamp, amount, reason, detail, self._retry_after
        )
        done.failed += 1
        metrics.FAILED.labels(reason).inc()
        logger.warning(
            "loan 0x%s: %d not collected, %s (%s); failure %d in a row",
            loan.loan_id.hex(),
            amount,
            reason,
            detail,
            attempt.failures,
        )

    def _record(
        self, loans: Sequence[LoanState], receipt: Receipt, now: Next, done: Round
    ) -> list[LoanState]:
        """Books a mined transaction; returns the loans that it did not collect after all."""
        self._count(receipt, done)
        taken = {event.loan_id: event for event in self._payments(receipt, now)}
        for event in taken.values():
            amount = event.penalty + event.interest + event.fee + event.principal
            record_success(
                self._db,
                event.loan_id,
                now.timestamp,
                amount,
                receipt.tx_hash,
                receipt.block_number,
            )
            done.collected += 1
            metrics.COLLECTED.inc()
            logger.info(
                "loan 0x%s: collected %d in 0x%s",
                event.loan_id.hex(),
                amount,
                receipt.tx_hash.hex(),
            )
        return [loan for loan in loans if loan.loan_id not in taken]

    def _payments(self, receipt: Receipt, now: Next) -> Iterator[Paid]:
        for log in receipt.logs:
            if log["address"].lower() != self._client.book.lower():
                continue
            topics = b"".join(bytes.fromhex(topic[2:]) for topic in log["topics"])
            if event_name(topics) != "Paid":
                continue
            ref = EventRef(
                self._chain_id,
                self._client.book,
                receipt.block_number,
                receipt.block_hash,
                now.timestamp,
                receipt.tx_hash,
                int(log["logIndex"], 16),
            )
            event = decode(topics, bytes.fromhex(log["data"][2:]), ref)
            if isinstance(event, Paid):
                yield event


def _groups(loans: Sequence[LoanState], size: int) -> Iterator[Sequence[LoanState]]:
    for start in range(0, len(loans), size):
        yield loans[start : start + size]
