"""Lending: what one's claims stand at, what they bring, and what is to come."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import claims
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas.claims import ClaimMonth, ClaimPage, ClaimsTotal
from tallystick.api.schemas.types import ADDRESS_PATTERN
from tallystick.web.flows import picture_of
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

PAGE_SIZE = 25

router = own_router()


@router.get("/lending")
def show_lending(
    request: Request,
    state: State,
    access: Gate,
    caller: Who,
    token: Annotated[str | None, Query(pattern=ADDRESS_PATTERN)] = None,
    chain_id: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    after: Annotated[str | None, Query(max_length=66)] = None,
) -> HTMLResponse:
    """One token at a time: the one asked for, else the one with most claims."""
    totals = claims.get_totals(state, access, caller).data
    total = _chosen(totals, token, chain_id)
    wallets = claims.wallets_of(access, caller)
    with state.snapshot() as snapshot:
        months: list[ClaimMonth] = []
        found: ClaimPage | None = None
        if total is not None:
            ((here, _),) = snapshot.within(total.chain_id, None)
            months = claims.cash_flow(here, wallets, total.token.address).data
            found = claims.claims_page(here, wallets, total.token.address, PAGE_SIZE, after)
        return page(
            request,
            "own/lending.html",
            snapshot,
            totals=totals,
            total=total,
            months=months,
            picture=picture_of(months, snapshot.as_of().today[:7]),
            claims=found,
            after=after,
        )


def _chosen(
    totals: list[ClaimsTotal], token: str | None, chain_id: int | None
) -> ClaimsTotal | None:
    fitting = [
        one
        for one in totals
        if token is None
        or (one.token.address.lower() == token.lower() and chain_id in (None, one.chain_id))
    ]
    return max(fitting or totals, key=lambda one: one.claims, default=None)
