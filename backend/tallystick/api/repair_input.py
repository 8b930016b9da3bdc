"""What is sent about repairs, as the repair package takes it."""

from __future__ import annotations

import base64
import binascii
from decimal import Decimal

from tallystick.amendments.terms import Guaranty, NewTerms
from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas import repairs as schemas
from tallystick.api.schemas.offers import GuarantyTerms
from tallystick.api.schemas.types import checksum, invalid, parse_date
from tallystick.loans.agreement import RATE_SCALE
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import Split
from tallystick.repair.application import Application, Evidence
from tallystick.repair.basis import Basis
from tallystick.repair.flow import Debt
from tallystick.repair.plan import Proposal
from tallystick.repair.rules import Cause, Measure, RepairRules

_SIGNED = 2**96


def application_of(given: schemas.RepairInput) -> Application:
    """Raises `Problem` for evidence that is no base64."""
    evidence = []
    for number, one in enumerate(given.evidence):
        try:
            content = base64.b64decode(one.content, validate=True)
        except binascii.Error:
            pointer = f"#/evidence/{number}/content"
            raise invalid(FieldError("must be base64", pointer=pointer)) from None
        evidence.append(Evidence(one.kind, content))
    return Application(
        cause=Cause(given.cause),
        text=given.text,
        budget=given.budget.model_dump(exclude_none=True),
        lump_sum=given.lump_sum,
        evidence=tuple(evidence),
        guaranty=_guaranty(given.guaranty, "#/guaranty"),
    )


def proposal_of(given: schemas.PlanInput, rules: RepairRules, debt: Debt) -> Proposal:
    """A plan as of today. Raises `Problem` when it has terms and amount, or not what it needs."""
    basis = Basis.of(debt.loan, debt.now, rules.valid_days)
    measure, until, day = Measure(given.measure), basis.until, day_at(debt.now)
    settles, catches = measure is Measure.SETTLEMENT, measure is Measure.CATCH_UP
    if (given.amount is not None) != settles or (given.terms is not None) == (settles or catches):
        rule = "has the amount of a settlement, nothing to catch up, and else the terms"
        raise Problem(
            "validation_failed",
            "Please check: measure, terms, amount.",
            errors=[FieldError(rule, pointer="#/measure")],
        )
    if settles:
        return Proposal(measure, day, until, amount=_word(given.amount or "0", "#/amount"))
    if given.terms is None:
        return Proposal(measure, day, until, by=day + rules.catch_up_days)
    return Proposal(measure, day, until, terms=_terms(given.terms))


def _terms(given: schemas.PlanTerms) -> NewTerms:
    waived = given.waived
    return NewTerms(
        annual_rate=int(Decimal(given.annual_rate_pct) * (RATE_SCALE // 100)),
        count=given.count,
        first_due=parse_date(given.first_due_date, "#/terms/first_due_date"),
        due_day=given.due_day,
        grace_principal=given.grace_principal,
        grace_interest=given.grace_interest,
        waived=Split(
            penalty=_word(waived.penalty, "#/terms/waived/penalty"),
            interest=_word(waived.interest, "#/terms/waived/interest"),
            principal=_word(waived.principal, "#/terms/waived/principal"),
        ),
        capitalise=given.capitalise,
        guaranty=_guaranty(given.guaranty, "#/terms/guaranty"),
    )


def _guaranty(given: GuarantyTerms | None, pointer: str) -> Guaranty | None:
    if given is None:
        return None
    guarantor = checksum(given.guarantor, pointer=f"{pointer}/guarantor")
    most = _word(given.guaranteed, f"{pointer}/guaranteed")
    return Guaranty(guarantor, most, given.guarantee_days)


def _word(amount: str, pointer: str) -> int:
    if int(amount) >= _SIGNED:
        raise invalid(FieldError("must fit 96 bits", pointer=pointer))
    return int(amount)
