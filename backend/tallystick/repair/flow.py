"""From an application to a plan that both sides accept. Every step is in the trail."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import Any, Self

from tallystick.amendments.errors import LoanClosed
from tallystick.config import Settings
from tallystick.db import Database, migrate, write
from tallystick.decisions.errors import DocumentInvalid
from tallystick.decisions.lender import Lender
from tallystick.decisions.table import FactMissing
from tallystick.identity.access.access import Access
from tallystick.identity.attestations import Attestation, Gate
from tallystick.identity.vault.vault import new_id
from tallystick.loans.calendar import SECONDS_PER_DAY
from tallystick.loans.fold import LoanState
from tallystick.repair import store
from tallystick.repair.application import REVIEW, Application
from tallystick.repair.basis import Basis, Past, facts_of
from tallystick.repair.budget import read_purse
from tallystick.repair.errors import BeyondLimits, RepairConflict
from tallystick.repair.lessons import Lesson, load_lessons
from tallystick.repair.plan import Proposal, asks
from tallystick.repair.recommend import Offered, Recommendation, Recommender
from tallystick.repair.rules import (
    SHIPPED,
    Cause,
    Grade,
    Measure,
    RepairRules,
    Severity,
    exceeded,
    load_rules,
    rules_id,
)
from tallystick.repair.schema import schema
from tallystick.repair.store import ENDS, Case, Maker, Offer, Stage
from tallystick.standing.book import FUND, CreditBook
from tallystick.standing.errors import NotRestored
from tallystick.standing.rules import SHIPPED as SHIPPED_STANDING
from tallystick.standing.rules import load_rules as load_standing
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

SERVICE = "service"
NO_PLAN = "no_plan_helps"
MOST_OFFERS = 20


@dataclass(frozen=True, slots=True)
class Debt:
    """The loan as the index has it at Unix second `now`; `decimals` are its token's."""

    loan: LoanState
    decimals: int
    now: int


