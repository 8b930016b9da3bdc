"""Roles, requests that somebody else checks, and keys of integrators."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.identity import SignedMessage, SubjectId
from tallystick.api.schemas.types import Schema, Time
from tallystick.identity.authority.keys import LONGEST_DAYS, MOST_PER_MINUTE
from tallystick.identity.authority.matters import Matter

_LOAN = "0x" + "9c" * 32
ApprovalId = Annotated[
    str,
    Field(
        pattern=r"^approval_[a-z2-7]{26}$",
        description="Opaque",
        examples=["approval_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
KeyId = Annotated[
    str,
    Field(
        pattern=r"^key_[a-z2-7]{26}$",
        description="Opaque",
        examples=["key_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
ScopeName = Literal["webhooks:read", "webhooks:write", "channels:write"]
State = Literal["pending", "approved", "refused", "withdrawn", "expired", "done"]
Word = Annotated[str, Field(max_length=120, pattern=r"^[A-Za-z0-9_.:/-]+$")]
Asked = Annotated[
    Literal["grant_role", "revoke_role", "rotate_keys", "write_off", "waiver"],
    Field(description="What is asked for", examples=["write_off"]),
]
Content = Annotated[
    dict[str, Word],
    Field(
        max_length=8,
        description="Ids and words, never personal data: `role` for a role, `reason` for a "
        "write-off, `reason` and `amount` for a waiver",
        examples=[{"reason": "insolvency"}],
    ),
]


class ApprovalRequest(Schema):
    """What somebody else shall check."""

    matter: Asked
    object: Annotated[
        Word,
        Field(description="A subject, a loan id, or `vault`", examples=[_LOAN]),
    ]
    content: Content = Field(default_factory=dict)


class Approval(Schema):
    """A request and what became of it."""

    approval_id: ApprovalId
    matter: Annotated[Matter, Field(description="What is asked for", examples=["write_off"])]
    object: Annotated[str, Field(description="Of what", examples=[_LOAN])]
    content: Content
    sha256: Annotated[
        str, Field(description="Of what exactly is asked for", examples=["0x" + "5e" * 32])
    ]
    state: Annotated[
        State,
        Field(description="`done`: carried out, which happens once", examples=["pending"]),
    ]
    maker: SubjectId
    made_at: Time
    expires_at: Time
    checker: SubjectId | None
    decided_at: Time | None
    done_at: Time | None


class ApprovalPage(Schema):
    data: list[Approval]
    has_more: Annotated[bool, Field(examples=[False])]


class Grant(Schema):
    """A role that was granted."""

    subject: SubjectId
    role: Annotated[str, Field(examples=["reviewer"])]
    granted_at: Time


class Grants(Schema):
    data: list[Grant]


class KeyRequest(Schema):
    """What the key shall be; signed (act `create_key`)."""

    name: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$",
            description="To tell keys apart; nothing personal",
            examples=["core banking"],
        ),
    ]
    scopes: Annotated[
        list[ScopeName],
        Field(
            min_length=1, max_length=16, description="What it may do", examples=[["webhooks:read"]]
        ),
    ]
    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS, description="Its life", examples=[90])] = 90
    per_minute: Annotated[
        int, Field(ge=1, le=MOST_PER_MINUTE, description="Requests a minute", examples=[600])
    ] = 600
    confirmation: SignedMessage


class Key(Schema):
    """A key without its secret."""

    key_id: KeyId
    name: Annotated[str, Field(examples=["core banking"])]
    scopes: Annotated[list[ScopeName], Field(examples=[["webhooks:read"]])]
    per_minute: Annotated[int, Field(description="Requests a minute", examples=[600])]
    created_at: Time
    expires_at: Time
    seen_at: Time | None


class NewKey(Key):
    """With the secret, which is told this once."""

    token: Annotated[
        str, Field(description="For `Authorization: Bearer`", examples=["tsk_mfrg..._5e2c..."])
    ]


class Keys(Schema):
    data: list[Key]
