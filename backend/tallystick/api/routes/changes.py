"""Changes of a loan: from what is agreed to all signatures to the transaction."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from tallystick.amendments import service, store
from tallystick.amendments.service import Plan
from tallystick.amendments.terms import Guaranty, NewTerms
from tallystick.api.change_view import change_answer, change_problem
from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import LoanId, State
from tallystick.api.routes.transactions import transaction
from tallystick.api.schemas import changes as schemas
from tallystick.api.schemas.offers import Document, SignatureInput, Transaction
from tallystick.api.schemas.types import (
    ADDRESS,
    ADDRESS_PATTERN,
    checksum,
    parse_date,
    parse_time,
)
from tallystick.api.simulation import Simulator, Transfer
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.api.state import ServerState
from tallystick.loans.agreement import RATE_SCALE
from tallystick.loans.consents import Settlement
from tallystick.loans.debt import Split
from tallystick.loans.kinds import Amortization
from tallystick.offers.errors import TermsInvalid
from tallystick.offers.terms import DEFAULT_VALIDITY

router = APIRouter(prefix="/v1", tags=["changes"], route_class=LedgerRoute)

ChangeId = Annotated[
    str, Path(max_length=64, examples=["change_mfrggzdfmztwq2lknnwg23tpoa"], description="Opaque")
]


@router.post(
    "/loans/{loan_id}/changes",
    status_code=201,
    operation_id="create_change",
    summary="Build the amendment or settlement to sign",
    responses=document_responses(
        "loan_not_found", "loan_not_active", "validation_failed", "terms_invalid", "index_not_ready"
    ),
)
def create_change(
    state: State, response: Response, loan_id: LoanId, given: schemas.ChangeInput
) -> schemas.Change:
    """Fills in the new principal, installment and nonces, checks every bound of the book, and
    shows what the change does, to the unit. Nothing happens until all have signed and
    it is sent."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot, change_problem():
        loan = snapshot.find(loan_id_bytes(loan_id))
        until = _until(snapshot, given.valid_until)
        plan, now = _plan(given.plan), snapshot.now
        with state.writing() as db:
            if isinstance(given, schemas.SettlementInput):
                change = service.create_settlement(
                    db,
                    loan,
                    int(given.amount),
                    given.reason,
                    plan,
                    until,
                    now,
                    given.external_id,
                )
            else:
                wanted = _wanted(given)
                change = service.create_amendment(
                    db, loan, wanted, plan, until, now, given.external_id
                )
        response.headers["Location"] = f"/v1/changes/{change.change_id}"
        return change_answer(snapshot, change)


@router.get(
    "/changes/{change_id}",
    operation_id="get_change",
    summary="One change with its signatures' state",
    responses=document_responses("change_not_found", "index_not_ready"),
)
def get_change(state: State, response: Response, change_id: ChangeId) -> schemas.Change:
    """Whoever knows the id may read the change: share it with the other party only."""
    response.headers["Cache-Control"] = "no-store"
    change = find_change(state, change_id)
    with state.snapshot(change.loan_id) as snapshot:
        return change_answer(snapshot, change)


@router.post(
    "/changes/{change_id}/signatures",
    status_code=201,
    operation_id="sign_change",
    summary="Hand in a party's signature",
    responses=document_responses(
        "change_not_found",
        "validation_failed",
        "signer_not_party",
        "signature_invalid",
        "offer_expired",
        "chain_unavailable",
        "index_not_ready",
    ),
)
def sign_change(state: State, change_id: ChangeId, given: SignatureInput) -> schemas.Change:
    """Checked as the book checks it: the account's own key, or ERC-1271 for a contract account."""
    signer = checksum(given.signer, pointer="#/signer")
    signature = bytes.fromhex(given.signature[2:])
    change = find_change(state, change_id)
    with state.snapshot(change.loan_id) as snapshot, change_problem():
        rpc = state.chain(change.chain_id).rpc
        with state.writing() as db:
            change = service.add_signature(db, rpc, change, signer, signature, snapshot.now)
        return change_answer(snapshot, change)


