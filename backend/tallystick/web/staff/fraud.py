"""Fraud hits that wait for a person, each explained, and one's judgement."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import fraud_hits
from tallystick.api.routes.applications import Lends
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.web.rendering import page
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 25

router = staff_router()


@router.get("/fraud")
def show_fraud_hits(
    request: Request,
    state: State,
    lending: Lends,
    caller: Who,
    application: Annotated[str, Query(max_length=64)] = "",
    after: Annotated[int, Query(ge=0, lt=2**62)] = 0,
) -> HTMLResponse:
    """The queue, oldest first, or all hits of one application."""
    found = fraud_hits.list_fraud_hits(lending, application or None, PAGE_SIZE, after)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/fraud.html",
            snapshot,
            found=found,
            application=application,
            me=caller.subject,
        )
