"""Applying for credit: what a loan would cost and what it needs, then the application itself."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import bank_statements, kyc, products, rights, standing
from tallystick.api.routes.applications import Lends
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.api.schemas.products import LentProduct
from tallystick.identity.vault.vault import new_id
from tallystick.web.bars import on_one_scale
from tallystick.web.comparison import PlanCost, compare
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

LEVELS = ("none", "declared", "basic", "verified", "enhanced")

router = own_router()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for; where nothing was given, the middle of what the product lends."""

    amount: str
    term: int
    fits: bool


@dataclass(frozen=True, slots=True)
class Estimate:
    """A plan at the lowest and at the highest rate of the product."""

    least: PlanCost
    most: PlanCost


@router.get("/apply")
def show_apply(
    request: Request,
    state: State,
    lending: Lends,
    access: Gate,
    caller: Who,
    product: Annotated[str, Query(max_length=64)] = "",
    amount: Annotated[str, Query(max_length=50)] = "",
    term: Annotated[str, Query(max_length=4)] = "",
) -> HTMLResponse:
    """Everything that can be told before anybody decides; what it says follows from the address."""
    offered = products.list_products(state, lending)
    chosen = next((one for one in offered.data if one.product == product), offered.data[0])
    wish = wish_of(chosen, amount, term)
    identity = kyc.get_own_identity(access, caller)
    with state.snapshot() as snapshot:
        estimates = estimates_of(chosen, wish, snapshot.as_of().today)
        return page(
            request,
            "own/apply.html",
            snapshot,
            products=offered.data,
            product=chosen,
            token=offered.token,
            wish=wish,
            estimates=estimates,
            pictures=on_one_scale([each.most.rows for each in estimates]),
            identity=identity,
            known=_is_known(identity, chosen),
            consented=_consented(rights.list_consents(access, caller).data),
            consent=next(
                text for text in rights.list_consent_texts().data if text.purpose == "scoring"
            ),
            standing=standing.get_standing(state, access, caller),
            statements=bank_statements.list_bank_statements(lending, caller).data,
            month=snapshot.as_of().today[:7],
            external_id=new_id("asked"),
        )


def wish_of(product: LentProduct, amount: str, term: str) -> Wish:
    """Amount and term as asked, and whether the product lends so."""
    least, most = Decimal(product.amount.least), Decimal(product.amount.most)
    bounds = product.repayments
    try:
        asked = Decimal(amount) if amount else min(most, max(least, Decimal("5000.00")))
        count = int(term) if term else min(bounds.most, max(bounds.least, 12))
    except (InvalidOperation, ValueError):
        return Wish(product.amount.least, bounds.least, fits=False)
    fits = asked.is_finite() and least <= asked <= most and bounds.least <= count <= bounds.most
    fits = fits and asked % Decimal(product.amount.step) == 0
    return Wish(f"{asked:.2f}" if asked.is_finite() else product.amount.least, count, fits)


def estimates_of(product: LentProduct, wish: Wish, today: str) -> list[Estimate]:
    """What each plan of the product would cost, at best and at worst."""
    if not wish.fits:
        return []
    plans = [kind for kind in product.plans if kind != "custom"]
    terms: dict[str, Any] = {
        "principal": wish.amount,
        "number_of_repayments": wish.term,
        "repay_every": product.repayments.every,
        "frequency": product.repayments.frequency,
        "disbursement_date": today,
        "amortization": plans[0],
    }
    least = compare(terms | {"annual_rate_pct": product.least_rate_pct}, plans)
    most = compare(terms | {"annual_rate_pct": product.most_rate_pct}, plans)
    return [Estimate(*pair) for pair in zip(least, most, strict=True)]


def _is_known(identity: Any, product: LentProduct) -> bool:
    has = "none" if identity.standing is None else identity.standing.level
    return LEVELS.index(has) >= LEVELS.index(product.kyc_level)


def _consented(consents: list[Any]) -> bool:
    return any(one.purpose == "scoring" and one.withdrawn_at is None for one in consents)
