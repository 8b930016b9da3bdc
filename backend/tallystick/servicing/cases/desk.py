"""The desk where cases are worked on: each act one transaction with its entry in the trail."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tallystick.db import Database, migrate, write
from tallystick.identity.access.access import Access
from tallystick.identity.authority.approvals import Approval
from tallystick.identity.authority.matters import Matter
from tallystick.identity.authority.roles import Role
from tallystick.identity.vault import RecordUnknown, SubjectErased, SubjectUnknown
from tallystick.loans.fold import LoanState
from tallystick.loans.position import Position
from tallystick.servicing.cases import collections, contacts, disputes, promises
from tallystick.servicing.cases.collections import Collection, Standing, Subject, Warned
from tallystick.servicing.cases.contacts import Said
from tallystick.servicing.cases.disputes import Dispute, Kind, Outcome
from tallystick.servicing.cases.promises import Promise
from tallystick.servicing.cases.schema import schema
from tallystick.servicing.dates import add_business_days, business_date
from tallystick.servicing.errors import AgencyUnknown, CaseOver, PromiseRefused, WordsUnkept
from tallystick.servicing.policy import ServicingPolicy
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

_WALLET = "wallet"


class Desk:
    """Safe to share between threads. `now` is by the machine's clock, as everything about people;
    business dates of loans are by the chain's."""

    def __init__(self, access: Access, policy: ServicingPolicy) -> None:
        self.access, self.policy = access, policy
        self.file, self.vault = access.file, access.vault
        with self.file.open() as db:
            migrate(db, schema)
        access.approvals.effects[Matter.HAND_OVER] = self._handed_over

    @contextmanager
    def reading(self) -> Iterator[Database]:
        """The file, for reads alone."""
        with self.file.open() as db:
            yield db

    def subject_of(self, loan: LoanState) -> Subject:
        """Whose loan it is, as far as this service knows."""
        ref, terms = loan.originated, loan.agreement
        known = self.vault.find(_WALLET, terms.borrower)
        return Subject(loan.loan_id, ref.chain_id, ref.book, terms.token, terms.borrower, known)

    def open(self, actor: str, loan: LoanState, standing: Standing) -> Collection:
        """A case that a person opens. Raises `CaseExists`."""
        subject = self.subject_of(loan)
        return self._in_case(
            lambda conn, now: collections.open_case(conn, actor, subject, Warned(), standing, now)
        )

    def assign(self, actor: str, collection_id: str, assignee: str | None) -> Collection:
        """Raises `CaseUnknown`, `CaseOver`."""
        return self._on(
            collection_id,
            lambda conn, now: collections.assign(conn, actor, collection_id, assignee, now),
        )

    def act(self, actor: str, collection_id: str, action: str) -> Collection:
        """Raises `CaseUnknown`, `CaseOver`."""
        return self._on(
            collection_id,
            lambda conn, now: collections.act(conn, actor, collection_id, action, now),
        )

    def recall(self, actor: str, collection_id: str) -> Collection:
        """Raises `CaseUnknown`, `CaseOver`."""
        return self._on(
            collection_id, lambda conn, now: collections.recall(conn, actor, collection_id, now)
        )

    def close(self, actor: str, collection_id: str, closure: str) -> Collection:
        """Raises `CaseUnknown`, `CaseOver`."""
        return self._on(
            collection_id,
            lambda conn, now: collections.close_case(conn, actor, collection_id, closure, now),
        )

    def get(self, collection_id: str) -> Collection:
        """Raises `CaseUnknown`."""
        with self.reading() as db:
            return collections.get(db.conn, collection_id)

    def contact(self, collector: str, collection_id: str, said: Said, words: str | None) -> str:
        """Enters a contact; the words are sealed. Raises `CaseUnknown`, `CaseOver`,
        `ContactRefused`, `WordsUnkept`."""
        now = self.vault.now()
        with self.file.open() as db, write(db) as conn:
            found = collections.get(conn, collection_id)
            if said.direction == "out":
                contacts.check(conn, found, self.policy, now)
            noted = words is not None
            made = contacts.record(conn, collector, found, said, now, noted=noted)
            if words is not None:
                self._keep(found.loan.subject, made, {"words": words})
        return made

    def request_hand_over(self, maker: str, collection_id: str, agency: str) -> Approval:
        """Asks for a second person's word; with it the case goes to the agency at once.

        Raises `CaseUnknown`, `CaseOver`, `AgencyUnknown`, `RoleMissing`.
        """
        if agency not in self.policy.agencies:
            raise AgencyUnknown(f"the servicing policy names no agency {agency}")
        found = self.get(collection_id)
        if found.state != "open":
            raise CaseOver(found.state)
        return self.access.approvals.request(
            maker, Matter.HAND_OVER, collection_id, {"agency": agency}
        )

    def promise(
        self, made_by: str, loan: LoanState, amount: int, due_day: int, chain_now: int
    ) -> Promise:
        """Takes a promise; days are by the chain's time. Raises `PromiseRefused`, `CaseExists`."""
        subject = self.subject_of(loan)
        zone = self.policy.zone_of(subject.chain_id, subject.book)
        today = business_date(chain_now, zone)
        if amount > Position(loan.agreement, loan.stored).owed(max(today, due_day)).payoff:
            raise PromiseRefused("the amount is more than what closes the loan")
        with self.file.open() as db, write(db) as conn:
            return promises.promise(
                conn, made_by, subject, (amount, due_day), self.policy, chain_now, today
            )

    def dispute(
        self, subject: str, kind: Kind, topic: str, loan_id: bytes | None, words: str
    ) -> Dispute:
        """Files a matter with the subject's own words; feedback is answered as a complaint is."""
        now = self.vault.now()
        deadlines = self.policy.deadlines
        days = deadlines.dispute if kind == "dispute" else deadlines.complaint
        due = add_business_days(self.today(), days, self.policy)
        with self.file.open() as db, write(db) as conn:
            made = disputes.file(conn, subject, kind, topic, loan_id, (now, due))
            self._keep(subject, made.dispute_id, {"words": words})
        return made

    def withdraw_dispute(self, subject: str, dispute_id: str) -> Dispute:
        """Raises `CaseUnknown`, `CaseOver`."""
        with self.file.open() as db, write(db) as conn:
            return disputes.withdraw(conn, subject, dispute_id, self.now)

    def may_collect(self, subject: str) -> bool:
        """Whether a subject can have cases."""
        return bool(self.access.grants.roles_of(subject) & {Role.COLLECTOR, Role.RISK_OFFICER})

    def answer(self, answerer: str, dispute_id: str, outcome: Outcome, explanation: str) -> Dispute:
        """Raises `CaseUnknown`, `CaseOver`, `OwnCase`."""
        with self.file.open() as db, write(db) as conn:
            done = disputes.answer(conn, answerer, dispute_id, outcome, self.vault.now())
            words = self.words_of(done.subject, dispute_id)
            self._keep(done.subject, dispute_id, {**words, "explanation": explanation})
        return done

    def read_words(self, actor: str, dispute_id: str) -> dict[str, str]:
        """What was written in a matter; the read is in the trail. Raises `CaseUnknown`."""
        with self.file.open() as db, write(db) as conn:
            found = disputes.get(conn, dispute_id)
            append(conn, Fact(actor, "read", f"{found.subject}/{dispute_id}", "dispute"), self.now)
        return self.words_of(found.subject, dispute_id)

    def words_of(self, subject: str, id_: str) -> dict[str, str]:
        """Words that were sealed with a matter or contact; none once they are erased."""
        try:
            fields = self.vault.get(subject, f"servicing:{id_}").fields
        except (RecordUnknown, SubjectErased, SubjectUnknown):
            return {}
        return {name: value.decode() for name, value in fields.items()}

    @property
    def now(self) -> int:
        return self.vault.now()

    def today(self) -> int:
        """The business date of people's deadlines: the policy's zone, by the machine's clock."""
        return business_date(self.now, self.policy.zone_of(0, ""))

    def _keep(self, subject: str | None, id_: str, fields: dict[str, str]) -> None:
        if subject is None:
            raise WordsUnkept("the borrower's wallet is nobody's here")
        sealed = {name: value.encode() for name, value in fields.items()}
        try:
            self.vault.put(subject, f"servicing:{id_}", sealed)
        except (SubjectErased, SubjectUnknown):
            raise WordsUnkept("the borrower was erased") from None

    def _on(self, collection_id: str, do: Callable[[sqlite3.Connection, int], None]) -> Collection:
        def done(conn: sqlite3.Connection, now: int) -> str:
            do(conn, now)
            return collection_id

        return self._in_case(done)

    def _in_case(self, do: Callable[[sqlite3.Connection, int], str]) -> Collection:
        with self.file.open() as db, write(db) as conn:
            return collections.get(conn, do(conn, self.now))

    @staticmethod
    def _handed_over(conn: sqlite3.Connection, approval: Approval, now: int) -> None:
        collections.hand_over(
            conn, approval.maker, approval.object, approval.content["agency"], now
        )


def standing_of(loan: LoanState, day: int, cure_ppm: int) -> Standing:
    """How a loan stands on a day, all components of what is due together."""
    owed = Position(loan.agreement, loan.stored).owed(day)
    return Standing(day, owed.days_past_due, owed.due.total, owed.outstanding, cure_ppm)
