"""Every date on which one has to pay, by month, and the feed for a calendar of one's own."""

from __future__ import annotations

from calendar import Calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas.loans import ScheduleRow
from tallystick.api.schemas.types import Token
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.web.own.loans import loans_of
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

_WEEKS = Calendar(firstweekday=0)
_OPEN = ("overdue", "due", "upcoming")

router = own_router()


@dataclass(frozen=True, slots=True)
class Due:
    """One row of one loan that still asks for money; `left` in base units."""

    loan_id: str
    token: Token
    row: ScheduleRow
    left: int


@router.get("/calendar")
def show_calendar(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    month: Annotated[str, Query(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$")] = "",
) -> HTMLResponse:
    """The month in weeks, and everything that is due as a list."""
    with state.snapshot() as snapshot:
        today = date.fromisoformat(snapshot.as_of().today)
        first = date.fromisoformat(f"{month or today.isoformat()[:7]}-01")
        dues = _dues(snapshot, access, caller)
        by_day: dict[date, list[Due]] = defaultdict(list)
        for due in dues:
            by_day[date.fromisoformat(due.row.due_date)].append(due)
        return page(
            request,
            "own/calendar.html",
            snapshot,
            weeks=_WEEKS.monthdatescalendar(first.year, first.month),
            by_day=by_day,
            first=first,
            today=today,
            before=(first - timedelta(days=1)).isoformat()[:7],
            after=(first + timedelta(days=31)).isoformat()[:7],
            dues=dues,
        )


def _dues(snapshot: Snapshot, access: Gate, caller: Who) -> list[Due]:
    found = []
    for loan in loans_of(snapshot, access, caller).data:
        if loan.status == "closed":
            continue
        state = snapshot.find(loan_id_bytes(loan.loan_id))
        for row in snapshot.at(loan.chain_id, loan.book).schedule(state).data:
            left = int(row.actual.total) - int(row.paid.total)
            if row.status in _OPEN and left > 0:
                found.append(Due(loan.loan_id, loan.token, row, left))
    return sorted(found, key=lambda due: due.row.due_date)
