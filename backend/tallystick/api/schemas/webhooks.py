"""Webhooks and their delivery log."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.events import EventType
from tallystick.api.schemas.types import (
    ADDRESS,
    ADDRESS_PATTERN,
    BOOK,
    HASH,
    HASH_PATTERN,
    Schema,
    Time,
)

WebhookId = Annotated[
    str,
    Field(
        pattern=r"^webhook_[a-z2-7]{26}$",
        description="Opaque",
        examples=["webhook_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
MessageId = Annotated[
    str,
    Field(
        pattern=r"^msg_[a-z2-7]{26}$",
        description="Opaque; `webhook-id` of the request",
        examples=["msg_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]


FactType = Literal[
    "identity_submitted",
    "identity_withdrawn",
    "identity_refused",
    "identity_approved",
    "attestation_issued",
    "attestation_revoked",
    "decision_made",
]
"""What the service itself did. Only who asks for one of them by name is told of it."""


class WebhookRequest(Schema):
    """Where to tell, and of what. Without `types`: of all events of the chain; a `reorg` with any
    of these."""

    url: Annotated[
        str,
        Field(
            max_length=2000,
            description="https, on the Internet",
            examples=["https://bank.example/tallystick"],
        ),
    ]
    types: Annotated[
        list[EventType | FactType] | None,
        Field(min_length=1, max_length=40, description="Only these", examples=[["paid"]]),
    ] = None
    loan: Annotated[
        str | None, Field(pattern=HASH_PATTERN, description="Only of this", examples=[HASH])
    ] = None
    borrower: Annotated[
        str | None,
        Field(pattern=ADDRESS_PATTERN, description="Only of whose loans", examples=[ADDRESS]),
    ] = None
    lender: Annotated[
        str | None,
        Field(pattern=ADDRESS_PATTERN, description="Only of whose claims", examples=[ADDRESS]),
    ] = None
    chain_id: Annotated[
        int | None, Field(ge=1, lt=2**63, description="The chain to follow", examples=[31337])
    ] = None
    book: Annotated[
        str | None, Field(pattern=ADDRESS_PATTERN, description="Only of this", examples=[BOOK])
    ] = None


class Webhook(Schema):
    """A webhook without its secret."""

    webhook_id: WebhookId
    url: Annotated[str, Field(examples=["https://bank.example/tallystick"])]
    types: Annotated[
        list[EventType | FactType] | None,
        Field(description="Null: all of the chain", examples=[["paid"]]),
    ]
    loan: Annotated[str | None, Field(examples=[HASH])]
    borrower: Annotated[str | None, Field(examples=[ADDRESS])]
    lender: Annotated[str | None, Field(examples=[ADDRESS])]
    chain_id: Annotated[int | None, Field(description="Null: the first book's", examples=[31337])]
    book: Annotated[str | None, Field(description="Null: all of the chain", examples=[BOOK])]
    created_at: Time


class NewWebhook(Webhook):
    """With the secret, which is told this once."""

    secret: Annotated[str, Field(description="Signs messages", examples=["whsec_C2FVs..."])]


class Webhooks(Schema):
    data: list[Webhook]


class Secret(Schema):
    """The new one; the former one signs too for a day."""

    secret: Annotated[str, Field(examples=["whsec_C2FVs..."])]


class Message(Schema):
    """A message and how far it came."""

    message_id: MessageId
    sequence: Annotated[int, Field(description="Counts within the webhook", examples=[7])]
    type: Annotated[str, Field(examples=["paid"])]
    state: Annotated[
        Literal["pending", "delivered", "failed"],
        Field(description="`failed`: no further try", examples=["delivered"]),
    ]
    tries: Annotated[int, Field(examples=[1])]
    created_at: Time
    next_at: Annotated[str | None, Field(description="Next try", examples=["2026-03-31T09:30:00Z"])]


class Attempt(Schema):
    """One try. Without an answer `error` says why."""

    number: Annotated[int, Field(examples=[1])]
    at: Time
    status: Annotated[int | None, Field(description="HTTP", examples=[204])]
    error: Annotated[
        str | None,
        Field(
            description="`timeout`, `connection`, `not_entitled`, `address_private`, ...",
            examples=["timeout"],
        ),
    ]
    milliseconds: Annotated[int, Field(examples=[84])]


class MessageDetail(Message):
    """With what was sent and each try."""

    body: Annotated[str, Field(description="Exactly as signed", examples=['{"type": "paid"}'])]
    attempts: list[Attempt]


class MessagePage(Schema):
    data: list[Message]
    has_more: Annotated[bool, Field(examples=[False])]
