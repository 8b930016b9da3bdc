"""The pages: the same snapshot as the API's, as HTML that works without scripts."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.offer_view import offer_answer
from tallystick.api.people import TAG, access_of
from tallystick.api.problems import document_responses
from tallystick.api.routes.loans import State
from tallystick.api.routes.messages import stopped_by
from tallystick.api.routes.offers import find_offer
from tallystick.api.schemas.loans import LoanStatus
from tallystick.api.schemas.types import ADDRESS_PATTERN, SEARCH_PATTERN, checksum
from tallystick.api.snapshot import loan_id_bytes
from tallystick.web import chart, formats
from tallystick.web.accounts import Side, sums
from tallystick.web.offered import offered, parties_of
from tallystick.web.rendering import page, plain_page

PAGE_SIZE = 25
ACCOUNT_SIZE = 100

router = APIRouter(include_in_schema=False)
stops = APIRouter(tags=[TAG])
"""In the description of the API, as its address also takes what a program sends."""


@router.get("/")
def show_loans(
    request: Request,
    state: State,
    status: LoanStatus | None = None,
    q: str = "",
    chain_id: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    after: str | None = None,
) -> HTMLResponse:
    """The loans, newest first; a search that cannot be one finds nothing and says so."""
    q = q.strip()
    can_search = re.match(SEARCH_PATTERN, q) is not None
    with state.snapshot() as snapshot:
        found = None
        if can_search or not q:
            found = snapshot.page(
                status=status,
                search=q or None,
                chain_id=chain_id,
                limit=PAGE_SIZE,
                starting_after=after,
            )
        return page(
            request,
            "loans.html",
            snapshot,
            page=found,
            status=status,
            q=q,
            after=after,
            chain_id=chain_id,
            chains=list(snapshot.views),
        )


@router.get("/loans/{loan_id}")
def show_loan(request: Request, state: State, loan_id: str) -> HTMLResponse:
    """One loan: terms in words, schedule, payments."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        schedule, payments = snapshot.schedule(loan), snapshot.payments(loan)
        picture = chart.draw(
            formats.ymd(loan.agreement.start_date),
            schedule.data,
            payments.data,
            date.fromisoformat(schedule.as_of.today),
        )
        return page(
            request,
            "loan.html",
            snapshot,
            loan=snapshot.loan_answer(loan),
            due=snapshot.due(loan, snapshot.now),
            rows=schedule.data,
            rest=sum(int(row.actual.total) - int(row.paid.total) for row in schedule.data),
            schedule=schedule,
            payments=payments,
            amendments=snapshot.amendments(loan),
            chart=picture,
        )


@router.get("/offers/{offer_id}")
def show_offer(request: Request, state: State, offer_id: str) -> HTMLResponse:
    """An agreement before it is on chain: in words, as the wallet shows it, and to sign."""
    with state.snapshot() as first:
        snapshot, found = find_offer(state, first, offer_id)
        offer = offer_answer(snapshot, found)
        response = page(
            request,
            "offer.html",
            snapshot,
            offer=offer,
            loan=offered(offer),
            rows=offer.schedule,
            parties=parties_of(offer),
        )
    response.headers["Cache-Control"] = "no-store"  # whoever knows the address may read it
    return response


@router.get("/accounts/{address}")
def show_account(
    request: Request, state: State, address: Annotated[str, Path(pattern=ADDRESS_PATTERN)]
) -> HTMLResponse:
    """What an account owes and is owed, as anybody can read it from the chain."""
    account = checksum(address, pointer="#/address")
    with state.snapshot() as snapshot:
        owes = snapshot.page(borrower=account, limit=ACCOUNT_SIZE)
        owed = snapshot.page(lender=account, limit=ACCOUNT_SIZE)
        sides = [Side("borrower", owes, sums(owes.data)), Side("lender", owed, sums(owed.data))]
        return page(request, "account.html", snapshot, address=account, sides=sides)


@stops.get(
    "/v1/stops/{token}",
    operation_id="get_stop_page",
    summary="The page behind the link in a message that stops such messages",
    response_class=HTMLResponse,
    responses=document_responses("stop_not_found", "identity_unavailable"),
)
def show_stop(
    request: Request,
    token: Annotated[
        str, Path(max_length=200, description="Of the link", examples=["subject_a.reminder.0f"])
    ],
    *,
    done: Annotated[bool, Query(description="It was stopped just now", examples=[True])] = False,
) -> HTMLResponse:
    """Asks whether to stop: programs that look behind links must stop nothing."""
    access = access_of(request)
    _, group = stopped_by(access, token)
    response = plain_page(request, "stop.html", group=group, done=done)
    response.headers["Cache-Control"] = "no-store"
    return response