class Repairs:
    """Cases of repair. Safe to share between threads. `lender` signs by itself what is delegated
    to it, for claims that it holds."""

    def __init__(
        self,
        access: Access,
        lender: Lender | None,
        standing: CreditBook,
        rules: RepairRules,
        body: bytes,
        lessons: dict[str, Lesson],
    ) -> None:
        self.access = access
        self.lender = lender
        self.standing = standing
        self.rules = rules
        self.body = body
        self.lessons = lessons
        with access.file.open() as db:
            migrate(db, schema)

    @classmethod
    def from_settings(cls, settings: Settings, access: Access) -> Self:
        """What the settings describe. Raises `SettingsError`, `DocumentInvalid`."""
        rules, body = load_rules(settings.repair_rules or SHIPPED)
        told = load_standing(settings.standing_rules or SHIPPED_STANDING)
        lender = Lender.from_settings(settings)
        taught = load_lessons()
        for severity, grade in rules.grades.items():
            for name in grade.lessons:
                if name not in taught:
                    raise DocumentInvalid(f"grades.{severity}.lessons", f"{name} is no lesson")
        return cls(access, lender, CreditBook(access, told), rules, body, taught)

    def apply(self, subject: str, debt: Debt, given: Application) -> Case:
        """The borrower asks for help. The case is assessed at once: refused, handed to a person, or
        brought to the plans that help.

        Raises `RepairConflict`, `BudgetInvalid`, `LoanClosed`.
        """
        loan = debt.loan
        basis = Basis.of(loan, debt.now, self.rules.valid_days)
        if not basis.today.payoff:
            raise LoanClosed
        self._purse(self.rules, basis, given, debt.decimals)
        with self.access.file.open() as db:
            earlier = store.of_loan(db, loan.loan_id)
        invited = next((one for one in earlier if one.closed_at is None), None)
        if invited is not None and (invited.opened_by, invited.stage) != (
            SERVICE,
            Stage.ASSESSMENT,
        ):
            raise RepairConflict("a repair of this loan is open already")
        case = invited or self._new(subject, debt, "borrower")
        case = replace(case, cause=given.cause)
        given.put(self.access.vault, subject, case.case_id)
        with self.access.file.open() as db, write(db) as conn:
            if invited is None:
                self._open(conn, case, subject, "applied", debt.now)
            else:
                store.update(conn, case, invited)
                self.note(conn, case, Stage.ASSESSMENT, subject, "applied", debt.now)
        return self._assess(case, debt, basis, given, self._past(earlier, given))

    def invite(self, subject: str, debt: Debt, reason: str) -> Case:
        """The service offers help; the case waits for the borrower's own words.

        Raises `RepairConflict` while a case of the loan is open.
        """
        case = self._new(subject, debt, "service")
        with self.access.file.open() as db, write(db) as conn:
            self._open(conn, case, SERVICE, reason, debt.now)
        return case

    def identify(
        self, actor: str, case: Case, debt: Debt, severity: Severity, cause: Cause
    ) -> Case:
        """A person looks at a case that the rules referred, and says what the problem is."""
        if case.stage is not Stage.ASSESSMENT:
            raise RepairConflict("the problem is identified already")
        rules = self.rules_of(case)
        given = self.application(case, actor)
        basis = Basis.of(debt.loan, debt.now, rules.valid_days)
        case = replace(case, cause=cause)
        return self._to_plan(case, debt, basis, given, severity, actor)

    def propose(
        self, actor: str, case: Case, debt: Debt, maker: Maker, proposal: Proposal
    ) -> Offer:
        """A counter-offer. Raises `RepairConflict`, `BeyondLimits`, `TermsInvalid`."""
        with self.access.file.open() as db:
            offers = store.offers_of(db, case.case_id)
        if case.stage is not Stage.PLAN or case.severity is None:
            raise RepairConflict("nothing can be offered at this stage")
        if len(offers) >= MOST_OFFERS:
            raise RepairConflict(f"{MOST_OFFERS} offers are the most")
        grade = self.grade_of(case)
        if proposal.measure not in grade.measures or proposal.measure is Measure.LEGAL:
            raise BeyondLimits(("measures",))
        recommender = self._recommender(case, debt, SERVICE)
        terms = proposal.terms
        if terms is not None:
            rows = max(terms.watch_rows, grade.watch_rows)
            terms = replace(terms, watch_rows=rows, reason=case.cause.number)
        proposal = replace(proposal, terms=terms, lessons=grade.lessons)
        judged = recommender.judge(proposal)
        beyond = exceeded(asks(recommender.basis, proposal), grade.limits)
        if beyond:
            raise BeyondLimits(tuple(beyond))
        offer = self._offer(case, judged, debt.now, maker, actor)
        if maker != "service":
            offer = offer.accepted(maker, debt.now)
        with self.access.file.open() as db, write(db) as conn:
            number = store.add_offer(conn, offer)
            self._fact(conn, actor, "repair_offer", f"{case.case_id}/{number}", maker)
        return replace(offer, number=number)

    def recommend(self, case: Case, debt: Debt, actor: str) -> Recommendation:
        """The plans that help as of now. Raises `RepairConflict` before the problem is known."""
        if case.severity is None or case.stage in ENDS:
            raise RepairConflict("there is no problem to make a plan for")
        return self._recommender(case, debt, actor).recommend()

    def end(self, actor: str, case: Case, stage: Stage, reason: str, now: int) -> Case:
        """Ends a case before anything is executed: withdrawn or refused."""
        if case.stage not in (Stage.ASSESSMENT, Stage.PLAN, Stage.CONSENT):
            raise RepairConflict("the plan is being carried out, or the case is closed")
        return self.move(case, stage, actor, reason, now)

    def attest(
        self, case: Case, wallet: str, name: str, key: str, gate: Gate, now: int
    ) -> Attestation:
        """The issuer's word that the case restored standing, or that the fund may help while its
        plan is signed or carried out. Raises `NotRestored`."""
        days = self.standing.rules.attestation_days * SECONDS_PER_DAY
        restored = case.stage is Stage.RESTORED and now - (case.closed_at or 0) <= days
        running = case.stage in (Stage.CONSENT, Stage.EXECUTION) and case.change_id is not None
        if not (running if name == FUND else restored):
            raise NotRestored
        return self.standing.attest(case.subject, wallet, name, key, gate, now)

    def move(
        self, case: Case, stage: Stage, actor: str, reason: str, now: int, **changes: Any
    ) -> Case:
        """Brings a case into a stage. Raises `RepairConflict` when somebody else moved it."""
        closed = now if stage in ENDS else None
        after = replace(case, stage=stage, closed_at=closed, **changes)
        with self.access.file.open() as db, write(db) as conn:
            store.update(conn, after, case)
            self.note(conn, after, stage, actor, reason, now)
        if stage is Stage.RELAPSED:
            self.standing.lose(case.subject, reason)
        return after

    def application(self, case: Case, actor: str) -> Application:
        """What the borrower told; the read is in the trail. Raises `ReadRefused`, `VaultError`."""
        purpose = "own_request" if actor == case.subject else REVIEW
        access = self.access
        return Application.read(
            access.vault, access.rights, case.subject, case.case_id, actor, purpose
        )

    def rules_of(self, case: Case) -> RepairRules:
        """The rules under which the case was opened."""
        with self.access.file.open() as db:
            return store.rules_of(db, case)

    def grade_of(self, case: Case) -> Grade:
        """What the case's severity allows. Raises `RepairConflict` before it is known."""
        if case.severity is None:
            raise RepairConflict("the problem is not identified yet")
        return self.rules_of(case).grades[case.severity]

    def is_delegated(self, case: Case) -> bool:
        """Whether the service's own lender holds the claim."""
        return self.lender is not None and self.lender.address == case.holder

    def note(
        self,
        conn: sqlite3.Connection,
        case: Case,
        stage: Stage,
        actor: str,
        reason: str,
        now: int,
    ) -> None:
        """Records a stage: with the case, and in the trail."""
        store.add_step(conn, case.case_id, stage, actor, reason, now)
        self._fact(conn, actor, f"repair_{stage}", case.case_id, reason)

    def _fact(
        self, conn: sqlite3.Connection, actor: str, act: str, object_: str, purpose: str
    ) -> None:
        append(conn, Fact(actor, act, object_, purpose), self.access.vault.now())

    def _assess(self, case: Case, debt: Debt, basis: Basis, given: Application, past: Past) -> Case:
        facts = facts_of(basis, past)
        try:
            verdict, reasons = self.rules.judge(facts)
            severity = self.rules.severity_of(facts)
        except FactMissing:
            verdict, reasons, severity = "refer", (), None
        if verdict == "decline":
            return self.move(case, Stage.REFUSED, SERVICE, reasons[0], debt.now, findings=reasons)
        if verdict == "refer" or severity is None:
            after = replace(case, findings=reasons)
            with self.access.file.open() as db, write(db) as conn:
                store.update(conn, after, case)
                word = reasons[0] if reasons else "referred"
                self.note(conn, after, Stage.ASSESSMENT, SERVICE, word, debt.now)
            return after
        return self._to_plan(case, debt, basis, given, severity, SERVICE)

    def _to_plan(
        self,
        case: Case,
        debt: Debt,
        basis: Basis,
        given: Application,
        severity: Severity,
        actor: str,
    ) -> Case:
        rules = self.rules_of(case)
        grade = rules.grades[severity]
        purse = self._purse(rules, basis, given, debt.decimals)
        found = Recommender(basis, rules, grade, purse, case.cause, given.guaranty).recommend()
        findings = case.findings if found.plans else (*case.findings, NO_PLAN)
        after = replace(case, stage=Stage.PLAN, severity=severity, findings=findings)
        reason = "plans" if found.plans else NO_PLAN
        with self.access.file.open() as db, write(db) as conn:
            store.update(conn, after, case)
            self.note(conn, case, Stage.PROBLEM, actor, f"{severity}:{case.cause}", debt.now)
            self.note(conn, case, Stage.PLAN, SERVICE, reason, debt.now)
            for one in found.plans:
                store.add_offer(conn, self._offer(case, one, debt.now, "service", SERVICE))
        return after

    def _recommender(self, case: Case, debt: Debt, actor: str) -> Recommender:
        rules, grade = self.rules_of(case), self.grade_of(case)
        given = self.application(case, actor)
        basis = Basis.of(debt.loan, debt.now, rules.valid_days)
        purse = self._purse(rules, basis, given, debt.decimals)
        return Recommender(basis, rules, grade, purse, case.cause, given.guaranty)

    def _purse(self, rules: RepairRules, basis: Basis, given: Application, decimals: int) -> Any:
        return read_purse(basis, given.budget, given.lump_sum, decimals, rules.share_pct)

    def _offer(self, case: Case, one: Offered, now: int, maker: Maker, actor: str) -> Offer:
        effect = one.effect.to_json() | {"short": str(one.short)}
        return Offer(
            case_id=case.case_id,
            number=0,
            at=now,
            maker=maker,
            actor=actor,
            proposal=one.proposal,
            effect=effect,
            digest=one.proposal.digest,
            valid_until=one.proposal.until,
            borrower_at=None,
            lender_at=None,
            approval_id=None,
            refused_at=None,
            refused_for=None,
        )

    def _new(self, subject: str, debt: Debt, opened_by: str) -> Case:
        loan = debt.loan
        return Case(
            case_id=new_id("repair"),
            subject=subject,
            loan_id=loan.loan_id,
            borrower=loan.agreement.borrower,
            holder=loan.holder,
            opened_by=opened_by,
            opened_at=debt.now,
            stage=Stage.ASSESSMENT,
            cause=Cause.UNSTATED,
            severity=None,
            rules_id=rules_id(self.body),
            findings=(),
            change_id=None,
            agreed=None,
            restarts=0,
            closed_at=None,
        )

    def _open(
        self, conn: sqlite3.Connection, case: Case, actor: str, reason: str, now: int
    ) -> None:
        store.keep_rules(conn, self.body)
        store.insert(conn, case)
        self.note(conn, case, Stage.ASSESSMENT, actor, reason, now)

    def _past(self, earlier: list[Case], given: Application) -> Past:
        ended = [case for case in earlier if case.closed_at is not None]
        return Past(
            relapses=sum(case.stage is Stage.RELAPSED for case in ended),
            ended_at=max((case.closed_at or 0 for case in ended), default=None),
            evidence=len(given.evidence),
            cause=given.cause.value,
        )


def find_open(db: Database, case_id: str) -> Case:
    """A case that is not closed. Raises `RepairUnknown`, `RepairConflict`."""
    case = store.get(db, case_id)
    if case.closed_at is not None:
        raise RepairConflict("the case is closed")
    return case
