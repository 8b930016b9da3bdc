"""Repair for the two sides of a loan: the borrower's own cases, and requests to a lender."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem, document_responses
from tallystick.api.repair_input import application_of, proposal_of
from tallystick.api.repairing import (
    TAG,
    answer,
    debt_of,
    recommendation,
    repair_problem,
    repairs_of,
    summary,
)
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import repairs as schemas
from tallystick.api.snapshot import loan_id_bytes
from tallystick.repair import consent, store
from tallystick.repair.errors import RepairUnknown
from tallystick.repair.flow import Repairs
from tallystick.repair.rules import rules_id
from tallystick.repair.store import Case, Stage

own = APIRouter(
    prefix="/v1/me/repairs",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(repairs_of)],
)
of_holders = APIRouter(
    prefix="/v1/me/repair-requests",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(repairs_of)],
)
rules = APIRouter(prefix="/v1/repair-rules", tags=[TAG], route_class=LedgerRoute)

Repairing = Annotated[Repairs, Depends(repairs_of)]
RepairId = Annotated[
    str,
    Path(max_length=64, description="Opaque", examples=["repair_mfrggzdfmztwq2lknnwg23tpoa"]),
]
Number = Annotated[int, Path(ge=1, le=1000, description="Of the offer", examples=[1])]
ERRORS = (
    "repair_unavailable",
    "repair_not_found",
    "repair_conflict",
    "index_not_ready",
    "chain_unavailable",
)
OFFER_ERRORS = (*ERRORS, "beyond_limits", "terms_invalid", "loan_not_active", "loan_not_found")


@rules.get(
    "",
    operation_id="get_repair_rules",
    summary="The rules of repair in force",
    responses=document_responses("repair_unavailable"),
)
def get_repair_rules(repairs: Repairing) -> schemas.RepairRulesAnswer:
    """Who may repair what, and how far the lender goes, as docs/repair.md explains it."""
    return schemas.RepairRulesAnswer(
        rules=rules_id(repairs.body), document=json.loads(repairs.body)
    )


@own.post(
    "",
    status_code=201,
    operation_id="apply_for_repair",
    summary="Ask for help with a loan",
    responses=session_responses(*OFFER_ERRORS, "wallet_not_found"),
)
def apply_for_repair(
    state: State,
    repairs: Repairing,
    access: Gate,
    caller: Who,
    response: Response,
    given: schemas.RepairInput,
) -> schemas.Repair:
    """Assessed at once by the rules: refused with reasons, handed to a person, or answered with
    the plans that fit income and expenses. What is told is sealed under the caller's key."""
    loan_id = loan_id_bytes(given.loan_id)
    with state.snapshot(loan_id) as snapshot, state.writing() as index, repair_problem():
        debt = debt_of(snapshot, loan_id)
        if not access.wallets.has(caller.subject, debt.loan.agreement.borrower):
            raise Problem("wallet_not_found", "The loan's borrower is no wallet of yours.")
        case = repairs.apply(caller.subject, debt, application_of(given))
        response.headers["Location"] = f"/v1/me/repairs/{case.case_id}"
        return answer(repairs, snapshot, index, case)


@own.get(
    "",
    operation_id="list_repairs",
    summary="One's own repairs, newest first",
    responses=session_responses(*ERRORS),
)
def list_repairs(repairs: Repairing, caller: Who) -> schemas.RepairList:
    with repairs.access.file.open() as db:
        found = store.of_subject(db, caller.subject)
    return schemas.RepairList(data=[summary(case) for case in found])


@own.get(
    "/{repair_id}",
    operation_id="get_repair",
    summary="One of one's own repairs",
    responses=session_responses(*ERRORS),
)
def get_repair(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId
) -> schemas.Repair:
    """With its stages, offers, and how the plan is kept so far."""
    with repair_problem():
        case = own_case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            return answer(repairs, snapshot, index, case)


@own.get(
    "/{repair_id}/recommendation",
    operation_id="get_repair_recommendation",
    summary="The plans that help as of now",
    responses=session_responses(*OFFER_ERRORS),
)
def get_repair_recommendation(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId
) -> schemas.RepairRecommendation:
    """With the effect for both sides; says when none helps, and which comes nearest."""
    with repair_problem():
        case = own_case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot:
            debt = debt_of(snapshot, case.loan_id)
            return recommendation(repairs.recommend(case, debt, caller.subject))


@own.post(
    "/{repair_id}/offers",
    status_code=201,
    operation_id="make_repair_offer",
    summary="Make a counter-offer",
    responses=session_responses(*OFFER_ERRORS),
)
def make_repair_offer(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId, given: schemas.PlanInput
) -> schemas.Repair:
    """Where the lender's answer is delegated to the rules, it follows at once."""
    with repair_problem():
        case = own_case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            debt = debt_of(snapshot, case.loan_id)
            plan = proposal_of(given, repairs.rules_of(case), debt)
            offer = repairs.propose(caller.subject, case, debt, "borrower", plan)
            case, _ = consent.accept(repairs, index, case, offer, "borrower", caller.subject, debt)
            return answer(repairs, snapshot, index, case)


