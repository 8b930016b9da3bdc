"""What the chain did to plans that were agreed on: executed, kept, broken, fulfilled.

Everything is read from the index, so that looking again changes nothing, and a reorganisation that
takes an amendment back before it was final takes nothing with it that cannot come again.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.amendments import service
from tallystick.amendments import store as changes
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.loans import ledger
from tallystick.loans.calendar import day_at
from tallystick.loans.events import Amended, Defaulted
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status
from tallystick.repair import store
from tallystick.repair.basis import Watched, watched
from tallystick.repair.flow import SERVICE, Repairs
from tallystick.repair.store import Case, Stage


@dataclass(frozen=True, slots=True)
class Conduct:
    """How an executed plan goes. `watch` is None for a plan without new terms."""

    event: Amended | None
    watch: Watched | None
    days_past_due: int
    outstanding: int


def conduct(index: Database, case: Case, now: int) -> Conduct | None:
    """How the plan of a case goes; None before it is executed."""
    loan = repository.get_loan(index, case.loan_id)
    if loan is None or case.agreed is None:
        return None
    owed = ledger.owed_at(loan.agreement, loan.stored, day_at(now))
    change = case.change_id and changes.get(index, case.change_id)
    if not change:
        return Conduct(None, None, owed.days_past_due, owed.outstanding)
    event = service.effect_of(change, loan)
    if not isinstance(event, Amended):
        return None
    return Conduct(event, watched(loan, event), owed.days_past_due, owed.outstanding)


def supervise(repairs: Repairs, index: Database, case: Case, now: int) -> Case:
    """Brings a case to where the chain has it."""
    loan = repository.get_loan(index, case.loan_id)
    if loan is None:
        return case
    if case.stage is Stage.CONSENT:
        case = _consented(repairs, index, case, loan, now)
    if case.stage is Stage.EXECUTION:
        case = _executed(repairs, index, case, loan, now)
    elif case.stage is Stage.PLAN and loan.closed is not None:
        case = repairs.move(case, Stage.COMPLETED, SERVICE, "paid_without_plan", now)
    return case


def supervise_all(repairs: Repairs, index: Database, now: int) -> list[Case]:
    """Every case that the chain may move; those that moved."""
    with repairs.access.file.open() as db:
        open_ones = store.running(db)
    moved = []
    for case in open_ones:
        after = supervise(repairs, index, case, now)
        if after != case:
            moved.append(after)
    return moved


def watch_restored(repairs: Repairs, index: Database, now: int) -> list[str]:
    """Takes an attested standing back from whoever failed again on a loan that was repaired: in
    default since, or as many days past due as the rules say. The subjects."""
    lost = []
    for subject in repairs.standing.attested():
        with repairs.access.file.open() as db:
            cases = store.of_subject(db, subject)
        restored = [case for case in cases if case.stage is Stage.RESTORED]
        if any(_fails_again(repairs, index, case, now) for case in restored):
            repairs.standing.lose(subject, "failed_again")
            lost.append(subject)
    return lost


def _fails_again(repairs: Repairs, index: Database, case: Case, now: int) -> bool:
    loan = repository.get_loan(index, case.loan_id)
    if loan is None:
        return False
    owed = ledger.owed_at(loan.agreement, loan.stored, day_at(now))
    since = case.closed_at or 0
    return owed.days_past_due >= repairs.standing.rules.lost_days or any(
        isinstance(change, Defaulted) and change.ref.timestamp > since for change in loan.changes
    )


def _consented(repairs: Repairs, index: Database, case: Case, loan: LoanState, now: int) -> Case:
    change = case.change_id and changes.get(index, case.change_id)
    if not change:
        return case
    event = service.effect_of(change, loan)
    if isinstance(event, Amended):
        return repairs.move(case, Stage.EXECUTION, SERVICE, "amended", now)
    if event is not None:
        return repairs.move(case, Stage.SETTLED, SERVICE, "settled", now)
    if loan.closed is not None:
        return repairs.move(case, Stage.COMPLETED, SERVICE, "paid_without_plan", now)
    if not service.is_current(change, loan):
        return _back(repairs, case, "terms_changed", now)
    if now > change.deadline:
        return _back(repairs, case, "expired", now)
    return case


def _back(repairs: Repairs, case: Case, reason: str, now: int) -> Case:
    """What was not signed in time is looked for again."""
    return repairs.move(case, Stage.PLAN, SERVICE, reason, now, agreed=None, change_id=None)


def _executed(repairs: Repairs, index: Database, case: Case, loan: LoanState, now: int) -> Case:
    found = conduct(index, case, now)
    if found is None:
        return case
    if found.watch is None:
        return _caught_up(repairs, case, found, loan, now)
    watch, most = found.watch, repairs.rules_of(case).restarts
    if watch.restored:
        return repairs.move(
            case, Stage.RESTORED, SERVICE, "watch_fulfilled", now, restarts=watch.restarts
        )
    if loan.debt.status is Status.WRITTEN_OFF or loan.debt.accelerated:
        return repairs.move(case, Stage.RELAPSED, SERVICE, "lost", now, restarts=watch.restarts)
    if watch.restarts > most:
        return repairs.move(
            case, Stage.RELAPSED, SERVICE, "watch_broken", now, restarts=watch.restarts
        )
    if loan.closed is not None:
        return repairs.move(
            case, Stage.COMPLETED, SERVICE, "paid_late", now, restarts=watch.restarts
        )
    if watch.restarts > case.restarts:
        return repairs.move(
            case, Stage.EXECUTION, SERVICE, "watch_restarts", now, restarts=watch.restarts
        )
    return case


def _caught_up(repairs: Repairs, case: Case, found: Conduct, loan: LoanState, now: int) -> Case:
    """A plan to catch up is kept when nothing is overdue by its day."""
    with repairs.access.file.open() as db:
        offer = store.offer_of(db, case.case_id, case.agreed or 0)
    by = offer.proposal.by or day_at(offer.valid_until)
    if loan.closed is not None or not found.days_past_due:
        return repairs.move(case, Stage.RESTORED, SERVICE, "caught_up", now)
    if day_at(now) > by:
        return repairs.move(case, Stage.RELAPSED, SERVICE, "not_caught_up", now)
    return case
