"""Loans as the index knows them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from tallystick.api.answers import steady
from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.schemas.loans import (
    AmendmentsAnswer,
    DueAnswer,
    EventsAnswer,
    LoanAnswer,
    LoanPage,
    LoanStatus,
    PaymentsAnswer,
    ScheduleAnswer,
)
from tallystick.api.schemas.types import (
    ADDRESS,
    ADDRESS_PATTERN,
    BOOK,
    HASH,
    SEARCH_PATTERN,
    parse_time,
)
from tallystick.api.snapshot import loan_id_bytes
from tallystick.api.state import ServerState, server_state

router = APIRouter(prefix="/v1/loans", tags=["loans"], route_class=LedgerRoute)

State = Annotated[ServerState, Depends(server_state)]
LoanId = Annotated[str, Path(description="The agreement's EIP-712 digest", examples=[HASH])]
Account = Query(pattern=ADDRESS_PATTERN, description="Account", examples=[ADDRESS])
ChainIds = Query(ge=1, lt=2**63, description="Only this chain", examples=[31337])
Books = Query(pattern=ADDRESS_PATTERN, description="Only this book", examples=[BOOK])
READ_ERRORS = document_responses("loan_not_found", "validation_failed", "index_not_ready")


@router.get(
    "",
    operation_id="list_loans",
    summary="List loans, newest first",
    responses=document_responses("validation_failed", "cursor_unknown", "index_not_ready"),
)
@steady
def list_loans(
    state: State,
    borrower: Annotated[str | None, Account] = None,
    lender: Annotated[
        str | None,
        Query(pattern=ADDRESS_PATTERN, description="Who holds the claim", examples=[ADDRESS]),
    ] = None,
    token: Annotated[str | None, Account] = None,
    chain_id: Annotated[int | None, ChainIds] = None,
    book: Annotated[str | None, Books] = None,
    status: Annotated[
        LoanStatus | None,
        Query(description="`active` includes overdue loans", examples=["overdue"]),
    ] = None,
    q: Annotated[
        str | None,
        Query(
            pattern=SEARCH_PATTERN,
            description="Search: the first digits of a loan id (at least 4), the address of a "
            "party, or the hash of a transaction that concerned the loan",
            examples=["0x9c9c9c"],
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Page size", examples=[20])] = 20,
    starting_after: Annotated[
        str | None, Query(description="Last loan id of the page before", examples=[HASH])
    ] = None,
) -> LoanPage:
    """Go through all pages with `starting_after`; the order is stable while new loans arrive."""
    with state.snapshot() as snapshot:
        return snapshot.page(
            borrower=borrower,
            lender=lender,
            token=token,
            status=status,
            search=q,
            chain_id=chain_id,
            book=book,
            limit=limit,
            starting_after=starting_after,
        )


@router.get(
    "/{loan_id}", operation_id="get_loan", summary="One loan with its terms", responses=READ_ERRORS
)
@steady
def get_loan(state: State, loan_id: LoanId) -> LoanAnswer:
    """The terms are those in force; hashing them gives `terms`, the loan id until the first
    amendment. `/amendments` tells how they came about."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        return snapshot.loan_answer(snapshot.find(loan_id_bytes(loan_id)))


@router.get(
    "/{loan_id}/amendments",
    operation_id="list_loan_amendments",
    summary="Restructurings: what was forgiven, and the new terms",
    responses=READ_ERRORS,
)
@steady
def list_amendments(state: State, loan_id: LoanId) -> AmendmentsAnswer:
    """Oldest first, after the terms that the loan began with, whose digest is the loan id."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        return snapshot.amendments(snapshot.find(loan_id_bytes(loan_id)))


@router.get(
    "/{loan_id}/events",
    operation_id="list_loan_events",
    summary="Everything that happened to a loan",
    responses=READ_ERRORS,
)
@steady
def list_events(state: State, loan_id: LoanId) -> EventsAnswer:
    """Oldest first: the whole life, from its origination to its end."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        return snapshot.events(snapshot.find(loan_id_bytes(loan_id)))


@router.get(
    "/{loan_id}/schedule",
    operation_id="get_loan_schedule",
    summary="Each row as agreed, as it stands and as paid",
    responses=READ_ERRORS,
)
@steady
def get_schedule(state: State, loan_id: LoanId) -> ScheduleAnswer:
    """All rows of the terms in force, in order; at most 600."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        return snapshot.schedule(snapshot.find(loan_id_bytes(loan_id)))


@router.get(
    "/{loan_id}/payments",
    operation_id="list_loan_payments",
    summary="Payments and how each was applied",
    responses=READ_ERRORS,
)
@steady
def list_payments(state: State, loan_id: LoanId) -> PaymentsAnswer:
    """Oldest first, each with its transaction and log."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        return snapshot.payments(snapshot.find(loan_id_bytes(loan_id)))


@router.get(
    "/{loan_id}/due",
    operation_id="get_loan_due",
    summary="Amounts due and payoff, now or at a later time",
    responses=READ_ERRORS,
)
def get_due(
    state: State,
    loan_id: LoanId,
    at: Annotated[
        str | None,
        Query(
            description="RFC 3339; now when left out, not before the last change",
            examples=["2026-03-31T09:30:00Z"],
        ),
    ] = None,
) -> DueAnswer:
    """If nothing is paid until then."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        return snapshot.due(loan, snapshot.now if at is None else parse_time(at, parameter="at"))
