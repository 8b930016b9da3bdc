"""How the service is: chain, index, closes, jobs, keeper; and money that came in by channels."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.problems import Problem
from tallystick.api.routes import chain as chain_routes
from tallystick.api.routes import channels, closes, effect, operations
from tallystick.api.routes.channels import Book, Channels
from tallystick.api.routes.identity import Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas.channels import State as ReceiptState
from tallystick.api.schemas.servicing import Close, Effect
from tallystick.web.rendering import page
from tallystick.web.staff.places import may
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 25
DAYS = 7

router = staff_router()


@router.get("/operations")
def show_operations(request: Request, state: State, caller: Who) -> HTMLResponse:
    """Each part with where it stands; closes for whoever may see them."""
    found = operations.get_operations(state)
    with state.snapshot() as snapshot:
        days = _closes(state) if may(caller, "GET /v1/closes") else []
        addresses = sorted({cell.token for close in days for cell in close.sums})
        return page(
            request,
            "staff/operations.html",
            snapshot,
            now_=found,
            chain=chain_routes.get_chain(state),
            books=chain_routes.list_books(state).data,
            closes=days,
            tokens={address: snapshot.token(address) for address in addresses},
            effect=_effect(request, state) if may(caller, "GET /v1/early-warning/effect") else None,
        )


@router.get("/receipts")
def show_receipts(
    request: Request,
    state: State,
    known: Channels,
    book: Book,
    caller: Who,
    show: Annotated[ReceiptState | None, Query(alias="state")] = None,
    after: Annotated[str, Query(max_length=64)] = "",
    *,
    everything: Annotated[bool, Query(alias="all")] = False,
) -> HTMLResponse:
    """Receipts that a person decides about, or others; and the books beside the chain."""
    wanted = show or (None if everything else "open")
    found = channels.list_receipts(book, caller, wanted, PAGE_SIZE, after or None)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/receipts.html",
            snapshot,
            found=found,
            wanted=wanted or "all",
            channels=known,
            books=channels.get_reconciliation(state, known, book, caller),
        )


def _closes(state: State) -> list[Close]:
    try:
        return closes.list_closes(state, limit=DAYS).data
    except Problem as problem:
        if problem.code != "close_not_found":
            raise
        return []


def _effect(request: Request, state: State) -> Effect | None:
    if request.app.state.desk is None:
        return None
    try:
        return effect.get_warning_effect(state, request.app.state.desk)
    except Problem as problem:
        if problem.code != "close_not_found":
            raise
        return None
