"""Referrals: what the rules left to people, with everything that the decision was made of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.lending import reasons_of
from tallystick.api.problems import Problem
from tallystick.api.routes import approvals, credit_reviews, fraud_hits, products
from tallystick.api.routes.applications import Lends
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.products import LentProduct
from tallystick.web.rendering import page
from tallystick.web.staff.router import staff_router

PAGE_SIZE = 25
_EPOCH = date(1970, 1, 1)

router = staff_router()


@router.get("/reviews")
def show_reviews(
    request: Request,
    state: State,
    lending: Lends,
    show: Annotated[Literal["open", "closed"], Query(alias="state")] = "open",
    after: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """The queue, oldest first, or what was decided."""
    found = credit_reviews.list_credit_reviews(state, show, PAGE_SIZE, after or None)
    offered = products.list_products(state, lending)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/reviews.html",
            snapshot,
            found=found,
            wanted=show,
            labels={one.product: one.label for one in offered.data},
        )


@router.get("/reviews/{review_id}")
def show_review(
    request: Request,
    state: State,
    lending: Lends,
    access: Gate,
    caller: Who,
    review_id: Annotated[str, Path(max_length=64)],
) -> HTMLResponse:
    """One case: reasons, score, fraud hits, statements, data; the proposal and its second person.

    That it was read is in the trail.
    """
    file = credit_reviews.get_credit_review(state, lending, caller, review_id)
    offered = products.list_products(state, lending)
    asked = None
    if file.review.approval_id is not None:
        asked = approvals.get_approval(access, file.review.approval_id)
    product = next((one for one in offered.data if one.product == file.case["product"]), None)
    with state.snapshot() as snapshot:
        return page(
            request,
            "staff/review.html",
            snapshot,
            file=file,
            review=file.review,
            case=file.case,
            outcome=file.outcome,
            reasons=reasons_of(file.outcome["reasons"]),
            score_reasons=reasons_of(file.outcome["score_reasons"]),
            asked=asked,
            me=caller.subject,
            product=product,
            named=_named(product),
            hits=_hits(lending, file.review.application_id),
            statements=[_statement(one) for one in file.case["statements"]],
            groups=_groups(file.case),
        )


def _hits(lending: Lends, application_id: str) -> list[Any]:
    try:
        return list(fraud_hits.list_fraud_hits(lending, application_id).data)
    except Problem as problem:
        if problem.code != "lending_unavailable":
            raise
        return []  # nothing is screened here


def _statement(report: dict[str, Any]) -> dict[str, Any]:
    quality = report["quality"]
    days = {name: _EPOCH + timedelta(days=quality[name]) for name in ("first_day", "last_day")}
    return report | {"quality": quality | days}


def _groups(case: dict[str, Any]) -> list[tuple[str, dict[str, str], int]]:
    """Figures of the case by where they come from: those that are known, and how many are 0."""
    found = []
    for name in ("bank", "books", "chain", "wallet", "signals"):
        known = {key: str(value) for key, value in case[name].items() if value is not None}
        told = {key: value for key, value in known.items() if value != "0"}
        if known:
            found.append((name, told, len(known) - len(told)))
    return found


def _named(product: LentProduct | None) -> dict[str, ReasonText]:
    """What people call a product's purposes and documents."""
    listed = [] if product is None else [*product.purposes, *product.documents]
    return {one.name: one.label for one in listed}
