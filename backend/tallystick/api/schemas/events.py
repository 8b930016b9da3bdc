"""Messages of the event stream."""

from __future__ import annotations

import re
from typing import Annotated, Literal, cast

from pydantic import Field

from tallystick.api.schemas.types import AsOf, Block, ChainRef, Hash, Schema
from tallystick.chain.readable import values_of
from tallystick.loans.events import BookEvent, Originated, Paid

EventType = Literal[
    "originated",
    "paid",
    "paid_through",
    "closed",
    "credited",
    "claimed",
    "collect_failed",
    "nonce_revoked",
    "autopay_set",
    "amended",
    "settled",
    "restored",
    "defaulted",
    "cured",
    "accelerated",
    "written_off",
    "recourse_recorded",
    "recourse_repaid",
    "collateral_added",
    "collateral_sold",
    "collateral_released",
    "assigned",
]


def event_type(event: BookEvent) -> EventType:
    """Its name, in snake case."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    return cast("EventType", name)


class LedgerEvent(Schema):
    """An event of the book. It stands until a `reorg` below its block withdraws it."""

    type: Annotated[EventType, Field(examples=["paid"])]
    loan_id: Annotated[
        str | None, Field(description="Null for what concerns no loan", examples=["0x" + "9c" * 32])
    ]
    details: Annotated[
        dict[str, str | bool],
        Field(
            description="Parties, and amounts in base units, as the event has them",
            examples=[
                {"payer": "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc", "total": "214810000"}
            ],
        ),
    ]
    chain: ChainRef

    @classmethod
    def of(cls, event: BookEvent, chain: ChainRef) -> LedgerEvent:
        loan_id = getattr(event, "loan_id", None)
        return cls(
            type=event_type(event),
            loan_id=None if loan_id is None else "0x" + loan_id.hex(),
            details=details_of(event),
            chain=chain,
        )


class Withdrawal(Schema):
    """A reorganisation: every event above this block is withdrawn, those that stand now follow."""

    block_number: Block
    block_hash: Hash
    as_of: AsOf


def details_of(event: BookEvent) -> dict[str, str | bool]:
    """The event's values; of an origination what it is about, of a payment its total as well."""
    details = values_of(event)
    if isinstance(event, Originated):
        terms = event.agreement
        details |= {"token": terms.token, "principal": str(terms.principal)}
    elif isinstance(event, Paid):
        total = event.penalty + event.interest + event.fee + event.principal
        details["total"] = str(total)
    return details
