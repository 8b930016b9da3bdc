"""The chain, the book and how far the index is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tallystick.api.schemas.types import Address, Block, ChainId, Hash, Json, Schema, Time


class Position(Schema):
    """A block."""

    number: Block
    hash: Hash
    time: Time


class Deployment(Schema):
    """Where and as what the book was deployed."""

    block: Block
    transaction: Annotated[str | None, Field(description="Hash", examples=["0x" + "7d" * 32])]
    code_hash: Annotated[
        str | None, Field(description="keccak-256 of the runtime code", examples=["0x" + "5f" * 32])
    ]
    compiler: Annotated[
        Json | None, Field(description="As recorded", examples=[{"version": "0.8.30"}])
    ]


class ChainAnswer(Schema):
    """State of the chain and of the index."""

    chain_id: ChainId
    book: Address
    deployment: Deployment
    head: Annotated[
        Position | None, Field(description="Latest block; null while the node is silent")
    ]
    indexed: Annotated[
        Position | None, Field(description="Latest indexed block; null before the first")
    ]
    lag: Annotated[int | None, Field(description="Blocks not indexed yet", examples=[0])]
    now: Time


_LATER = "RFC 3339; later than the chain's time, by a year (366 days) at most"


class ClockSetting(Schema):
    """The time that a development chain shall have."""

    now: Annotated[str, Field(max_length=40, description=_LATER, examples=["2026-04-30T09:00:00Z"])]


class ClockAnswer(Schema):
    """The chain's time, the block that was mined at it, and how far the index is."""

    now: Time
    head: Position
    indexed: Position | None
    lag: Annotated[int | None, Field(description="Blocks not indexed yet", examples=[0])]


class IndexedBook(Schema):
    """A book of the index. While it still catches up, nothing else shows its loans."""

    chain_id: ChainId
    book: Address
    from_block: Block
    complete: Annotated[bool, Field(description="Whether it has caught up", examples=[True])]
    block_number: Annotated[
        int, Field(ge=0, description="Block at which the book is exact", examples=[182])
    ]
    block_hash: Hash


class BooksAnswer(Schema):
    """The books of the index, in the order in which they were added."""

    data: list[IndexedBook]


class ChainReadiness(Schema):
    """Whether a chain's node and its index are in order."""

    chain_id: ChainId
    chain: Annotated[str, Field(description="ok, or what is wrong", examples=["ok"])]
    index: Annotated[str, Field(description="ok, or what is wrong", examples=["ok"])]


class Readiness(Schema):
    """Whether each part is in order; chain and index are those of the first book."""

    ready: Annotated[bool, Field(examples=[True])]
    database: Annotated[str, Field(description="ok, or what is wrong", examples=["ok"])]
    chain: Annotated[str, Field(description="ok, or what is wrong", examples=["ok"])]
    index: Annotated[str, Field(description="ok, or what is wrong", examples=["ok"])]
    chains: Annotated[list[ChainReadiness], Field(description="All whose nodes are named")]


class Liveness(Schema):
    status: Annotated[str, Field(examples=["ok"])]
