"""The daily look at cases: open, warn, value and close them, and see which promises were kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tallystick.db import Database, snapshot, write
from tallystick.earlywarning.store import Record
from tallystick.indexer import repository
from tallystick.loans.fold import LoanState
from tallystick.servicing.cases import collections, promises
from tallystick.servicing.cases.collections import SERVICE, Collection, Warned
from tallystick.servicing.cases.cure import Cures
from tallystick.servicing.cases.desk import Desk, standing_of
from tallystick.servicing.close import store as closes
from tallystick.servicing.dates import business_date, end_of

_PAGE = 200


@dataclass(slots=True)
class Swept:
    """What a look came to."""

    opened: int = 0
    kept: int = 0
    closed: int = 0
    promises_kept: int = 0
    promises_broken: int = 0


class Sweep:
    """`index` and `closed` (the file of closes) are read; `scores` are probabilities to fall late
    by loan, in millionths; `chain_now` is the time of the index's head of a chain."""

    def __init__(
        self,
        desk: Desk,
        index: Database,
        closed: Database,
        cures: Cures,
        scores: Mapping[bytes, int],
    ) -> None:
        self.desk, self.index, self.closed = desk, index, closed
        self.cures, self.scores = cures, scores
        self.swept = Swept()

    def run(self, records: Callable[[], Iterator[Record]]) -> Swept:
        """Brings every case to what is so at the head; the same again changes nothing more."""
        warned = self._warned(records())
        known: set[bytes] = set()
        with snapshot(self.index):
            for collection in self._running():
                known.add(collection.loan.loan_id)
                self._look(collection, warned.get(collection.loan.loan_id))
            for loan_id, why in sorted(warned.items()):
                if loan_id not in known:
                    self._open(loan_id, why)
            self._promises()
        return self.swept

    def _warned(self, records: Iterator[Record]) -> dict[bytes, Warned]:
        found: dict[bytes, list[Record]] = {}
        for record in records:
            found.setdefault(record.loan_id, []).append(record)
        most = self.desk.policy.cases.urgency
        result = {}
        for loan_id, mine in found.items():
            first = min(mine, key=lambda one: (one.trigger.urgency, one.id)).trigger
            if first.urgency <= most:
                codes = tuple(sorted(one.trigger.code for one in mine))
                result[loan_id] = Warned(codes, first.urgency, first.action.value)
        return result

    def _running(self) -> Iterator[Collection]:
        after = ""
        while True:
            with self.desk.reading() as db:
                page = collections.running(db, after, _PAGE)
            if not page:
                return
            yield from page
            after = page[-1].collection_id

    def _look(self, case: Collection, why: Warned | None) -> None:
        loan = repository.get_loan_bare(self.index, case.loan.loan_id)
        closure = self._closure(loan, case, why)
        warned, standing = case.warned, case.standing
        if loan is not None and closure is None:
            self.swept.kept += 1
            standing = standing_of(loan, self._today(loan), self._cure(loan))
            if why is not None or case.cause == "trigger":
                warned = why or Warned((), case.warned.urgency, None)
            if (warned, standing) == (case.warned, case.standing):
                return  # as most are, most of the time
        now, id_ = self.desk.now, case.collection_id
        with self.desk.file.open() as db, write(db) as conn:
            if collections.get(conn, id_).state == "closed":  # by a person, meanwhile
                return
            if closure is not None:
                collections.close_case(conn, SERVICE, id_, closure, now)
                self.swept.closed += 1
                return
            collections.warn(conn, case, warned, now)
            collections.stand(conn, id_, standing)

    def _closure(self, loan: LoanState | None, case: Collection, why: Warned | None) -> str | None:
        if loan is None:
            return "not_on_chain"
        if loan.closed is not None:
            return "nothing_owed"
        late = standing_of(loan, self._today(loan), 0).days > 0
        return None if late or why is not None or case.cause == "person" else "cured"

    def _open(self, loan_id: bytes, why: Warned) -> None:
        loan = repository.get_loan_bare(self.index, loan_id)
        if loan is None or loan.closed is not None:
            return
        subject = self.desk.subject_of(loan)
        standing = standing_of(loan, self._today(loan), self._cure(loan))
        with self.desk.file.open() as db, write(db) as conn:
            collections.open_case(conn, SERVICE, subject, why, standing, self.desk.now)
        self.swept.opened += 1

    def _cure(self, loan: LoanState) -> int:
        days = standing_of(loan, self._today(loan), 0).days
        return self.cures.ppm(days, self.scores.get(loan.loan_id))

    def _today(self, loan: LoanState) -> int:
        """The business date that runs at the head of the loan's chain."""
        ref = loan.originated
        head = repository.cursor(self.index, ref.chain_id)
        assert head is not None  # noqa: S101 - the loan is indexed
        return business_date(head.timestamp, self.desk.policy.zone_of(ref.chain_id, ref.book))

    def _promises(self) -> None:
        rules = self.desk.policy.promises
        last: dict[tuple[int, str], int] = {}
        with self.desk.reading() as db:
            oldest = min((one.day for one in self._closes(last)), default=0) - promises.AGAIN_DAYS
            waiting = promises.undecided(db, oldest)
        for found in waiting:
            day = last.get((found.chain_id, found.book))
            if day is None:
                continue
            events = repository.events_of(self.index, found.loan_id)
            until = min(day, found.due_day + rules.grace_days)
            zone = self.desk.policy.zone_of(found.chain_id, found.book)
            paid = promises.paid_for(found, events, end_of(until, zone))
            with self.desk.file.open() as db, write(db) as conn:
                now, grace = self.desk.now, rules.grace_days
                state = promises.decide(conn, found, paid, day, grace, now)
            self.swept.promises_kept += state == "kept" != found.state
            self.swept.promises_broken += state == "broken" != found.state

    def _closes(self, last: dict[tuple[int, str], int]) -> Iterator[closes.Close]:
        """The newest finished close of every book, noted in `last`."""
        for book in repository.books(self.index):
            for close in closes.closes(self.closed, book.chain_id, book.address, 2):
                if close.done_at is not None:
                    last[book.chain_id, book.address] = close.day
                    yield close
                    break
