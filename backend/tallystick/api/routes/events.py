"""The book's events as a stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from tallystick.api.feed import PAGE, Follower, Message, Place
from tallystick.api.guard import GuardedRoute
from tallystick.api.problems import Problem, document_responses
from tallystick.api.routes.loans import Account, ChainIds, State
from tallystick.api.schemas.types import HASH, HASH_PATTERN
from tallystick.api.state import ServerState
from tallystick.chain.hashing import to_checksum_address
from tallystick.indexer.repository import LoanFilter

MOST_STREAMS = 100
POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0

MESSAGE: dict[str, Any] = {
    "type": "object",
    "description": "One message of the stream, its fields as server-sent events name them",
    "properties": {
        "id": {"type": "string", "description": "to resume from, as `Last-Event-ID`"},
        "event": {"type": "string", "description": "type of the event, or `reorg`"},
        "data": {"type": "string", "description": "JSON of a `LedgerEvent` or a `Withdrawal`"},
    },
}

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Each message has the type of the event, its place as id and the event as "
        "data (`LedgerEvent`); the data of a `reorg` is a `Withdrawal`",
        "content": {"text/event-stream": {"schema": MESSAGE}},
    },
    **document_responses("rate_limited", "index_not_ready"),
}

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=GuardedRoute)


@router.get(
    "",
    operation_id="stream_events",
    summary="The book's events as they happen (server-sent events)",
    response_class=StreamingResponse,
    responses=RESPONSES,
)
async def stream_events(
    state: State,
    loan: Annotated[
        str | None, Query(pattern=HASH_PATTERN, description="Loan id", examples=[HASH])
    ] = None,
    borrower: Annotated[str | None, Account] = None,
    lender: Annotated[str | None, Account] = None,
    token: Annotated[str | None, Account] = None,
    chain_id: Annotated[int | None, ChainIds] = None,
    last_event_id: Annotated[
        str | None,
        Header(description="Id of the last message received", examples=["182-3-" + "9c" * 32]),
    ] = None,
) -> StreamingResponse:
    """Of one chain: that of `chain_id`, of the loan, or else of the first book. From now on, or
    after `Last-Event-ID`. A comment every 15 seconds tells a quiet stream."""
    concerning = LoanFilter(
        digits=loan and loan.removeprefix("0x"),
        borrower=borrower and to_checksum_address(borrower),
        lender=lender and to_checksum_address(lender),
        token=token and to_checksum_address(token),
    )
    after = None if last_event_id is None else Place.parse(last_event_id)
    follower = Follower(concerning, after)
    if len(state.streams) >= MOST_STREAMS:
        raise Problem(
            "rate_limited",
            f"At most {MOST_STREAMS} streams are served at once.",
            headers={"Retry-After": "60"},
        )
    state.streams.add(follower)
    begun = await run_in_threadpool(_read, state, follower, chain_id)
    return StreamingResponse(
        _stream(state, follower, begun, chain_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    state: ServerState, follower: Follower, messages: list[Message], chain_id: int | None
) -> AsyncIterator[str]:
    """Reads on only when the client has taken what was sent, so a slow one holds one page."""
    try:
        yield _heartbeat(follower)
        spoken = time.monotonic()
        while True:
            if messages:
                yield "".join(message.encode() for message in messages)
                spoken = time.monotonic()
            elif time.monotonic() - spoken >= HEARTBEAT_SECONDS:
                yield _heartbeat(follower)
                spoken = time.monotonic()
            if len(messages) < PAGE:
                await asyncio.sleep(POLL_SECONDS)
            messages = await run_in_threadpool(_read, state, follower, chain_id)
    finally:
        state.streams.discard(follower)


def _read(state: ServerState, follower: Follower, chain_id: int | None) -> list[Message]:
    loan = follower.concerning.digits
    with state.snapshot(bytes.fromhex(loan) if loan else None) as snapshot:
        if chain_id is None:
            return follower.read(snapshot)
        ((view, _),) = snapshot.within(chain_id, None)
        return follower.read(view)


def _heartbeat(follower: Follower) -> str:
    """A comment, and the place to resume from, which moves on without events too."""
    return f": here\nid: {follower.place}\n\n"
