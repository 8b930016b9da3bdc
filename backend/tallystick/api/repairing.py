"""Repair as requests see it: where it is configured, what it raises, and its answers in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request

from tallystick.api.change_view import change_problem
from tallystick.api.identity_problems import identity_problem
from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas import repairs as schemas
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import iso_date, rfc3339, rfc3339_or_none
from tallystick.api.snapshot import Snapshot, hex_of
from tallystick.config import Settings
from tallystick.db import Database
from tallystick.decisions.document import Label
from tallystick.identity.access.access import Access
from tallystick.repair import lessons, store, words
from tallystick.repair.errors import (
    BeyondLimits,
    BudgetInvalid,
    LessonUnknown,
    RepairConflict,
    RepairUnknown,
)
from tallystick.repair.flow import SERVICE, Debt, Repairs
from tallystick.repair.plan import Proposal
from tallystick.repair.recommend import Offered, Recommendation
from tallystick.repair.store import Case, Offer, Stage
from tallystick.repair.supervise import conduct, supervise
from tallystick.standing.errors import (
    DisputeClosed,
    DisputeUnknown,
    EntryUnknown,
    NotRestored,
)

TAG = "repair"


def open_repairs(settings: Settings, access: Access | None) -> Repairs | None:
    """Repair, where identities are kept. Raises `SettingsError`, `DocumentInvalid`."""
    return None if access is None else Repairs.from_settings(settings, access)


def repairs_of(request: Request) -> Repairs:
    """Dependency: repair. Raises `Problem` where no identities are kept."""
    repairs: Repairs | None = request.app.state.repairs
    if repairs is None:
        raise Problem("repair_unavailable", "This service keeps no identities.")
    return repairs


@contextmanager
def repair_problem() -> Iterator[None]:
    """Turns what repair raises into problem documents."""
    with identity_problem(), change_problem():
        try:
            yield
        except RepairUnknown as error:
            raise Problem("repair_not_found", "You have no repair with this id.") from error
        except LessonUnknown as error:
            raise Problem("lesson_not_found", "There is no lesson of this name.") from error
        except RepairConflict as error:
            raise Problem("repair_conflict", f"{error}".capitalize() + ".") from error
        except BeyondLimits as error:
            named = ", ".join(error.limits)
            extra = {"limits": list(error.limits)}
            detail = f"The rules do not allow as much: {named}."
            raise Problem("beyond_limits", detail, extra=extra) from error
        except NotRestored as error:
            detail = "The repair has not restored your standing."
            raise Problem("repair_conflict", detail) from error
        except (EntryUnknown, DisputeUnknown) as error:
            raise Problem("entry_not_found", "There is no such entry or dispute.") from error
        except DisputeClosed as error:
            raise Problem("dispute_closed", f"{error}".capitalize() + ".") from error
        except BudgetInvalid as error:
            fault = FieldError(error.rule, pointer=f"#{error.pointer}")
            detail = f"Please check: {error.pointer}."
            raise Problem("validation_failed", detail, errors=[fault]) from error


def debt_of(snapshot: Snapshot, loan_id: bytes) -> Debt:
    """The loan of a repair. Raises `Problem` while its token cannot be asked."""
    loan = snapshot.find(loan_id)
    decimals = snapshot.token(loan.agreement.token).decimals
    if decimals is None:
        raise Problem("chain_unavailable", "The loan's token cannot be asked.")
    return Debt(loan, decimals, snapshot.now)


def answer(
    repairs: Repairs, snapshot: Snapshot, index: Database, case: Case, *, watch: bool = True
) -> schemas.Repair:
    """A case in the API's words, brought to where the chain has it."""
    if watch:
        case = supervise(repairs, index, case, snapshot.now)
    with repairs.access.file.open() as db:
        steps, offers = store.steps_of(db, case.case_id), store.offers_of(db, case.case_id)
        rules = store.rules_of(db, case)
        agreed = next((one for one in offers if one.number == case.agreed), None)
        wanted = agreed.proposal.lessons if agreed and case.stage is Stage.CONSENT else ()
        missing = lessons.missing(db, case.subject, wanted)
    return schemas.Repair(
        repair_id=case.case_id,
        loan_id=hex_of(case.loan_id),
        borrower=case.borrower,
        holder=case.holder,
        stage=case.stage.value,
        text=text_of(words.STAGES[case.stage]),
        cause=case.cause.value,
        severity=None if case.severity is None else case.severity.value,
        rules=case.rules_id,
        findings=[
            schemas.RepairFinding(code=code, text=text_of(words.finding(rules, code)))
            for code in case.findings
        ],
        change_id=case.change_id,
        lessons_missing=list(missing),
        lessons_suggested=list(lessons.suggested(repairs.lessons, case.cause)),
        conduct=_conduct(index, case, snapshot.now),
        offers=[_offer(one, case, snapshot.now) for one in offers],
        steps=[_step(one, case) for one in steps],
        opened_at=rfc3339(case.opened_at),
        closed_at=rfc3339_or_none(case.closed_at),
    )


