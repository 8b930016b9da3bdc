"""Signing in, sessions and wallets."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tallystick.api.schemas.types import ADDRESS, ADDRESS_PATTERN, Address, Hex, Schema, Time

Carrier = Annotated[
    Literal["bearer", "cookie"],
    Field(description="bearer for programs, cookie for browsers", examples=["bearer"]),
]
SessionId = Annotated[
    str,
    Field(
        pattern=r"^session_[a-z2-7]{26}$",
        description="Opaque",
        examples=["session_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
SubjectId = Annotated[
    str,
    Field(
        description="A person or firm; random, says nothing",
        examples=["subject_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
Message = Annotated[
    str,
    Field(
        max_length=4096,
        description="ERC-4361 text, exactly as signed",
        examples=["tallystick.example wants you to sign in with your Ethereum account:\n0x..."],
    ),
]


class SignInRequest(Schema):
    """Which wallet will sign in."""

    address: Address


class ChallengeRequest(Schema):
    """What shall be permitted. `bind_wallet` is signed by the new wallet and by one that is bound
    already, everything else by any that is bound."""

    act: Annotated[
        Literal[
            "bind_wallet",
            "unbind_wallet",
            "give_consent",
            "export",
            "erase",
            "approve",
            "create_key",
        ],
        Field(examples=["bind_wallet"]),
    ]
    signer: Annotated[
        str,
        Field(pattern=ADDRESS_PATTERN, description="Wallet that will sign", examples=[ADDRESS]),
    ]
    address: Annotated[
        str | None,
        Field(
            pattern=ADDRESS_PATTERN,
            description="bind_wallet, unbind_wallet: which",
            examples=[ADDRESS],
        ),
    ] = None
    purpose: Annotated[
        str | None,
        Field(max_length=64, description="give_consent: to what", examples=["scoring"]),
    ] = None
    version: Annotated[
        int | None, Field(ge=1, le=10**6, description="give_consent: of the text", examples=[1])
    ] = None

    approval_id: Annotated[
        str | None,
        Field(
            pattern=r"^approval_[a-z2-7]{26}$",
            description="approve: which request",
            examples=["approval_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ] = None

    @model_validator(mode="after")
    def check_object(self) -> Self:
        wallet = self.act in ("bind_wallet", "unbind_wallet")
        consent = self.act == "give_consent"
        if (self.address is not None) != wallet:
            raise ValueError("give an address for a wallet, and only then")
        if {self.purpose is not None, self.version is not None} != {consent}:
            raise ValueError("give purpose and version for a consent, and only then")
        if (self.approval_id is not None) != (self.act == "approve"):
            raise ValueError("give an approval_id to approve, and only then")
        return self


class Challenge(Schema):
    """A message to sign by `personal_sign`, once, within five minutes."""

    message: Message
    nonce: Annotated[
        str,
        Field(
            description="For callers that compose the message themselves",
            examples=["9f86d081884c7d659a2feaa0c55ad015"],
        ),
    ]
    expires_at: Time


class SignedMessage(Schema):
    """A challenge, signed. Contract wallets are asked by ERC-1271."""

    message: Message
    signature: Hex


class SignIn(SignedMessage):
    carrier: Carrier = "bearer"


class Session(Schema):
    """An open session. It ends after twelve hours, or one hour without a request."""

    session_id: SessionId
    carrier: Carrier
    current: Annotated[bool, Field(description="The one that asks", examples=[True])]
    created_at: Time
    seen_at: Annotated[
        str,
        Field(description="Last request, to the minute", examples=["2026-03-31T09:30:00Z"]),
    ]
    expires_at: Time


class NewSession(Session):
    """With the secret, which is told this once."""

    subject: SubjectId
    token: Annotated[
        str | None,
        Field(description="For `Authorization: Bearer`; null for a cookie", examples=["4f1a..."]),
    ]
    csrf_token: Annotated[
        str | None,
        Field(description="For `X-CSRF-Token` beside the cookie", examples=["8c2b..."]),
    ]


class Sessions(Schema):
    data: list[Session]


class Wallet(Schema):
    address: Address
    bound_at: Time


class Me(Schema):
    """Who is signed in."""

    subject: SubjectId
    session: Session
    roles: Annotated[
        list[str], Field(description="What one may do here", examples=[["borrower", "lender"]])
    ]
    csrf_token: Annotated[
        str | None,
        Field(description="For `X-CSRF-Token`; null for a bearer token", examples=["8c2b..."]),
    ]
    wallets: list[Wallet]


class WalletBinding(Schema):
    """A further wallet: its own signature, and one of a wallet that is bound already."""

    address: Address
    own: SignedMessage
    confirmation: SignedMessage


class Wallets(Schema):
    data: list[Wallet]
