"""Releases of lending rules: what is in force, and what two people put into force."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from tallystick.api.schemas.applications import Digest
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import (
    ADDRESS,
    ADDRESS_PATTERN,
    Address,
    Hex,
    Json,
    Schema,
    Time,
)

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
    checker_signs: Annotated[
        Message | None, Field(description="While it waits; null once it is in force")
    ]


class KeptOne(Schema):
    """A release that was kept, whether or not it came into force."""

    release: Digest
    kept_at: Time


class Releases(Schema):
    """`in_force` is null before the first; `next_activation` is the number to sign next."""

    in_force: Digest | None
    next_activation: Number
    signers: Annotated[list[str], Field(description="Who may sign", examples=[[ADDRESS]])]
    data: list[Activation]
    kept: Annotated[list[KeptOne], Field(description="The newest 50, newest first")]


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
    maker_signs: Annotated[
        Message, Field(description="What puts it on its way, as the next activation")
    ]


class CardFeature(Schema):
    """One thing that a scorecard reads."""

    name: Annotated[str, Field(examples=["duration_in_month"])]
    label: Annotated[ReasonText | None, Field(description="As its schema names it")]
    points: Annotated[str, Field(description="Between its best and worst bin", examples=["46.5"])]


class ReleaseCard(Schema):
    """A scorecard: what it reads, what it was learned from, what was measured of it."""

    card: Digest
    target: Annotated[str, Field(examples=["creditability"])]
    rows: Annotated[int | None, Field(description="It was learned from", examples=[1000])]
    data: Annotated[str | None, Field(description="SHA-256 of the table", examples=["9c" * 32])]
    method: Annotated[str | None, Field(examples=["tallystick-1"])]
    features: list[CardFeature]
    pairs: Annotated[int, Field(description="Features that count together", examples=[6])]
    metrics: Annotated[
        Json | None,
        Field(
            description="Of the signed folder: AUC, calibration, fairness by group; null where it"
            " was kept without",
            examples=[{"auc": 0.787}],
        ),
    ]