def summary(case: Case) -> schemas.RepairSummary:
    """A case in a list."""
    return schemas.RepairSummary(
        repair_id=case.case_id,
        loan_id=hex_of(case.loan_id),
        stage=case.stage.value,
        severity=None if case.severity is None else case.severity.value,
        cause=case.cause.value,
        opened_at=rfc3339(case.opened_at),
        closed_at=rfc3339_or_none(case.closed_at),
    )


def recommendation(found: Recommendation) -> schemas.RepairRecommendation:
    """Plans in the API's words."""
    return schemas.RepairRecommendation(
        helps=bool(found.plans),
        plans=[_found(one) for one in found.plans],
        nearest=None if found.nearest is None else _found(found.nearest),
        worse_for_lender=found.worse,
    )


def text_of(label: Label) -> ReasonText:
    """Both languages."""
    return ReasonText.model_validate({"en": label.en, "zh-Hans": label.zh})


def _found(one: Offered) -> schemas.FoundPlan:
    effect = one.effect.to_json() | {"short": str(one.short)}
    return schemas.FoundPlan(plan=_plan(one.proposal), effect=_effect(effect))


def _effect(effect: dict[str, Any]) -> schemas.PlanEffect:
    return schemas.PlanEffect(**effect)


def _plan(proposal: Proposal) -> schemas.RepairPlan:
    data = proposal.to_json()
    return schemas.RepairPlan(
        measure=proposal.measure.value,
        text=text_of(words.MEASURES[proposal.measure]),
        digest=proposal.digest,
        terms=data["terms"],
        amount=data["amount"],
        pay_by=None if proposal.by is None else iso_date(proposal.by),
        lessons=list(proposal.lessons),
    )


def _offer(offer: Offer, case: Case, now: int) -> schemas.RepairOffer:
    return schemas.RepairOffer(
        number=offer.number,
        maker=offer.maker,
        status=_status(offer, case, now),
        refused_for=offer.refused_for,
        approval_id=offer.approval_id,
        plan=_plan(offer.proposal),
        effect=_effect(offer.effect),
        made_at=rfc3339(offer.at),
        valid_until=rfc3339(offer.valid_until),
    )


def _status(offer: Offer, case: Case, now: int) -> Any:
    if offer.number == case.agreed or (offer.borrower_at and offer.lender_at):
        return "agreed"
    if offer.refused_at is not None:
        return "refused"
    if now > offer.valid_until:
        return "expired"
    if offer.borrower_at is not None:
        return "awaits_lender"
    return "open" if offer.lender_at is None else "awaits_borrower"


def _step(step: store.Step, case: Case) -> schemas.RepairStep:
    by = "staff"
    if step.actor == case.subject:
        by = "borrower"
    elif step.actor == SERVICE:
        by = "service"
    elif step.actor.startswith("lender:"):
        by = "lender"
    return schemas.RepairStep(
        stage=step.stage.value,
        text=text_of(words.STAGES[step.stage]),
        by=by,  # type: ignore[arg-type]  # one of four words
        reason=step.reason,
        at=rfc3339(step.at),
    )


def _conduct(index: Database, case: Case, now: int) -> schemas.RepairConduct | None:
    found = conduct(index, case, now)
    if found is None or case.stage in (Stage.PLAN, Stage.CONSENT):
        return None
    watch, event = found.watch, found.event
    return schemas.RepairConduct(
        rows=watch.rows if watch else 0,
        on_time=watch.paid if watch else 0,
        restarts=watch.restarts if watch else 0,
        days_past_due=found.days_past_due,
        outstanding=str(found.outstanding),
        plan_hash=None if event is None else hex_of(event.amendment.plan_hash),
    )
