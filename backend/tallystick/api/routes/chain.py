"""Where the chain and the index stand."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import State
from tallystick.api.schemas.chain import ChainAnswer, Deployment, Position
from tallystick.api.schemas.types import rfc3339
from tallystick.api.state import HEADER_ONLY, ServerState
from tallystick.chain.errors import RpcError
from tallystick.indexer.repository import Cursor

router = APIRouter(prefix="/v1/chain", tags=["chain"], route_class=LedgerRoute)


@router.get(
    "",
    operation_id="get_chain",
    summary="Chain, book and progress of the index",
    responses=document_responses(),
)
def get_chain(state: State) -> ChainAnswer:
    """Answers also while the node is silent or nothing is indexed; the members then are null."""
    record = state.deployment
    head, indexed = chain_head(state), state.cursor()
    timestamp = indexed.timestamp if indexed else 0
    return ChainAnswer(
        chain_id=record.chain_id,
        book=record.book,
        deployment=Deployment(
            block=record.from_block,
            transaction=state.record["book"].get("transaction"),
            compiler=state.record.get("compiler"),
            code_hash=None if record.code_hash is None else "0x" + record.code_hash.hex(),
        ),
        head=head,
        indexed=position_of(indexed),
        lag=max(0, head.number - indexed.number) if head and indexed else None,
        now=rfc3339(state.clock.now(timestamp)),
    )


def position_of(cursor: Cursor | None) -> Position | None:
    """The block that the index has reached."""
    if cursor is None:
        return None
    return Position(
        number=cursor.number, hash="0x" + cursor.hash.hex(), time=rfc3339(cursor.timestamp)
    )


def chain_head(state: ServerState) -> Position | None:
    """The node's latest block, or None while it is silent."""
    try:
        block: dict[str, Any] = state.prompt_rpc.call("eth_getBlockByNumber", "latest", HEADER_ONLY)
    except RpcError:
        return None
    return Position(
        number=int(block["number"], 16),
        hash=block["hash"],
        time=rfc3339(int(block["timestamp"], 16)),
    )
