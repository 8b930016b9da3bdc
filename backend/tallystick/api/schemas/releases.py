"""Releases of lending rules: what is in force, and what two people put into force."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from tallystick.api.schemas.applications import Digest
from tallystick.api.schemas.types import ADDRESS, ADDRESS_PATTERN, Address, Hex, Schema, Time

Number = Annotated[int, Field(ge=1, description="Counts activations", examples=[3])]
Message = Annotated[
    str,
    Field(
        description="To be signed by `personal_sign`",
        examples=["Tallystick lending\n\nI propose release 9c...\nas activation 3."],
    ),
]
Rules = Annotated[
    dict[str, Any],
    Field(description="The document as JSON, every scalar a text", examples=[{"version": "2"}]),
]


class ArmInput(Schema):
    """A policy, and the scorecard that it goes with."""

    policy: Rules
    card: Annotated[
        str,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            description="Hash of a card that `tallystick decisions card` has kept",
            examples=["9c" * 32],
        ),
    ]


class ReleaseInput(Schema):
    """Everything that is to decide."""

    catalogue: Rules
    champion: ArmInput
    challenger: ArmInput | None = None
    share_bp: Annotated[
        int,
        Field(ge=0, le=9999, description="The challenger's of 10,000 applications", examples=[0]),
    ] = 0


class KeptRelease(Schema):
    """A release that waits for two signatures over `maker_signs` and `checker_signs`."""

    release: Digest
    cases: Annotated[int, Field(description="The policies' own, all right", examples=[21])]
    activation: Number
    maker_signs: Message
    checker_signs: Message


class ReleaseSignature(Schema):
    """A signature of one's own account that may release."""

    account: Annotated[str, Field(pattern=ADDRESS_PATTERN, examples=[ADDRESS])]
    signature: Hex


class ReleaseApproval(ReleaseSignature):
    activation: Number


class Activation(Schema):
    """A release on its way into force; `checker` is null while it waits."""

    activation: Number
    release: Digest
    maker: Address
    made_at: Time
    checker: Address | None
    checked_at: Time | None


class Releases(Schema):
    """`in_force` is null before the first; `next_activation` is the number to sign next."""

    in_force: Digest | None
    next_activation: Number
    signers: Annotated[list[str], Field(description="Who may sign", examples=[[ADDRESS]])]
    data: list[Activation]


class ReleaseArm(Schema):
    """What one arm decides with."""

    policy: Rules
    policy_hash: Digest
    card: Digest


class ReleaseDocuments(Schema):
    """What a release consists of."""

    release: Digest
    catalogue: Rules
    catalogue_hash: Digest
    champion: ReleaseArm
    challenger: ReleaseArm | None
    share_bp: Annotated[int, Field(examples=[0])]
