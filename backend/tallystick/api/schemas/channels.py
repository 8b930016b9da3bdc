"""References, receipts of channels, and the comparison with the chain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.types import HASH, HASH_PATTERN, Schema, Time

ReceiptId = Annotated[
    str,
    Field(
        pattern=r"^receipt_[a-z2-7]{26}$",
        description="Opaque",
        examples=["receipt_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
State = Literal["open", "matched", "sending", "paid", "returned", "ignored"]
Sum = Annotated[str, Field(description="In the channel's currency", examples=["214.81"])]


class PaymentReference(Schema):
    """What payers write, so that a payment by a channel finds its loan."""

    reference: Annotated[str, Field(description="ISO 11649", examples=["RF18000G40O40K30B209"])]
    printed: Annotated[str, Field(examples=["RF18 000G 40O4 0K30 B209"])]


class StatementRequest(Schema):
    """A statement of a channel's account: camt.053, CSV or OFX."""

    document: Annotated[
        str,
        Field(
            min_length=4,
            max_length=240_000,
            pattern=r"^[A-Za-z0-9+/]+={0,2}$",
            description="The file in base64",
            examples=["RGF0ZSxBbW91bnQK"],
        ),
    ]
    layout: Annotated[
        dict[str, str] | None,
        Field(description="Columns of a CSV file", examples=[{"currency_code": "USD"}]),
    ] = None


class StatementTaken(Schema):
    """What became of the entries; `known` ones were taken in before."""

    document: Annotated[str, Field(description="SHA-256", examples=["9f86d0..."])]
    matched: Annotated[int, Field(examples=[12])]
    open: Annotated[int, Field(description="For a person", examples=[1])]
    known: Annotated[int, Field(examples=[0])]
    outgoing: Annotated[int, Field(examples=[3])]


class ReceiptRequest(Schema):
    """Money that a counter, an employer or a merchant took in."""

    external_id: Annotated[
        str, Field(min_length=1, max_length=100, description="Once", examples=["slip-7"])
    ]
    reference: Annotated[str, Field(max_length=100, examples=["RF18 000G 40O4 0K30 B209"])]
    amount: Annotated[
        str,
        Field(
            pattern=r"^[1-9][0-9]{0,17}$",
            description="Smallest unit of the channel's currency",
            examples=["21481"],
        ),
    ]
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", examples=["2026-03-31"])]


class Receipt(Schema):
    """Money that came in, and what became of it."""

    receipt_id: ReceiptId
    channel: Annotated[str, Field(examples=["bank"])]
    day: Annotated[str, Field(description="Booked", examples=["2026-03-31"])]
    amount: Annotated[
        str, Field(description="Smallest unit; below 0: charged back", examples=["21481"])
    ]
    currency: Annotated[str, Field(examples=["USD"])]
    reference: Annotated[str | None, Field(examples=["RF18000G40O40K30B209"])]
    loan: Annotated[str | None, Field(examples=[HASH])]
    state: Annotated[State, Field(description="`open`: a person decides", examples=["paid"])]
    reason: Annotated[
        str | None,
        Field(
            description="`no_reference`, `unknown_reference`, `surplus`, ...",
            examples=["no_reference"],
        ),
    ]
    document: Annotated[str | None, Field(description="SHA-256", examples=["9f86d0..."])]
    row: Annotated[int | None, Field(description="In the document", examples=[7])]
    paid: Annotated[
        str | None, Field(description="Base units of the token", examples=["214810000"])
    ]
    tx_hash: Annotated[str | None, Field(examples=[HASH])]
    taken_at: Time


class ReceiptPage(Schema):
    data: list[Receipt]
    has_more: Annotated[bool, Field(examples=[False])]


class ResolutionRequest(Schema):
    """`match` with its loan, `return` once the money went back, `ignore` what is none of ours."""

    act: Annotated[Literal["match", "return", "ignore"], Field(examples=["match"])]
    loan: Annotated[str | None, Field(pattern=HASH_PATTERN, examples=[HASH])] = None


class ReconciliationRow(Schema):
    """`came` is the sum of all the others; `differs` is 0 when the books agree."""

    day: Annotated[str, Field(examples=["2026-03-31"])]
    channel: Annotated[str, Field(examples=["bank"])]
    currency: Annotated[str, Field(examples=["USD"])]
    receipts: Annotated[int, Field(examples=[12])]
    came: Sum
    paid: Sum
    surplus: Sum
    waits: Sum
    open: Sum
    returned: Sum
    ignored: Sum
    differs: Sum


class ForeignPayment(Schema):
    """On chain through a channel of ours, and no receipt explains it."""

    channel: Annotated[str, Field(examples=["bank"])]
    tx_hash: Annotated[str, Field(examples=[HASH])]


class Reconciliation(Schema):
    """Fiat beside the chain."""

    verdict: Annotated[
        Literal["equal", "waits", "differs"],
        Field(
            description="`equal`: all is on chain or went back",
            examples=["equal"],
        ),
    ]
    rows: list[ReconciliationRow]
    foreign: list[ForeignPayment]
