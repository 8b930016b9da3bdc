"""Applications for credit, what was decided on them, and why."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.bank_statements import StatementId
from tallystick.api.schemas.objections import Text
from tallystick.api.schemas.offers import Transaction
from tallystick.api.schemas.plans import Budget, ReasonText
from tallystick.api.schemas.quotes import Decimal
from tallystick.api.schemas.types import ADDRESS, ADDRESS_PATTERN, Hex, Json, Percent, Schema, Time

ApplicationId = Annotated[
    str, Field(description="Opaque", examples=["application_mfrggzdfmztwq2lknnwg23tpoa"])
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["personal"])]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9c" * 32])]
Digest = Annotated[str, Field(description="SHA-256, hexadecimal", examples=["9c" * 32])]
Grade = Annotated[str | None, Field(description="A is best", examples=["B"])]
OutcomeWord = Literal["approve", "refer", "decline"]
ApplicationStatus = Literal["offered", "accepted", "originated", "expired", "in_review", "declined"]


class GivenAttestation(Schema):
    """What an issuer attests of the wallet: the member `attestation` of what it was given."""

    level: Annotated[
        Literal["basic", "verified", "enhanced"],
        Field(description="Level of identity", examples=["verified"]),
    ]
    attestation: Hex


class GivenSignal(Schema):
    """One figure that the applicant shares; the catalogue says which there are."""

    signal: Name
    value: Annotated[float | str, Field(examples=[12])]
    day: Annotated[
        int, Field(ge=0, le=10**6, description="Days since 1970-01-01", examples=[20_400])
    ]


class ApplicationInput(Schema):
    """One application. `GET /v1/products` says which fields and documents a product asks for."""

    product: Name
    purpose: Annotated[str, Field(max_length=64, examples=["consumption"])]
    jurisdiction: Annotated[
        str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166", examples=["CN"])
    ]
    amount: Decimal
    term: Annotated[int, Field(ge=1, le=120, description="Most repayments", examples=[12])]
    declared: Annotated[
        dict[str, str],
        Field(
            max_length=100,
            description="The product's fields: decimals, or one of the levels",
            examples=[{"savings": "below_500"}],
        ),
    ]
    budget: Budget
    documents: Annotated[
        dict[str, Sha256],
        Field(
            max_length=50,
            description="Documents that are there, by kind, as SHA-256",
            examples=[{"income_proof": "9c" * 32}],
        ),
    ] = {}  # noqa: RUF012 - pydantic copies it
    attestations: Annotated[
        list[GivenAttestation], Field(max_length=8, description="Of the level of identity")
    ] = []  # noqa: RUF012 - pydantic copies it
    statements: Annotated[
        list[StatementId],
        Field(max_length=12, description="Own bank statements to be looked at", examples=[[]]),
    ] = []  # noqa: RUF012 - pydantic copies it
    signals: Annotated[
        list[GivenSignal],
        Field(
            max_length=100,
            description="What is shared, each under the consent it needs",
            examples=[[]],
        ),
    ] = []  # noqa: RUF012 - pydantic copies it
    wallet: Annotated[
        str | None,
        Field(
            pattern=ADDRESS_PATTERN,
            description="Own wallet that will borrow; left out: the one that signed in",
            examples=[ADDRESS],
        ),
    ] = None
    device: Annotated[
        str | None,
        Field(
            max_length=128,
            description="Opaque id of the device; kept as a blind index only",
            examples=["d3b07384-d9a0-4f9b-8a6e-2f6c6d1f9c11"],
        ),
    ] = None
    external_id: Annotated[
        str | None,
        Field(
            max_length=128,
            description="Your own id: asked again under it, the same decision is answered",
            examples=["A-1007"],
        ),
    ] = None


class DecisionReason(Schema):
    """Branch on `code`; the sentences are for people."""

    code: Annotated[str, Field(examples=["limit_budget"])]
    values: Annotated[dict[str, str], Field(examples=[{"limit": "3103.87"}])]
    text: ReasonText


class ProposedLoan(Schema):
    """The loan that is offered, or that a person may yet offer."""

    amount: Decimal
    annual_rate_pct: Percent
    amortization: Annotated[str, Field(examples=["equal_installments"])]
    repayments: Annotated[int, Field(examples=[12])]
    interest: Decimal
    schedule_input: Annotated[
        Json, Field(description="The body for /v1/quotes/schedule", examples=[{"principal": "1"}])
    ]
    reasons: list[DecisionReason]


class NamedLimit(Schema):
    """One bound of the amount; the code is that of its reason."""

    code: Annotated[str, Field(examples=["limit_exposure"])]
    amount: Decimal


class Versions(Schema):
    """What was decided by: documents by hash."""

    release: Digest
    arm: Annotated[Literal["champion", "challenger"], Field(examples=["champion"])]
    catalogue: Digest
    policy: Digest
    card: Digest


class Application(Schema):
    """A decision with everything that led to it. `score_reasons` are what cost the most points."""

    application_id: ApplicationId
    external_id: Annotated[str | None, Field(examples=["A-1007"])]
    status: Annotated[ApplicationStatus, Field(examples=["offered"])]
    outcome: Annotated[OutcomeWord, Field(examples=["approve"])]
    product: Name
    grade: Grade
    score: Annotated[int | None, Field(description="Points", examples=[582])]
    default_probability_pct: Annotated[
        str, Field(description="As the scorecard estimates it", examples=["2.1354"])
    ]
    reasons: list[DecisionReason]
    score_reasons: list[DecisionReason]
    limits: list[NamedLimit]
    proposal: ProposedLoan | None
    offer_id: Annotated[
        str | None,
        Field(
            description="Signed by the lender: /v1/offers/{offer_id}",
            examples=["offer_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ]
    decided_by: Annotated[
        Literal["policy", "person"], Field(description="Who decided last", examples=["policy"])
    ]
    versions: Versions
    decided_at: Time
    valid_until: Annotated[
        str | None, Field(description="RFC 3339", examples=["2026-03-31T09:30:00Z"])
    ]


class ApplicationSummary(Schema):
    """One application in a list."""

    application_id: ApplicationId
    external_id: Annotated[str | None, Field(examples=["A-1007"])]
    status: Annotated[ApplicationStatus, Field(examples=["offered"])]
    product: Name
    decided_at: Time


class Applications(Schema):
    """One's own applications, newest first."""

    data: list[ApplicationSummary]


