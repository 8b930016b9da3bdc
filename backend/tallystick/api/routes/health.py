"""For load balancers and monitoring."""

from __future__ import annotations

import sqlite3

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from tallystick.api.chains import ChainAccess
from tallystick.api.metrics import CHAIN_ANSWERS, CHAIN_HEAD, INDEX_LAG, INDEXED_BLOCK, READY
from tallystick.api.routes.chain import chain_head
from tallystick.api.routes.loans import State
from tallystick.api.schemas.chain import ChainReadiness, Liveness, Readiness
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
    """503 while the database cannot be read, the first book's node is silent or its index is far
    behind. Other chains are told of in `chains`: what is wrong there must not take all out of
    service."""
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
    database, indexed = "ok", dict[int, int]()
    try:
        indexed = state.indexed()
    except sqlite3.Error as error:
        database = f"cannot be read ({type(error).__name__})"
    nodes = [state.home, *(one for one in state.chains.values() if one is not state.home)]
    chains = [_check_chain(node, indexed.get(node.chain_id)) for node in nodes]
    first = chains[0]
    parts = {"database": database, "chain": first.chain, "index": first.index}
    for part, found in parts.items():
        READY.labels(part).set(found == "ok")
    return Readiness(ready=all(found == "ok" for found in parts.values()), **parts, chains=chains)


def _check_chain(node: ChainAccess, indexed: int | None) -> ChainReadiness:
    head = chain_head(node)
    label, chain, index = str(node.chain_id), "ok", "ok"
    CHAIN_ANSWERS.labels(label).set(head is not None)
    if head is None:
        chain = "the node does not answer"
    else:
        CHAIN_HEAD.labels(label).set(head.number)
    if indexed is None:
        index = "no block is indexed"
    else:
        INDEXED_BLOCK.labels(label).set(indexed)
        if head is not None:
            lag = max(0, head.number - indexed)
            INDEX_LAG.labels(label).set(lag)
            if lag > MOST_LAG:
                index = f"{lag} blocks behind"
    return ChainReadiness(chain_id=node.chain_id, chain=chain, index=index)
