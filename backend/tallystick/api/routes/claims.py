"""One's own claims: where they stand, what they brought, what is to come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from starlette.responses import StreamingResponse

from tallystick.api import claims_view as view
from tallystick.api.callers import Caller
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import FieldError, Problem
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import ChainIds, State
from tallystick.api.routes.portfolio import Contract
from tallystick.api.routes.statements import currency_of
from tallystick.api.schemas import claims as schemas
from tallystick.api.schemas.types import HASH
from tallystick.api.snapshot import Snapshot, loan_id_bytes
from tallystick.api.state import ServerState
from tallystick.chain.hashing import to_checksum_address
from tallystick.claims import store
from tallystick.claims.service import follow
from tallystick.claims.store import Total
from tallystick.identity.access.access import Access
from tallystick.loans.statements.sheet import Cell, Currency, Money, Sheet
from tallystick.statements.csv import render_csv

own = APIRouter(prefix="/v1/me/claims", tags=["claims"], route_class=PrivateRoute)

Format = Literal["json", "csv"]
Wanted = Annotated[
    Format, Query(alias="format", description="Form of the answer", examples=["csv"])
]
Limit = Annotated[int, Query(ge=1, le=100, description="At most so many", examples=[25])]
Chain = Annotated[int | None, ChainIds]
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}
_TEXT = "text/csv; charset=utf-8"
_AT_ONCE = 200
_MONTHS = (
    "month",
    "agreed_interest",
    "agreed_principal",
    "received_penalty",
    "received_interest",
    "received_fee",
    "received_principal",
    "coming_interest",
    "coming_principal",
)
_CLAIMS = (
    "loan",
    "borrower",
    "status",
    "days_past_due",
    "held",
    "principal",
    "outstanding",
    "outlay",
    "proceeds",
    "received_penalty",
    "received_interest",
    "received_fee",
    "received_principal",
    "rate_pct",
)


@own.get(
    "/totals",
    operation_id="get_my_claims_totals",
    summary="Ageing, outstanding and yield of one's claims by token",
    responses=session_responses("index_not_ready"),
)
def get_totals(state: State, access: Gate, caller: Who) -> schemas.ClaimsTotals:
    """Loans that one's wallets hold, or held. Sums are kept, so that this costs the same however
    many claims there are."""
    wallets = wallets_of(access, caller)
    whole = _follow(state, wallets)
    with state.snapshot() as snapshot:
        views = [snapshot.within(chain_id, None)[0][0] for chain_id in snapshot.views]
        data = [
            view.total_answer(one, token, total, complete=whole)
            for one in views
            for token, total in store.totals(one.db, wallets, one.chain.key).items()
        ]
        return schemas.ClaimsTotals(data=data, as_of=snapshot.as_of())


@own.get(
    "/cash-flow",
    operation_id="get_my_claims_cash_flow",
    summary="What was agreed, came in and is to come, month by month",
    response_model=schemas.ClaimsCashFlow,
    responses=_CSV | session_responses("validation_failed", "index_not_ready"),
)
def get_cash_flow(
    state: State,
    access: Gate,
    caller: Who,
    token: Annotated[str, Contract],
    chain_id: Chain = None,
    wanted: Wanted = "json",
) -> schemas.ClaimsCashFlow | Response:
    """Over all claims in the token. `coming` follows what was paid ahead or late; `agreed` does
    not. Nothing more is expected of what is written off."""
    wallets = wallets_of(access, caller)
    _follow(state, wallets)
    with state.snapshot() as snapshot:
        here, address = _here(snapshot, chain_id), to_checksum_address(token)
        flow = cash_flow(here, wallets, address)
        if wanted == "json":
            return flow
        rows = tuple(tuple(_month_cells(month)) for month in flow.data)
        sheet = Sheet("cash_flow", currency_of(here, address), (), _MONTHS, rows)
        return Response(render_csv(sheet), media_type=_TEXT, headers=_named("cash-flow"))


@own.get(
    "",
    operation_id="list_my_claims",
    summary="One's claims in a token, each with its yield",
    response_model=schemas.ClaimPage,
    responses=_CSV | session_responses("validation_failed", "cursor_unknown", "index_not_ready"),
)
def list_claims(
    state: State,
    access: Gate,
    caller: Who,
    token: Annotated[str, Contract],
    chain_id: Chain = None,
    limit: Limit = 25,
    starting_after: Annotated[
        str | None,
        Query(max_length=66, description="The last `loan_id` of the page before", examples=[HASH]),
    ] = None,
    wanted: Wanted = "json",
) -> schemas.ClaimPage | Response:
    """Also those that were sold. As CSV all of them, whatever `limit`."""
    wallets = wallets_of(access, caller)
    _follow(state, wallets)
    address = to_checksum_address(token)
    if wanted == "csv":
        lines = _claim_lines(state, wallets, address, chain_id)
        return StreamingResponse(lines, media_type=_TEXT, headers=_named("claims"))
    with state.snapshot() as snapshot:
        return claims_page(_here(snapshot, chain_id), wallets, address, limit, starting_after)


def cash_flow(here: Snapshot, wallets: list[str], token: str) -> schemas.ClaimsCashFlow:
    """Month by month, of a token of the snapshot's chain, as last counted."""
    total = store.totals(here.db, wallets, here.chain.key).get(token, Total())
    return schemas.ClaimsCashFlow(
        chain_id=here.chain_id,
        token=here.token(token),
        data=list(view.months_of(total.flows)),
        as_of=here.as_of(),
    )