@own.post(
    "/{repair_id}/offers/{number}/acceptance",
    operation_id="accept_repair_offer",
    summary="Accept an offer",
    responses=session_responses(*OFFER_ERRORS),
)
def accept_repair_offer(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId, number: Number
) -> schemas.Repair:
    """Once both sides have accepted, `change_id` names what they sign."""
    with repair_problem():
        case = own_case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            debt = debt_of(snapshot, case.loan_id)
            with repairs.access.file.open() as db:
                offer = store.offer_of(db, case.case_id, number)
            case, _ = consent.accept(repairs, index, case, offer, "borrower", caller.subject, debt)
            return answer(repairs, snapshot, index, case)


@own.post(
    "/{repair_id}/withdrawal",
    operation_id="withdraw_repair",
    summary="Take a repair back",
    responses=session_responses(*ERRORS),
)
def withdraw_repair(
    state: State, repairs: Repairing, caller: Who, repair_id: RepairId
) -> schemas.Repair:
    """Before the plan is carried out."""
    with repair_problem():
        case = own_case(repairs, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            case = repairs.end(caller.subject, case, Stage.WITHDRAWN, "withdrawn", snapshot.now)
            return answer(repairs, snapshot, index, case)


@of_holders.get(
    "",
    operation_id="list_repair_requests",
    summary="Repairs of loans whose claim one holds",
    responses=session_responses(*ERRORS),
)
def list_repair_requests(repairs: Repairing, access: Gate, caller: Who) -> schemas.RepairList:
    wallets = [wallet.address for wallet in access.wallets.of_subject(caller.subject)]
    with repairs.access.file.open() as db:
        found = store.of_holders(db, wallets)
    return schemas.RepairList(data=[summary(case) for case in found])


@of_holders.get(
    "/{repair_id}",
    operation_id="get_repair_request",
    summary="One of these, without what the borrower told in confidence",
    responses=session_responses(*ERRORS),
)
def get_repair_request(
    state: State, repairs: Repairing, access: Gate, caller: Who, repair_id: RepairId
) -> schemas.Repair:
    with repair_problem():
        case = _held(repairs, access, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            return answer(repairs, snapshot, index, case)


@of_holders.post(
    "/{repair_id}/offers",
    status_code=201,
    operation_id="make_lender_offer",
    summary="Make the borrower an offer",
    responses=session_responses(*OFFER_ERRORS),
)
def make_lender_offer(
    state: State,
    repairs: Repairing,
    access: Gate,
    caller: Who,
    repair_id: RepairId,
    given: schemas.PlanInput,
) -> schemas.Repair:
    with repair_problem():
        case = _held(repairs, access, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            debt = debt_of(snapshot, case.loan_id)
            plan = proposal_of(given, repairs.rules_of(case), debt)
            repairs.propose(_as_lender(caller), case, debt, "lender", plan)
            return answer(repairs, snapshot, index, case)


@of_holders.post(
    "/{repair_id}/offers/{number}/acceptance",
    operation_id="accept_offer_as_lender",
    summary="Accept an offer of the borrower or of the service",
    responses=session_responses(*OFFER_ERRORS),
)
def accept_offer_as_lender(
    state: State,
    repairs: Repairing,
    access: Gate,
    caller: Who,
    repair_id: RepairId,
    number: Number,
) -> schemas.Repair:
    with repair_problem():
        case = _held(repairs, access, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            debt = debt_of(snapshot, case.loan_id)
            with repairs.access.file.open() as db:
                offer = store.offer_of(db, case.case_id, number)
            case, _ = consent.accept(
                repairs, index, case, offer, "lender", _as_lender(caller), debt
            )
            return answer(repairs, snapshot, index, case)


@of_holders.post(
    "/{repair_id}/refusal",
    operation_id="refuse_repair_request",
    summary="Refuse to repair",
    responses=session_responses(*ERRORS),
)
def refuse_repair_request(
    state: State,
    repairs: Repairing,
    access: Gate,
    caller: Who,
    repair_id: RepairId,
    given: schemas.RefusalInput,
) -> schemas.Repair:
    with repair_problem():
        case = _held(repairs, access, caller, repair_id)
        with state.snapshot(case.loan_id) as snapshot, state.writing() as index:
            actor = _as_lender(caller)
            case = repairs.end(actor, case, Stage.REFUSED, given.reason, snapshot.now)
            return answer(repairs, snapshot, index, case)


def own_case(repairs: Repairs, caller: Who, repair_id: str) -> Case:
    """Raises `RepairUnknown` also for somebody else's."""
    with repairs.access.file.open() as db:
        case = store.get(db, repair_id)
    if case.subject != caller.subject:
        raise RepairUnknown(repair_id)
    return case


def _held(repairs: Repairs, access: Gate, caller: Who, repair_id: str) -> Case:
    """A case of a loan whose claim one of the caller's wallets holds. Raises `RepairUnknown`."""
    with repairs.access.file.open() as db:
        case = store.get(db, repair_id)
    if not access.wallets.has(caller.subject, case.holder):
        raise RepairUnknown(repair_id)
    return case


def _as_lender(caller: Who) -> str:
    return f"lender:{caller.subject}"
