"""The legal package of a loan that fell behind."""

from __future__ import annotations

from contextlib import ExitStack
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from tallystick.api.desk import TAG, closed_file, desk_problem
from tallystick.api.people import PrivateRoute, session_responses
from tallystick.api.problems import Problem
from tallystick.api.routes.collections import Id, Works
from tallystick.api.routes.loans import State
from tallystick.api.routes.statements import currency_of
from tallystick.chain.errors import RpcError
from tallystick.proof.errors import ProofUnavailable
from tallystick.statements.words import Language

router = APIRouter(prefix="/v1/collections", tags=[TAG], route_class=PrivateRoute)

_ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get(
    "/{collection_id}/package",
    operation_id="get_legal_package",
    summary="Agreement, schedule, payments with proofs and notices in one archive",
    response_class=Response,
    responses=_ARCHIVE
    | session_responses(
        "matter_not_found",
        "loan_not_found",
        "index_not_ready",
        "chain_unavailable",
        "proof_unavailable",
    ),
)
def get_legal_package(
    state: State,
    desk: Works,
    collection_id: Id,
    language: Annotated[
        Language, Query(description="Language of the PDFs", examples=["zh"])
    ] = "en",
) -> Response:
    """A ZIP with a PDF index that says what each file is and how to check it. The same facts give
    the same bytes. Of people it has ids only."""
    from tallystick.servicing.package.build import build_package
    from tallystick.servicing.package.gather import gather

    with desk_problem():
        loan_id = desk.get(collection_id).loan.loan_id
    with ExitStack() as stack:
        snapshot = stack.enter_context(state.snapshot(loan_id))
        loan = snapshot.find(loan_id)
        cases = stack.enter_context(desk.reading())
        closed = None
        if state.settings.servicing.exists():
            closed = stack.enter_context(closed_file(state.settings))
        currency = currency_of(snapshot, loan.agreement.token)
        node, head = state.chain(snapshot.chain_id).rpc, snapshot.head.hash
        try:
            facts = gather(snapshot.db, node, loan, head, currency, (closed, cases))
        except ProofUnavailable as error:
            raise Problem("proof_unavailable", f"{error}.", headers={"Retry-After": "5"}) from error
        except RpcError as error:
            raise Problem(
                "chain_unavailable", "The node does not answer.", headers={"Retry-After": "5"}
            ) from error
    packed = build_package(facts, language)
    name = f"loan-{loan_id.hex()[:8]}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-SHA256": sha256(packed).hexdigest(),
    }
    return Response(packed, headers=headers, media_type="application/zip")