@router.get(
    "/changes/{change_id}/transaction",
    operation_id="get_change_transaction",
    summary="The transaction that makes the change",
    responses=document_responses(
        "change_not_found",
        "offer_not_signed",
        "offer_expired",
        "loan_not_active",
        "terms_not_in_force",
        "wrong_status",
        "penalty_owed",
        "debt_above",
        "nonce_used",
        "outside_start_window",
        "not_entitled",
        "insufficient_balance",
        "insufficient_allowance",
        "token_refused",
        "transaction_reverts",
        "chain_unavailable",
        "index_not_ready",
    ),
)
def get_change_transaction(
    state: State,
    response: Response,
    change_id: ChangeId,
    sender: Annotated[
        str | None,
        Query(
            pattern=ADDRESS_PATTERN,
            description="Who will send it: then it is tried out, and a party need not sign",
            examples=[ADDRESS],
        ),
    ] = None,
) -> Transaction:
    """Anybody may send it once all have signed. A settlement takes its amount from the sender."""
    response.headers["Cache-Control"] = "no-store"
    change = find_change(state, change_id)
    with state.snapshot(change.loan_id) as snapshot, change_problem():
        data = service.call_of(change, sender, snapshot.now)
        token, takes = change.before.token, None
        if sender is not None:
            amount = change.body.amount if isinstance(change.body, Settlement) else 0
            node = state.chain(change.chain_id)
            simulator = Simulator(node.rpc, change.book, node.block_tag)
            answer = simulator.call(sender, data, Transfer(token, sender, amount))
            takes = int.from_bytes(answer, "big")
        return transaction(snapshot, data, sender, takes, token)


def find_change(state: ServerState, change_id: str) -> store.Change:
    """Raises `Problem`."""
    with state.writing() as db:
        change = store.get(db, change_id)
    if change is None:
        raise Problem("change_not_found", "There is no change with this id.")
    return change


def _until(snapshot: Snapshot, given: str | None) -> int:
    if given is None:
        return snapshot.now + int(DEFAULT_VALIDITY.total_seconds())
    return parse_time(given, pointer="#/valid_until")


def _plan(document: Document) -> Plan:
    if document.hash is not None and document.salt is not None:
        return Plan(bytes.fromhex(document.salt[2:]), bytes.fromhex(document.hash[2:]))
    return Plan.of(secrets.token_bytes(32), document.text or "")


def _wanted(given: schemas.AmendmentInput) -> NewTerms:
    waived, guaranty = given.waived, None
    try:
        amounts = Split(
            penalty=_amount("penalty", waived.penalty),
            interest=_amount("interest", waived.interest),
            principal=_amount("principal", waived.principal),
        )
    except TermsInvalid as error:
        fault = FieldError(error.rule, pointer=f"#/{error.field}")
        raise Problem("terms_invalid", str(error), errors=[fault]) from error
    if given.guaranty is not None:
        guarantor = checksum(given.guaranty.guarantor, pointer="#/guaranty/guarantor")
        guaranty = Guaranty(
            guarantor, int(given.guaranty.guaranteed), given.guaranty.guarantee_days
        )
    return NewTerms(
        annual_rate=int(Decimal(given.annual_rate_pct) * (RATE_SCALE // 100)),
        count=given.count,
        first_due=parse_date(given.first_due_date, "#/first_due_date"),
        amortization=Amortization.from_label(given.amortization),
        due_day=given.due_day,
        grace_principal=given.grace_principal,
        grace_interest=given.grace_interest,
        waived=amounts,
        capitalise=given.capitalise,
        watch_rows=given.watch_rows,
        reason=given.reason,
        guaranty=guaranty,
    )


def _amount(name: str, text: str) -> int:
    amount = int(text)
    if amount >= 2**96:
        raise TermsInvalid(f"waived/{name}", "must fit 96 bits")
    return amount