def claims_page(
    here: Snapshot, wallets: list[str], token: str, limit: int, starting_after: str | None
) -> schemas.ClaimPage:
    """A page of claims in a token of the snapshot's chain, as last counted. Raises `Problem`."""
    after = store.ids_of(here.chain.key)[1]
    if starting_after is not None:
        after = view.row_of(here, loan_id_bytes(starting_after))
    found, _ = view.claims_after(here, wallets, token, after, limit + 1)
    return schemas.ClaimPage(data=found[:limit], has_more=len(found) > limit, as_of=here.as_of())


def wallets_of(access: Access, caller: Caller) -> list[str]:
    """The caller's wallets, EIP-55."""
    return [wallet.address for wallet in access.wallets.of_subject(caller.subject)]


def _follow(state: ServerState, wallets: list[str]) -> bool:
    """Counts what is new; whether all is counted."""
    with state.writing() as db:
        chains = list(state.indexed())
        return all(follow(db, wallet, chain) for wallet in wallets for chain in chains)


def _here(snapshot: Snapshot, chain_id: int | None) -> Snapshot:
    ((here, _), *others) = snapshot.within(chain_id, None)
    if others:
        error = FieldError("is needed: there are several chains", parameter="chain_id")
        raise Problem("validation_failed", "Please check: chain_id.", errors=[error])
    return here


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}.csv"'}


def _month_cells(month: schemas.ClaimMonth) -> Iterator[Cell]:
    yield month.month
    yield from (Money(int(one)) for one in (month.agreed.interest, month.agreed.principal))
    paid = month.received
    yield from (Money(int(one)) for one in (paid.penalty, paid.interest, paid.fee, paid.principal))
    yield from (Money(int(one)) for one in (month.coming.interest, month.coming.principal))


def _claim_lines(
    state: ServerState, wallets: list[str], token: str, chain_id: int | None
) -> Iterator[bytes]:
    with state.snapshot() as snapshot:
        here = _here(snapshot, chain_id)
        currency, after = currency_of(here, token), store.ids_of(here.chain.key)[1]
        head = True
        while True:
            found, after = view.claims_after(here, wallets, token, after, _AT_ONCE)
            if not found and not head:
                return
            yield _claims_text(found, currency, head=head)
            head = False


def _claims_text(found: list[schemas.Claim], currency: Currency, *, head: bool) -> bytes:
    rows = tuple(tuple(_claim_cells(claim)) for claim in found)
    text = render_csv(Sheet("claims", currency, (), _CLAIMS, rows))
    return text if head else text.split(b"\r\n", 1)[1]


def _claim_cells(claim: schemas.Claim) -> Iterator[Cell]:
    loan, paid = claim.loan, claim.received
    yield from (loan.loan_id, loan.borrower, loan.status, loan.days_past_due)
    yield "yes" if claim.held else "no"
    amounts = (loan.principal, loan.outstanding, claim.outlay, claim.proceeds)
    yield from (Money(int(one)) for one in amounts)
    yield from (Money(int(one)) for one in (paid.penalty, paid.interest, paid.fee, paid.principal))
    yield claim.rate_pct
