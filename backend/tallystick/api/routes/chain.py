"""Where the chain and the index stand."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from tallystick.api.chains import ChainAccess
from tallystick.api.problems import document_responses
from tallystick.api.route import LedgerRoute
from tallystick.api.routes.loans import State
from tallystick.api.schemas.chain import (
    BooksAnswer,
    ChainAnswer,
    Deployment,
    IndexedBook,
    Position,
)
from tallystick.api.schemas.types import rfc3339
from tallystick.api.snapshot import Snapshot
from tallystick.chain.clock import HEADER_ONLY
from tallystick.chain.errors import RpcError
from tallystick.indexer import repository
from tallystick.indexer.repository import Book, Cursor

books = APIRouter(prefix="/v1/books", tags=["chain"], route_class=LedgerRoute)
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
    head, indexed = chain_head(state.home), state.cursor()
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


@books.get(
    "",
    operation_id="list_books",
    summary="The books that are indexed, on every chain",
    responses=document_responses("index_not_ready"),
)
def list_books(state: State) -> BooksAnswer:
    """A book whose record is added to the registry appears within a second, and is complete as soon
    as its history is read."""
    with state.snapshot() as snapshot:
        return BooksAnswer(data=[_book(snapshot, one) for one in repository.books(snapshot.db)])


def _book(snapshot: Snapshot, book: Book) -> IndexedBook:
    number, hash_ = book.at or snapshot.views[book.chain_id].chain.cursor[:2]
    return IndexedBook(
        chain_id=book.chain_id,
        book=book.address,
        from_block=book.from_block,
        complete=book.at is None,
        block_number=number,
        block_hash="0x" + hash_.hex(),
    )


def chain_head(node: ChainAccess) -> Position | None:
    """The node's latest block, or None while it is silent."""
    try:
        block: dict[str, Any] = node.prompt_rpc.call("eth_getBlockByNumber", "latest", HEADER_ONLY)
    except RpcError:
        return None
    return Position(
        number=int(block["number"], 16),
        hash=block["hash"],
        time=rfc3339(int(block["timestamp"], 16)),
    )
