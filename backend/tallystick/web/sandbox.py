"""The sandbox: where the chain is for development, its clock can be moved to see what time does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes.clock import MOST_DAYS
from tallystick.api.routes.loans import State
from tallystick.api.schemas.loans import Loan
from tallystick.api.schemas.types import HASH_PATTERN, rfc3339
from tallystick.api.snapshot import loan_id_bytes
from tallystick.web.rendering import page

MOST_LOANS = 25
_DAYS = (1, 7, 30)

router = APIRouter(include_in_schema=False)


@router.get("/sandbox")
def show_sandbox(
    request: Request,
    state: State,
    loan: Annotated[str, Query(pattern=rf"^$|{HASH_PATTERN}")] = "",
) -> HTMLResponse:
    """The chain's time and how to move it: by days, to a date, or to when a loan falls due."""
    if not state.clock.settable:
        raise Problem("not_found", "The chain is no development chain.")
    with state.snapshot(loan_id_bytes(loan) if loan else None) as snapshot:
        found: Sequence[Loan]
        if loan:
            found = [snapshot.loan_answer(snapshot.find(loan_id_bytes(loan)))]
        else:
            found = snapshot.page(status="active", limit=MOST_LOANS).data
        now = datetime.fromtimestamp(snapshot.now, UTC)
        coming = [one for one in found if one.next_due is not None]
        return page(
            request,
            "sandbox.html",
            snapshot,
            now=rfc3339(snapshot.now),
            steps=[(days, rfc3339(snapshot.now + days * 86_400)) for days in _DAYS],
            last=(now + timedelta(days=MOST_DAYS - 1)).date(),
            tomorrow=(now + timedelta(days=1)).date(),
            loans=sorted(coming, key=lambda one: one.next_due.due_date if one.next_due else ""),
            chosen=loan,
        )
