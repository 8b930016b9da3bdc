"""Watches the index and the keeper's log, and puts what is new into the outbox.

Where it stands is kept with the messages, in one transaction with those that it makes: killed at
any instant it goes on without a gap, and the keys keep anything from being told twice. Days are the
chain's, so a clock of this machine that jumps tells nothing; while the service slept, days passed
of which only the last is told.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tallystick.chain.errors import RpcUnavailable
from tallystick.db import Database, snapshot, write
from tallystick.identity.vault.files import PrivateFile
from tallystick.indexer import repository
from tallystick.indexer.repository import Chain, LoanFilter
from tallystick.loans.calendar import day_at
from tallystick.loans.events import Amended, AutopaySet, BookEvent, Originated, Paid
from tallystick.loans.fold import LoanState
from tallystick.loans.members import NO_ADDRESS
from tallystick.messages import metrics
from tallystick.messages.currencies import Currencies
from tallystick.messages.drafts import Draft, Scene, failed_pull, notices, reminder
from tallystick.messages.outbox import enqueue
from tallystick.messages.places import place, set_place
from tallystick.messages.rules import Rules
from tallystick.messages.told import confirm, doubt, settle
from tallystick.settlement.attempts import failures_after, last_number

PAGE = 200
_END = 2**20 - 1
"""Beyond every log of a block."""
_TURN = (Originated, Paid, Amended, AutopaySet)
"""Events after which another row may be the one to remind of."""

logger = logging.getLogger("tallystick.messages")


class Watcher:
    """Reads `index`, writes `file`; `now` gives the Unix seconds at which messages are made."""

    def __init__(
        self,
        index: Database,
        file: PrivateFile,
        currencies: Currencies,
        rules: Rules,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._now = now
        self._index = index
        self._file = file
        self._currencies = currencies
        self._rules = rules

    def round(self) -> int:
        """Takes in one page of each thing that is new; returns how many messages that made.

        Raises RpcUnavailable, once everything else was taken in, while a token of a chain cannot be
        asked what it is called.
        """
        made = 0
        failure: RpcUnavailable | None = None
        with snapshot(self._index) as index, self._file.open() as out:
            for chain in repository.chains(index):
                try:
                    made += self._events(index, out, chain)
                    made += self._days(index, out, chain)
                except RpcUnavailable as error:
                    failure = failure or error
            made += self._pulls(index, out)
        if failure is not None and not made:
            raise failure
        return made

    def _events(self, index: Database, out: Database, chain: Chain) -> int:
        name, head = f"chain:{chain.chain_id}", chain.cursor
        stored = place(out, name)
        if stored is None:  # what was before is no news
            _keep(out, name, f"{head.number}-{_END}-{head.hash.hex()}")
            return 0
        number, log, digits = stored.split("-")
        block, hash_ = int(number), bytes.fromhex(digits)
        ancestor = self._ancestor(index, chain, block, hash_)
        events = repository.events_after(
            index, ancestor or (block, int(log)), PAGE, LoanFilter(chain=chain.key)
        )
        drafts = list(self._of_events(index, chain, events))
        done = len(events) < PAGE
        with write(out) as conn:
            if ancestor is not None:
                logger.warning("chain %d took back blocks above %d", chain.chain_id, ancestor[0])
                doubt(conn, chain.chain_id, ancestor[0], block)
            made = self._tell(out, drafts)
            if done:
                settle(out, chain.chain_id, head.number, int(self._now()))
            at = events[-1].ref if events and not done else None
            now = (
                f"{head.number}-{_END}-{head.hash.hex()}"
                if at is None
                else f"{at.block_number}-{at.log_index}-{at.block_hash.hex()}"
            )
            if now != stored:
                set_place(conn, name, now)
        return made

    def _ancestor(
        self, index: Database, chain: Chain, block: int, hash_: bytes
    ) -> tuple[int, int] | None:
        """The place below which a reorganisation left everything; None if there was none."""
        if repository.recent_blocks(index, 1, block, chain.key) == [(block, hash_)]:
            return None
        stayed = repository.survivor(index, hash_, chain.key)
        # an old block without events is no longer kept, and was never taken back
        return None if stayed is None else (stayed[0], _END)

    def _of_events(
        self, index: Database, chain: Chain, events: Sequence[BookEvent]
    ) -> Iterable[Draft]:
        counted: Counter[tuple[bytes, bytes, type]] = Counter()
        first = True
        for event in events:
            loan_id = getattr(event, "loan_id", None)
            loan = loan_id and repository.get_loan_bare(index, loan_id)
            if loan is None:
                continue
            kind = (event.ref.tx_hash, loan.loan_id, type(event))
            if first:  # the page may begin within a transaction
                counted.update(_before(index, event))
                first = False
            ordinal = counted[kind]
            counted[kind] += 1
            currency = self._currencies.of(chain.chain_id, loan.agreement.token)
            held = loan.escrow.token
            collateral = (
                currency if held == NO_ADDRESS else self._currencies.of(chain.chain_id, held)
            )
            yield from notices(event, Scene(loan, currency, collateral, ordinal))
            if isinstance(event, _TURN):
                found = reminder(loan, day_at(chain.cursor.timestamp), currency, self._rules)
                if found is not None:
                    yield found

    def _days(self, index: Database, out: Database, chain: Chain) -> int:
        """Once a day, every loan that asks for money around today, page by page."""
        name, today = f"days:{chain.chain_id}", day_at(chain.cursor.timestamp)
        stored = place(out, name)
        day, _, rest = (stored or f"{today}-done").partition("-")
        if stored is None:  # those who are late when the service first starts learn of it
            day, rest = str(today), ""
        if int(day) != today:
            rest = ""
        if rest == "done":
            return 0
        after = None
        if rest:
            due, digits = rest.split("-")
            after = (int(due), bytes.fromhex(digits))
        window = (today - self._rules.after[-1] - 30, today + max(self._rules.before, default=0))
        loans = repository.asking_loans(index, chain.key, window, PAGE, after)
        drafts = [draft for loan in loans if (draft := self._reminder(chain, loan, today))]
        mark = "done"
        if len(loans) == PAGE:
            last = loans[-1].loan_id
            mark = f"{repository.next_due(index, last)}-{last.hex()}"
        with write(out) as conn:
            made = self._tell(out, drafts)
            set_place(conn, name, f"{today}-{mark}")
        return made

    def _reminder(self, chain: Chain, loan: LoanState, today: int) -> Draft | None:
        currency = self._currencies.of(chain.chain_id, loan.agreement.token)
        return reminder(loan, today, currency, self._rules)

    def _pulls(self, index: Database, out: Database) -> int:
        """What the keeper could not collect."""
        stored = place(out, "pulls")
        if stored is None:
            _keep(out, "pulls", str(last_number(index)))
            return 0
        found = failures_after(index, int(stored), PAGE)
        drafts = []
        for _, attempt in found:
            loan = repository.get_loan_bare(index, attempt.loan_id)
            where = repository.place_of(index, attempt.loan_id)
            if loan is None or where is None:
                continue
            currency = self._currencies.of(where[0], loan.agreement.token)
            draft = failed_pull(loan, attempt, currency)
            if draft is not None:
                drafts.append(draft)
        if not found:
            return 0
        with write(out) as conn:
            made = self._tell(out, drafts)
            set_place(conn, "pulls", str(found[-1][0]))
        return made

    def _tell(self, out: Database, drafts: Iterable[Draft]) -> int:
        """Within the caller's transaction."""
        made, now = 0, int(self._now())
        for draft in drafts:
            told = (
                confirm(out, draft, now)
                if draft.source
                else enqueue(
                    *(out, draft.recipient, draft.kind, draft.facts, draft.key),
                    topic=draft.topic,
                    now=now,
                )
            )
            if told is not None:
                made += 1
                metrics.QUEUED.labels(draft.kind).inc()
        return made


def _before(index: Database, event: BookEvent) -> Iterable[tuple[bytes, bytes, type]]:
    """Events of the same transaction that came before."""
    for other in repository.events_in(index, event.ref.tx_hash):
        loan_id = getattr(other, "loan_id", None)
        if loan_id is not None and other.ref.log_index < event.ref.log_index:
            yield event.ref.tx_hash, loan_id, type(other)


def _keep(out: Database, name: str, value: str) -> None:
    with write(out) as conn:
        set_place(conn, name, value)
