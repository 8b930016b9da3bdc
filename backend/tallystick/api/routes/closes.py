"""What the daily close says: dates with their sums, corrections, and the lines of a loan."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from tallystick.api.desk import TAG, closed_file, date_or_none
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem
from tallystick.api.routes.loans import State
from tallystick.api.schemas import servicing as schemas
from tallystick.api.schemas.types import ADDRESS_PATTERN, BOOK, HASH, checksum, parse_date, rfc3339
from tallystick.api.snapshot import loan_id_bytes
from tallystick.api.state import ServerState
from tallystick.db import Database
from tallystick.loans.calendar import date_of, day_of
from tallystick.loans.delinquency.policy import AssetClass
from tallystick.servicing.close import store
from tallystick.servicing.close.corrections import corrections
from tallystick.servicing.close.line import Line
from tallystick.servicing.close.store import Close

router = APIRouter(prefix="/v1/closes", tags=[TAG], route_class=PrivateRoute)

Limit = Annotated[int, Query(ge=1, le=100, description="At most", examples=[20])]
Date = Annotated[str, Path(description="Business date", examples=["2026-03-31"])]
Chain = Annotated[
    int | None, Query(ge=1, lt=2**63, description="Else the first one", examples=[31337])
]
Book = Annotated[
    str | None, Query(pattern=ADDRESS_PATTERN, description="Else the first one", examples=[BOOK])
]


@router.get(
    "",
    operation_id="list_closes",
    summary="Business dates that were closed, newest first, with sums by class and bucket",
    responses=session_responses("close_not_found"),
)
def list_closes(
    state: State,
    chain_id: Chain = None,
    book: Book = None,
    limit: Limit = 20,
    starting_after: Annotated[
        str | None, Query(description="Last date of the page before", examples=["2026-03-31"])
    ] = None,
) -> schemas.ClosePage:
    before = None if starting_after is None else _day(starting_after, "starting_after")
    with closed_file(state.settings) as db:
        found = store.closes(db, *_where(state, chain_id, book), limit + 1, before)
        data = [_close(db, one) for one in found[:limit]]
    return schemas.ClosePage(data=data, has_more=len(found) > limit)


@router.get(
    "/{date}/corrections",
    operation_id="list_corrections",
    summary="What was corrected of a date after it was closed, and why",
    responses=session_responses("close_not_found"),
)
def list_corrections(
    state: State,
    date: Date,
    chain_id: Chain = None,
    book: Book = None,
    limit: Limit = 20,
    starting_after: Annotated[
        int, Query(ge=0, lt=2**62, description="Last one of the page before", examples=[7])
    ] = 0,
) -> schemas.CorrectionPage:
    day = _day(date, "date")
    with closed_file(state.settings) as db:
        close = store.close_of(db, *_where(state, chain_id, book), day)
        if close is None:
            raise Problem("close_not_found", "This date was not closed.")
        found = corrections(db, close.id, starting_after, limit + 1)
    data = [
        schemas.CloseCorrection(
            correction_id=str(one.id),
            loan_id="0x" + one.loan_id.hex(),
            reason=one.reason,  # type: ignore[arg-type]
            before=one.before,
            after=one.after,
            at=rfc3339(one.at),
        )
        for one in found[:limit]
    ]
    return schemas.CorrectionPage(data=data, has_more=len(found) > limit)


@router.get(
    "/loans/{loan_id}",
    operation_id="list_close_lines",
    summary="Where a loan stood, date by date, newest first, corrections included",
    responses=session_responses("close_not_found", "loan_not_found"),
)
def list_close_lines(
    state: State,
    loan_id: Annotated[str, Path(description="The agreement's EIP-712 digest", examples=[HASH])],
    limit: Limit = 20,
    starting_after: Annotated[
        str | None,
        Query(
            pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\.[0-9]{1,9}$",
            description="Last line of the page before",
            examples=["2026-03-31.0"],
        ),
    ] = None,
) -> schemas.CloseLines:
    """A date without a line is as the one before it."""
    before = 2**31, 0
    if starting_after is not None:
        date, _, version = starting_after.partition(".")
        before = _day(date, "starting_after"), int(version)
    loan = loan_id_bytes(loan_id)
    with closed_file(state.settings) as db:
        place = store.place_of(db, loan)
        if place is None:
            raise Problem("loan_not_found", "No date of this loan was closed.")
        found = store.lines_of(db, loan, limit + 1, before)
        data = [_line(db, place, *one) for one in found[:limit]]
    return schemas.CloseLines(data=data, has_more=len(found) > limit)


def _line(
    db: Database, place: tuple[int, str], day: int, version: int, line: Line
) -> schemas.CloseLine:
    close = store.close_of(db, *place, day)
    assert close is not None  # noqa: S101 - it wrote the line
    return schemas.CloseLine(
        line_id=f"{date_of(day)}.{version}",
        date=str(date_of(day)),
        version=version,
        due_date=date_or_none(line.due_day),
        days_past_due=line.days,
        bucket=close.policy.bucket_labels[line.bucket],
        asset_class=AssetClass(line.asset_class).label,  # type: ignore[arg-type]
        outstanding=str(int(line.outstanding)),
        provision=str(int(line.provision)),
    )


def _close(db: Database, close: Close) -> schemas.Close:
    labels = close.policy.bucket_labels
    return schemas.Close(
        chain_id=close.chain_id,
        book=close.book,
        date=str(date_of(close.day)),
        time_zone=close.zone,
        ended_at=rfc3339(close.ended_at),
        loans=close.loans,
        finished=close.done_at is not None,
        sums=[
            schemas.Cell(
                token=one.token,
                asset_class=AssetClass(one.asset_class).label,  # type: ignore[arg-type]
                bucket=labels[one.bucket],
                loans=one.loans,
                outstanding=str(one.outstanding),
                provision=str(one.provision),
            )
            for one in store.sums(db, close.id)
        ],
    )


def _where(state: ServerState, chain_id: int | None, book: str | None) -> tuple[int, str]:
    home = state.deployment
    at = home.book if book is None else checksum(book, parameter="book")
    return home.chain_id if chain_id is None else chain_id, at


def _day(text: str, parameter: str) -> int:
    return day_of(parse_date(text, parameter=parameter))