class AcceptanceInput(Schema):
    """The borrower's signature over the offer's typed data."""

    signature: Hex


class Acceptance(Schema):
    """What to send, in this order: a custom plan is stored before the loan is originated."""

    application_id: ApplicationId
    offer_id: Annotated[str, Field(examples=["offer_mfrggzdfmztwq2lknnwg23tpoa"])]
    loan_id: Annotated[str, Field(examples=["0x" + "9c" * 32])]
    transactions: list[Transaction]


class ProposedChange(Schema):
    """What the applicant could do, tried out: `outcome` is what follows."""

    fields: Annotated[
        dict[str, str],
        Field(
            description="Members of the application and what they would be",
            examples=[{"amount": "3000.00"}],
        ),
    ]
    outcome: Annotated[OutcomeWord, Field(examples=["approve"])]
    text: ReasonText


class ProposedChanges(Schema):
    """What would change the decision, the easiest first; empty where nothing is in reach."""

    data: list[ProposedChange]


ReviewId = Annotated[str, Field(examples=["review_mfrggzdfmztwq2lknnwg23tpoa"])]
ReviewOutcome = Literal["approve", "decline"]


class CreditReview(Schema):
    """One case for a person."""

    review_id: ReviewId
    application_id: ApplicationId
    cause: Annotated[Literal["referral", "objection"], Field(examples=["referral"])]
    product: Name
    reasons: Annotated[
        list[str], Field(description="Codes of the decision", examples=[["documents_missing"]])
    ]
    opened_at: Time
    waived: Annotated[list[str], Field(description="By the proposal", examples=[[]])]
    approval_id: Annotated[str | None, Field(examples=["approval_mfrggzdfmztwq2lknnwg23tpoa"])]
    outcome: Annotated[ReviewOutcome | None, Field(examples=[None])]
    reason: Annotated[str | None, Field(description="A word", examples=["income_proven"])]
    closed_at: Annotated[
        str | None, Field(description="RFC 3339", examples=["2026-03-31T09:30:00Z"])
    ]


class CreditReviewPage(Schema):
    """Oldest first."""

    data: list[CreditReview]
    has_more: Annotated[bool, Field(examples=[False])]


class CreditFile(Schema):
    """Everything that the decision was made of."""

    review: CreditReview
    case: Annotated[Json, Field(description="As it was decided", examples=[{"term": 12}])]
    outcome: Annotated[Json, Field(description="As it was told", examples=[{"grade": "B"}])]
    objection: Annotated[str | None, Field(examples=["My income rose in March."])]
    proposal: Annotated[
        ProposedLoan | None, Field(description="The offer that follows from what was proposed")
    ]


class ProposalInput(Schema):
    """Which reasons a reviewer waives. Limits, prices, the law and the budget are nobody's to
    waive."""

    waived: Annotated[
        list[str], Field(max_length=20, description="Codes", examples=[["documents_missing"]])
    ]


class ReviewProposal(Schema):
    """The offer that would follow, and the request that a second person approves."""

    review_id: ReviewId
    approval_id: Annotated[str, Field(examples=["approval_mfrggzdfmztwq2lknnwg23tpoa"])]
    proposal: ProposedLoan


class StandingMove(Schema):
    """A standing from `at` on."""

    at: Time
    grade_shift: Annotated[int, Field(description="Grades up, below 0 down", examples=[1])]
    limit_pct: Annotated[int, Field(description="Of the usual limit", examples=[125])]
    text: ReasonText


class LendingStanding(Schema):
    """What the borrower's behaviour changes now, and how that moved, newest first."""

    grade_shift: Annotated[int, Field(description="Grades up, below 0 down", examples=[1])]
    limit_pct: Annotated[int, Field(description="Of the usual limit", examples=[125])]
    reason: DecisionReason
    moves: list[StandingMove]


class ReviewVerdict(Schema):
    """Why, as a word of the lender's own list; for whoever objected also in sentences."""

    reason: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["income_proven"])]
    explanation: Annotated[
        Text | None,
        Field(
            description="The answer to an objection: needed where one is the cause",
            examples=["The new statement counts."],
        ),
    ] = None
