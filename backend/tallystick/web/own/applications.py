"""One's applications: what was decided, why, at what cost, and what would help."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from starlette.responses import HTMLResponse

from tallystick.api.routes import applications, objections, products, standing
from tallystick.api.routes.applications import Lends
from tallystick.api.routes.identity import Gate, Who
from tallystick.api.routes.loans import State
from tallystick.web.bars import on_one_scale
from tallystick.web.comparison import compare
from tallystick.web.own.router import own_router
from tallystick.web.rendering import page

router = own_router()


@router.get("/applications")
def show_applications(
    request: Request, state: State, lending: Lends, access: Gate, caller: Who
) -> HTMLResponse:
    """All of them, and what one's own conduct changes in the next."""
    found = applications.list_applications(state, caller).data
    offered = products.list_products(state, lending)
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/applications.html",
            snapshot,
            applications=found,
            labels={one.product: one.label for one in offered.data},
            standing=standing.get_standing(state, access, caller),
        )


@router.get("/applications/{application_id}")
def show_application(
    request: Request,
    state: State,
    lending: Lends,
    access: Gate,
    caller: Who,
    application_id: Annotated[str, Path(max_length=64)],
) -> HTMLResponse:
    """One decision: an offer with the plans beside it, a referral or a refusal, and its reasons."""
    found = applications.get_application(state, lending, caller, application_id)
    offered = products.list_products(state, lending)
    product = next((one for one in offered.data if one.product == found.product), None)
    plans = []
    if found.proposal is not None:
        kinds = product.plans if product else []
        plans = compare(found.proposal.schedule_input, kinds)
    mine = objections.list_own_objections(access, caller).data
    with state.snapshot() as snapshot:
        return page(
            request,
            "own/application.html",
            snapshot,
            application=found,
            product=product,
            token=offered.token,
            plans=plans,
            pictures=on_one_scale([plan.rows for plan in plans]),
            changes=applications.get_changes(state, lending, caller, application_id).data,
            objection=next((one for one in mine if one.decision == application_id), None),
        )
