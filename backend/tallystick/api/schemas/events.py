"""Messages of the event stream."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.types import AsOf, Block, ChainRef, Hash, Schema
from tallystick.loans.events import (
    BookEvent,
    Claimed,
    Closed,
    CollectFailed,
    Credited,
    NonceRevoked,
    Originated,
    Paid,
)

EventType = Literal[
    "originated", "paid", "closed", "credited", "claimed", "collect_failed", "nonce_revoked"
]
TYPES: dict[type, EventType] = {
    Originated: "originated",
    Paid: "paid",
    Closed: "closed",
    Credited: "credited",
    Claimed: "claimed",
    CollectFailed: "collect_failed",
    NonceRevoked: "nonce_revoked",
}


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
            type=TYPES[type(event)],
            loan_id=None if loan_id is None else "0x" + loan_id.hex(),
            details=_details(event),
            chain=chain,
        )


class Withdrawal(Schema):
    """A reorganisation: every event above this block is withdrawn, those that stand now follow."""

    block_number: Block
    block_hash: Hash
    as_of: AsOf


def _details(event: BookEvent) -> dict[str, str | bool]:
    match event:
        case Originated(agreement=terms):
            return {
                "borrower": terms.borrower,
                "lender": terms.lender,
                "token": terms.token,
                "principal": str(terms.principal),
            }
        case Paid():
            return {
                "payer": event.payer,
                "penalty": str(event.penalty),
                "interest": str(event.interest),
                "principal": str(event.principal),
                "total": str(event.penalty + event.interest + event.principal),
                "outstanding": str(event.outstanding),
                "collected": event.collected,
            }
        case Credited():
            return {"token": event.token, "account": event.account, "amount": str(event.amount)}
        case Claimed():
            return {
                "token": event.token,
                "account": event.account,
                "to": event.to,
                "amount": str(event.amount),
            }
        case CollectFailed():
            return {"reason": "0x" + event.reason.hex()}
        case NonceRevoked():
            return {"owner": event.owner, "nonce": str(event.nonce)}
        case Closed():
            return {}
