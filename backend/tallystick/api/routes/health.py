"""For load balancers and monitoring."""

from __future__ import annotations

import sqlite3

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tallystick.api.metrics import CHAIN_HEAD, INDEX_LAG, INDEXED_BLOCK, READY
from tallystick.api.routes.chain import chain_head
from tallystick.api.routes.loans import State
from tallystick.api.schemas.chain import Liveness, Readiness
from tallystick.api.state import ServerState

MOST_LAG = 20
"""Blocks that the index may be behind before it stops being ready."""

router = APIRouter(tags=["health"])


@router.get("/healthz", operation_id="get_health", summary="Whether the process runs")
def get_health() -> Liveness:
    """Says nothing about the chain; restart the process when this fails."""
    return Liveness(status="ok")


@router.get(
    "/readyz",
    operation_id="get_readiness",
    summary="Whether database, chain and index are in order",
    responses={503: {"model": Readiness, "description": "A part is not in order"}},
)
def get_readiness(state: State, response: Response) -> Readiness:
    """503 while the database cannot be read, the node is silent or the index is far behind."""
    readiness = check(state)
    response.status_code = 200 if readiness.ready else 503
    response.headers["Cache-Control"] = "no-store"
    return readiness


@router.get("/metrics", include_in_schema=False)
def get_metrics(state: State) -> Response:
    check(state)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def check(state: ServerState) -> Readiness:
    """Looks at every part and sets the gauges."""
    database = chain = index = "ok"
    head, indexed = chain_head(state), None
    try:
        indexed = state.cursor()
    except sqlite3.Error as error:
        database = f"cannot be read ({type(error).__name__})"
    if head is None:
        chain = "the node does not answer"
    if indexed is None:
        index = "no block is indexed"
    else:
        INDEXED_BLOCK.set(indexed.number)
    if head is not None:
        CHAIN_HEAD.set(head.number)
    if head is not None and indexed is not None:
        lag = max(0, head.number - indexed.number)
        INDEX_LAG.set(lag)
        if lag > MOST_LAG:
            index = f"{lag} blocks behind"
    parts = {"database": database, "chain": chain, "index": index}
    for part, found in parts.items():
        READY.labels(part).set(found == "ok")
    return Readiness(ready=all(found == "ok" for found in parts.values()), **parts)
