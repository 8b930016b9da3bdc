"""One's own bank statements: handed in, looked at, taken back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from tallystick.api.lending import TAG, lending_of, lending_problem
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import FieldError, Problem
from tallystick.api.routes.applications import Lends
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas import bank_statements as schemas
from tallystick.api.schemas.types import rfc3339
from tallystick.api.uploads import read_upload, upload_body
from tallystick.decisions.bank import MONEY, Report
from tallystick.decisions.flow import SCORING
from tallystick.intake.csvfile import Layout
from tallystick.intake.errors import DocumentRefused, LayoutInvalid
from tallystick.loans.calendar import date_of

own = APIRouter(
    prefix="/v1/me/bank-statements",
    tags=[TAG],
    route_class=PrivateRoute,
    dependencies=[Depends(lending_of)],
)

MOST_BYTES = 4 * 1024 * 1024
_TYPES = ("text/csv", "application/x-ofx", "application/xml", "application/octet-stream")
StatementId = Annotated[
    schemas.StatementId,
    Path(description="Which", examples=["statement_mfrggzdfmztwq2lknnwg23tpoa"]),
]


def _named(description: str, example: str) -> Any:
    return Query(max_length=64, description=description, examples=[example])


def layout(
    date: Annotated[str | None, _named("Column of days", "Booked")] = None,
    amount: Annotated[str | None, _named("Column of amounts", "Amount")] = None,
    debit: Annotated[str | None, _named("Column of what went", "Paid out")] = None,
    credit: Annotated[str | None, _named("Column of what came", "Paid in")] = None,
    balance: Annotated[str | None, _named("Column of balances", "Balance")] = None,
    currency: Annotated[str | None, _named("Column of currencies", "Currency")] = None,
    text: Annotated[str | None, _named("Column of texts", "Details")] = None,
    currency_code: Annotated[
        str | None, _named("The currency (ISO 4217), where no column says it", "USD")
    ] = None,
    dates: Annotated[
        Literal["ymd", "dmy", "mdy"] | None,
        Query(description="Order of days, where it could be several", examples=["dmy"]),
    ] = None,
    decimal: Annotated[
        Literal[".", ","] | None, Query(description="Decimal mark", examples=[","])
    ] = None,
    delimiter: Annotated[
        Literal[",", ";", "\t", "|"] | None, Query(description="Between cells", examples=[";"])
    ] = None,
    encoding: Annotated[
        str | None, _named("Name of the encoding, UTF-8 otherwise", "gb18030")
    ] = None,
) -> Layout:
    """Dependency: what a CSV file does not tell. Raises `Problem`."""
    given = {name: value for name, value in locals().items() if value is not None}
    try:
        return Layout.from_json(given)
    except LayoutInvalid as error:
        fault = FieldError(error.rule, parameter=error.where)
        raise Problem("validation_failed", f"Please check {error.where}.", errors=[fault]) from None


@own.post(
    "",
    status_code=201,
    operation_id="hand_in_bank_statement",
    summary="Hand in a bank statement",
    responses=session_responses(
        "lending_unavailable",
        "consent_required",
        "statement_refused",
        "statement_not_found",
        "index_not_ready",
    ),
    openapi_extra=upload_body(_TYPES),
)
async def hand_in_bank_statement(
    request: Request,
    state: State,
    lending: Lends,
    caller: Who,
    columns: Annotated[Layout, Depends(layout)],
) -> schemas.BankStatement:
    """The body is the file: CSV, OFX or camt.053, at most 4 MiB. What it says is kept sealed, the
    file is not. Name it in `statements` of an application. Needs the consent `scoring`. The same
    file again is the same statement."""
    content = await read_upload(request, _TYPES, MOST_BYTES)

    def work() -> Report:
        with state.snapshot() as snapshot, lending_problem():
            return lending.statements.hand_in(
                caller.subject, content, columns, SCORING, snapshot.now
            )

    try:
        return _answer(await run_in_threadpool(work))
    except DocumentRefused as error:
        place = {"row": error.row, "column": error.column}
        raise Problem("statement_refused", f"{error}".capitalize() + ".", extra=place) from None


@own.get(
    "",
    operation_id="list_bank_statements",
    summary="One's own bank statements, newest first",
    responses=session_responses("lending_unavailable"),
)
def list_bank_statements(lending: Lends, caller: Who) -> schemas.BankStatements:
    kept = lending.statements.of_subject(caller.subject)
    return schemas.BankStatements(data=[_answer(each) for each in kept])


@own.delete(
    "/{statement_id}",
    status_code=204,
    operation_id="take_back_bank_statement",
    summary="Take a bank statement back",
    responses=session_responses("lending_unavailable", "statement_not_found"),
)
def take_back_bank_statement(lending: Lends, caller: Who, statement_id: StatementId) -> Response:
    """What it said is deleted; applications that named it keep what they were decided on."""
    with lending_problem():
        lending.statements.take_back(caller.subject, statement_id)
    return Response(status_code=204)


def _answer(report: Report) -> schemas.BankStatement:
    told = report.quality
    features: dict[str, float | None] = {}
    for column, value in report.features.features().items():
        name = column.removeprefix("bank_")
        scaled = name in MONEY and value is not None
        features[name] = value / 10**report.decimals if scaled and value is not None else value
    return schemas.BankStatement(
        statement_id=report.statement_id,
        handed_in_at=rfc3339(report.at),
        format=report.format,  # type: ignore[arg-type]
        document=told.document,
        currency=report.currency,
        quality=schemas.StatementQuality(
            entries=told.entries,
            first_day=str(date_of(told.first_day)),
            last_day=str(date_of(told.last_day)),
            currencies=list(told.currencies),
            checked_balances=told.checked_balances,
            wrong_balances=told.wrong_balances,
            wrong_row=told.wrong_row,
            repeats=told.repeats,
            repeat_row=told.repeat_row,
            longest_gap=told.longest_gap,
            gap_row=told.gap_row,
            out_of_order=told.out_of_order,
            order_row=told.order_row,
        ),
        features=features,
    )
