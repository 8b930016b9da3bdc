"""The audit of a loan: everything that is said of it, to be checked in the reader's own browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.routes.loans import State
from tallystick.api.schemas.agreement import AgreementTerms
from tallystick.api.schemas.types import Token
from tallystick.api.snapshot import loan_id_bytes
from tallystick.web import formats
from tallystick.web.rendering import page

_AMOUNTS = ("principal", "installment", "quantum", "guaranteed")
_PRICES = ("collateral_price", "collateral_floor")
_RATES = ("annual_rate", "penalty_rate", "prepayment_fee")

router = APIRouter(include_in_schema=False)


class Member(NamedTuple):
    """A member of the signed data as people read it, and how a script reads it back."""

    name: str
    text: str
    kind: str


@router.get("/loans/{loan_id}/audit")
def show_audit(request: Request, state: State, loan_id: str) -> HTMLResponse:
    """Terms word for word, who signed, what happened; and the steps that check it all."""
    with state.snapshot(loan_id_bytes(loan_id)) as snapshot:
        loan = snapshot.find(loan_id_bytes(loan_id))
        answer = snapshot.loan_answer(loan)
        return page(
            request,
            "audit.html",
            snapshot,
            loan=answer,
            first=members_of(AgreementTerms.of(loan.original), answer.token),
            now=members_of(answer.agreement, answer.token)
            if answer.terms != answer.loan_id
            else [],
            events=snapshot.events(loan).data,
            origin=request.app.state.server.settings.origin,
        )


def members_of(terms: AgreementTerms, token: Token) -> list[Member]:
    """Agreement and conditions in the order in which they are signed."""
    return list(_members(terms, token))


def _members(terms: AgreementTerms, token: Token) -> Iterator[Member]:
    given = terms.model_dump()
    conditions = given.pop("conditions")
    given.pop("plan", None)
    for name, value in [*given.items(), *conditions.items()]:
        if name in _AMOUNTS or name in _PRICES:
            yield Member(name, formats.amount(value, token), "units")
        elif name in _RATES:
            yield Member(name, formats.percent(value), "rate")
        else:
            yield Member(name, str(value), "plain")
