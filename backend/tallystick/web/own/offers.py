"""A lender's offers: those signed, and the terms of a new one."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import own_offers
from tallystick.api.routes.claims import wallets_of
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas.types import ADDRESS_PATTERN, Token, checksum
from tallystick.api.snapshot import Snapshot
from tallystick.claims import store
from tallystick.indexer import repository
from tallystick.indexer.repository import LoanFilter
from tallystick.loans.calendar import month_day
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

PAGE_SIZE = 25
NEWEST = 50

router = own_router()


@router.get("/lending/offers")
def show_offers(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> HTMLResponse:
    """What one has signed and where it stands."""
    found = own_offers.list_offers(state, access, caller, PAGE_SIZE, after)
    with state.snapshot() as snapshot:
        return page(request, "own/offers.html", snapshot, offers=found, after=after)


@router.get("/lending/offers/new")
def show_new_offer(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    borrower: Annotated[str, Query(pattern=rf"{ADDRESS_PATTERN}|^$")] = "",
    token: Annotated[str | None, Query(pattern=ADDRESS_PATTERN)] = None,
) -> HTMLResponse:
    """Terms to fill in; the API fills in the rest and shows all of it before anybody signs."""
    wallets = wallets_of(access, caller)
    with state.snapshot() as snapshot:
        today = date.fromisoformat(snapshot.as_of().today)
        tokens = _tokens(state, snapshot, wallets)
        if token is not None:
            tokens.insert(0, snapshot.token(checksum(token, pointer="#/token")))
        return page(
            request,
            "own/offer_new.html",
            snapshot,
            wallets=[(wallet, wallet) for wallet in wallets],
            tokens=tokens,
            token=tokens[0] if tokens else None,
            borrower=borrower,
            next_month=month_day(today.year, today.month, 1, today.day).isoformat(),
        )


def _tokens(state: State, snapshot: Snapshot, wallets: list[str]) -> list[Token]:
    """Those one has lent, those of the newest loans, the test token of a development chain."""
    lent = store.totals(snapshot.db, wallets, snapshot.chain.key)
    newest = repository.list_loans(snapshot.db, LoanFilter(chain=snapshot.chain.key), None, NEWEST)
    known = [*lent, *(loan.agreement.token for loan in newest)]
    if state.deployment.token is not None:
        known.append(state.deployment.token)
    return [snapshot.token(address) for address in dict.fromkeys(known)]
