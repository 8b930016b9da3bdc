"""Concerns: disputes, complaints, feedback and wrong entries of the credit record, with answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import credit_records, disputes, objections
from tallystick.api.routes.collections import Works
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas.credit_records import RecordEntry
from tallystick.api.schemas.servicing import DisputeKind
from tallystick.web.own.loans import loans_of
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

PAGE_SIZE = 25

router = own_router()


@router.get("/matters")
def show_matters(
    request: Request,
    state: State,
    access: Gate,
    desk: Works,
    caller: Who,
    after: Annotated[str, Query(max_length=64)] = "",
    kind: Annotated[DisputeKind | None, Query()] = None,
) -> HTMLResponse:
    """All of one's own, and a new one, of `kind` to begin with."""
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/matters.html",
            snapshot,
            kind=kind or "",
            matters=disputes.list_own_disputes(desk, caller, PAGE_SIZE, after or None),
            objections=objections.list_own_objections(access, caller).data,
            loans=loans_of(snapshot, access, caller).data,
        )


@router.get("/matters/{dispute_id}")
def show_matter(
    request: Request,
    state: State,
    desk: Works,
    caller: Who,
    dispute_id: Annotated[str, Path(max_length=64)],
) -> HTMLResponse:
    """What was written, until when it is answered, and the answer."""
    found = disputes.get_own_dispute(desk, caller, dispute_id)
    with state.snapshot() as snapshot:
        return page(request, "own/matter.html", snapshot, found=found, matter=found.dispute)


@router.get("/record")
def show_record(request: Request, state: State, caller: Who) -> HTMLResponse:
    """One's credit record, with what others are not told any more."""
    entries: list[RecordEntry] = []
    if request.app.state.repairs is not None:
        entries = credit_records.get_credit_record(state, request.app.state.repairs, caller).data
    with state.snapshot() as snapshot:
        return page(request, "own/record.html", snapshot, entries=entries)
