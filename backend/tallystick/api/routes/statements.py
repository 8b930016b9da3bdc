"""Documents of a loan to keep: statement, amortization table, receipts, calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BeforeValidator
from starlette.responses import Response

from tallystick.api.problems import FieldError, Problem, document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.schemas.statements import (
    AmortizationAnswer,
    Format,
    ReceiptAnswer,
    StatementAnswer,
)
from tallystick.api.schemas.types import HASH, invalid, iso_text
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.api.state import ServerState, server_state
from tallystick.api.statement_view import amortization_json, receipt_json, statement_json
from tallystick.loans.calendar import day_at, day_of
from tallystick.loans.errors import InputInvalid
from tallystick.loans.statements.account import account_statement
from tallystick.loans.statements.amortization import amortization_table
from tallystick.loans.statements.dues import loan_dues
from tallystick.loans.statements.receipt import receipt
from tallystick.loans.statements.sheet import Currency, Sheet
from tallystick.statements.csv import render_csv
from tallystick.statements.words import Language

router = APIRouter(prefix="/v1/loans/{loan_id}", tags=["statements"], route_class=LedgerRoute)

State = Annotated[ServerState, Depends(server_state)]
LoanId = Annotated[str, Path(description="The agreement's EIP-712 digest", examples=[HASH])]
Wanted = Annotated[
    Format, Query(alias="format", description="Form of the answer", examples=["pdf"])
]
Tongue = Annotated[Language, Query(description="Language of PDF and calendar", examples=["zh"])]
Day = Annotated[
    date | None,
    BeforeValidator(iso_text),
    Query(description="ISO date, UTC", examples=["2026-03-31"]),
]

_ERRORS = ("loan_not_found", "validation_failed", "index_not_ready")
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
_FEED: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}
}


@router.get(
    "/statement",
    operation_id="get_loan_statement",
    summary="Everything charged and paid in a period, with balances",
    response_model=StatementAnswer,
    responses=_FILES | document_responses(*_ERRORS),
)
def get_statement(
    state: State,
    loan_id: LoanId,
    wanted: Wanted = "json",
    language: Tongue = "en",
    first: Annotated[Day, Query(alias="from")] = None,
    last: Annotated[Day, Query(alias="to")] = None,
) -> StatementAnswer | Response:
    """From the loan's first day until today, unless given; both days belong to the period."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        begin = day_at(loan.originated.timestamp) if first is None else day_of(first)
        end = snapshot.today if last is None else day_of(last)
        if end > snapshot.today:
            raise invalid(FieldError("must not lie in the future", parameter="to"))
        try:
            statement = account_statement(loan, begin, end)
        except InputInvalid as error:
            raise invalid(FieldError(error.rule, parameter="to")) from error
        if wanted == "json":
            return statement_json(snapshot, loan, statement)
        sheet = statement.sheet(currency_of(snapshot, loan.agreement.token))
        return _file(snapshot, sheet, wanted, language, loan_id)


@router.get(
    "/amortization",
    operation_id="get_loan_amortization",
    summary="The amortization table, with what was paid",
    response_model=AmortizationAnswer,
    responses=_FILES | document_responses(*_ERRORS),
)
def get_amortization(
    state: State, loan_id: LoanId, wanted: Wanted = "json", language: Tongue = "en"
) -> AmortizationAnswer | Response:
    """The rows as agreed; see `schedule` for what prepayments made of them."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        table = amortization_table(loan, snapshot.today)
        if wanted == "json":
            return amortization_json(snapshot, loan, table)
        sheet = table.sheet(currency_of(snapshot, loan.agreement.token))
        return _file(snapshot, sheet, wanted, language, loan_id)


@router.get(
    "/payments/{number}/receipt",
    operation_id="get_payment_receipt",
    summary="To which rows a payment went",
    response_model=ReceiptAnswer,
    responses=_FILES | document_responses("payment_not_found", *_ERRORS),
)
def get_receipt(
    state: State,
    loan_id: LoanId,
    number: Annotated[int, Path(ge=1, le=2**31, description="Payments count from 1", examples=[2])],
    wanted: Wanted = "json",
    language: Tongue = "en",
) -> ReceiptAnswer | Response:
    """Payments are numbered in chain order."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        if number > len(loan.payments):
            raise Problem("payment_not_found", f"The loan has {len(loan.payments)} payments.")
        found = receipt(loan, number)
        if wanted == "json":
            return receipt_json(snapshot, loan, found)
        sheet = found.sheet(currency_of(snapshot, loan.agreement.token))
        return _file(snapshot, sheet, wanted, language, loan_id)


@router.get(
    "/calendar.ics",
    operation_id="get_loan_calendar",
    summary="Due dates to subscribe to",
    response_class=Response,
    responses=_FEED | document_responses(*_ERRORS),
)
def get_calendar(state: State, loan_id: LoanId, language: Tongue = "en") -> Response:
    """A whole-day event for each row that still asks for money (RFC 5545)."""
    from tallystick.statements.calendar import render_calendar

    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        feed = render_calendar(
            loan_dues(loan), currency_of(snapshot, loan.agreement.token), language
        )
        return Response(feed, media_type="text/calendar; charset=utf-8")


def currency_of(snapshot: Snapshot, address: str) -> Currency:
    """The token's symbol and decimals; base units when it does not tell them."""
    token = snapshot.token(address)
    if token.decimals is None:
        return Currency(f"base units of {token.address}", 0)
    return Currency(token.symbol or token.address, token.decimals)


def _file(
    snapshot: Snapshot, sheet: Sheet, wanted: Format, language: Language, loan_id: str
) -> Response:
    # writers of documents are large, and most servers start long before one is asked for
    from tallystick.statements.pdf import render_pdf

    name = f"{sheet.title}-{loan_id[2:10].lower()}.{wanted}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if wanted == "csv":
        return Response(render_csv(sheet), headers=headers, media_type="text/csv; charset=utf-8")
    created = datetime.fromtimestamp(snapshot.head.timestamp, UTC)
    document = render_pdf(sheet, language, created)
    return Response(document, headers=headers, media_type="application/pdf")
