"""The pages: the same snapshot as the API's, as HTML that works without scripts."""

from __future__ import annotations

import pathlib
import re
from datetime import date
from functools import cache, partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from tallystick.api.offer_view import offer_answer
from tallystick.api.people import access_of
from tallystick.api.problems import Problem, trace_id_of
from tallystick.api.routes.messages import stopped_by
from tallystick.api.routes.offers import find_offer
from tallystick.api.schemas.loans import LoanStatus
from tallystick.api.schemas.types import ADDRESS_PATTERN, SEARCH_PATTERN, checksum
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.api.state import ServerState, server_state
from tallystick.web import chart, formats, words
from tallystick.web.accounts import Side, sums
from tallystick.web.i18n import COOKIE, LANGUAGES, Language, choose, translations
from tallystick.web.offered import offered, parties_of

HERE = pathlib.Path(__file__).parent
PAGE_SIZE = 25
ACCOUNT_SIZE = 100

router = APIRouter(include_in_schema=False)
State = Annotated[ServerState, Depends(server_state)]


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
        page = None
        if can_search or not q:
            page = snapshot.page(
                status=status,
                search=q or None,
                chain_id=chain_id,
                limit=PAGE_SIZE,
                starting_after=after,
            )
        return _page(
            request,
            "loans.html",
            snapshot,
            page=page,
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
        return _page(
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
        response = _page(
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
        return _page(request, "account.html", snapshot, address=account, sides=sides)


@router.get("/v1/stops/{token}")
def show_stop(request: Request, token: str, *, done: bool = False) -> HTMLResponse:
    """Asks whether to stop: programs that look behind links must stop nothing."""
    access = access_of(request)
    _, group = stopped_by(access, token)
    language = _language(request)
    text = (
        _environment(language)
        .get_template("stop.html")
        .render(group=group, done=done, **_common(request, language))
    )
    return HTMLResponse(text, headers={"Cache-Control": "no-store"})


def error_page(request: Request, problem: Problem) -> HTMLResponse:
    """A problem for people: what happened and how to name it when asking for help."""
    language = _language(request)
    text = (
        _environment(language)
        .get_template("error.html")
        .render(problem=problem, trace_id=trace_id_of(request), **_common(request, language))
    )
    headers = {"Cache-Control": "no-store"} | problem.headers
    return HTMLResponse(text, problem.status, headers)


def mount_pages(app: FastAPI) -> None:
    """Adds the pages and their files."""
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


def _page(request: Request, template: str, snapshot: Snapshot, **values: Any) -> HTMLResponse:
    language = _language(request)
    text = (
        _environment(language)
        .get_template(template)
        .render(
            as_of=snapshot.as_of(),
            age=max(0, snapshot.now - snapshot.head.timestamp),
            **values,
            **_common(request, language),
        )
    )
    response = HTMLResponse(
        text, headers={"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    )
    if request.query_params.get("lang") == language.tag:
        response.set_cookie(
            COOKIE, language.tag, max_age=365 * 86_400, httponly=True, samesite="lax"
        )
    return response


def _language(request: Request) -> Language:
    return choose(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        request.headers.get("accept-language", ""),
    )


def _common(request: Request, language: Language) -> dict[str, Any]:
    # only the query: a path taken from the request could lead to another host
    switch = [
        (other, "?" + request.url.include_query_params(lang=other.tag).query) for other in LANGUAGES
    ]
    return {"language": language, "switch": switch}


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = translations(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "amount": formats.amount,
        "unit": formats.unit,
        "percent": formats.percent,
        "short": formats.short,
        "id": formats.identifier,
        "day": partial(formats.day, locale=language.locale),
        "moment": partial(formats.moment, locale=language.locale),
        "ymd": formats.ymd,
        "is_account": formats.is_account,
    }
    environment.globals["query"] = formats.query
    environment.globals["pull_fails"] = words.pull_fails
    environment.globals["words"] = words.Words(catalogue, language.locale)
    return environment
