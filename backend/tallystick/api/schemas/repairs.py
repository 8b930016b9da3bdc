"""Credit repair: applying, plans and what they mean, stages, conduct."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.api.schemas.changes import Waived
from tallystick.api.schemas.offers import GuarantyTerms
from tallystick.api.schemas.plans import Budget, ReasonText
from tallystick.api.schemas.quotes import Decimal
from tallystick.api.schemas.types import Address, Amount, Date, Hash, Json, Percent, Schema, Time

RepairId = Annotated[
    str, Field(description="Opaque", examples=["repair_mfrggzdfmztwq2lknnwg23tpoa"])
]
CauseWord = Annotated[
    Literal[
        "unstated",
        "illness",
        "loss_of_work",
        "loss_of_income",
        "disaster",
        "family",
        "business",
        "dispute",
        "convenience",
    ],
    Field(description="Its number is on chain: docs/ledger.md, Reasons", examples=["illness"]),
]
SeverityWord = Annotated[Literal["light", "medium", "severe"], Field(examples=["medium"])]
MeasureWord = Literal[
    "catch_up",
    "penalty_waiver",
    "re_age",
    "extend",
    "holiday",
    "lower_rate",
    "restructure",
    "guarantor",
    "settlement",
]
StageWord = Literal[
    "assessment",
    "problem",
    "plan",
    "consent",
    "execution",
    "restored",
    "settled",
    "completed",
    "withdrawn",
    "refused",
    "relapsed",
]
Word = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="A word", examples=["no_income"])
]


class EvidenceInput(Schema):
    """A document that shows the cause. It is sealed, and whoever reads it is in the trail."""

    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["sick_note"])]
    content: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9+/]+={0,2}$",
            max_length=150_000,
            description="Base64",
            examples=["SGVsbG8="],
        ),
    ]


class RepairInput(Schema):
    """An application. Amounts of `budget` and `lump_sum` are in whole tokens, without this loan."""

    loan_id: Hash
    cause: CauseWord
    text: Annotated[
        str, Field(min_length=1, max_length=4000, description="Your own words", examples=["I ..."])
    ]
    budget: Budget
    lump_sum: Annotated[Decimal, Field(description="What you could pay at once")] = "0"
    evidence: Annotated[list[EvidenceInput], Field(max_length=8)] = []  # noqa: RUF012
    guaranty: Annotated[
        GuarantyTerms | None, Field(description="Who would answer for you, and sign")
    ] = None


class PlanTerms(Schema):
    """New terms that an offer asks for; watch and reason follow from the rules and the case."""

    annual_rate_pct: Percent
    count: Annotated[int, Field(ge=1, le=600, description="Number of rows", examples=[24])]
    first_due_date: Date
    due_day: Annotated[int | None, Field(ge=1, le=31, examples=[15])] = None
    grace_principal: Annotated[int, Field(ge=0, le=600, examples=[0])] = 0
    grace_interest: Annotated[int, Field(ge=0, le=600, examples=[0])] = 0
    waived: Waived = Waived()
    capitalise: Annotated[bool, Field(examples=[True])] = True
    guaranty: GuarantyTerms | None = None


class PlanInput(Schema):
    """An offer or counter-offer: either `terms`, or the `amount` of a settlement, or neither, to
    catch up."""

    measure: Annotated[MeasureWord, Field(examples=["extend"])]
    terms: PlanTerms | None = None
    amount: Annotated[Amount | None, Field(description="Of a settlement, base units")] = None


class RepairPlan(Schema):
    """A plan as both sides accept it; amounts in base units."""

    measure: Annotated[str, Field(examples=["extend"])]
    text: ReasonText
    digest: Annotated[str, Field(description="SHA-256 of the plan", examples=["9c" * 32])]
    terms: Annotated[Json | None, Field(description="New terms, exactly", examples=[{"count": 24}])]
    amount: Annotated[Amount | None, Field(description="Of a settlement")]
    pay_by: Annotated[Date | None, Field(description="Day by which to catch up")]
    lessons: Annotated[list[str], Field(description="To be passed first", examples=[["budget"]])]


class PlanEffect(Schema):
    """What a plan means for both, if it takes effect on the day of the offer."""

    rows: Annotated[
        list[list[str]],
        Field(description="Due date and base units", examples=[[["2026-04-30", "120000000"]]]),
    ]
    forgiven: Annotated[dict[str, str], Field(examples=[{"penalty": "0"}])]
    balance: Annotated[Amount, Field(description="Principal owed from then on")]
    monthly: Annotated[Amount, Field(description="Most that falls into a month")]
    total: Annotated[Amount, Field(description="All that is to be paid")]
    short: Annotated[Amount, Field(description="What the worst month lacks; 0: it fits")]
    npv: Annotated[Amount, Field(description="What the lender can expect of it, today's value")]
    npv_without: Annotated[Amount, Field(description="What it can expect without a plan")]


class RepairOffer(Schema):
    """An offer in a repair."""

    number: Annotated[int, Field(examples=[1])]
    maker: Annotated[Literal["borrower", "lender", "service"], Field(examples=["service"])]
    status: Annotated[
        Literal["open", "agreed", "refused", "expired", "awaits_borrower", "awaits_lender"],
        Field(examples=["open"]),
    ]
    refused_for: Annotated[str | None, Field(examples=[None])]
    approval_id: Annotated[str | None, Field(examples=[None])]
    plan: RepairPlan
    effect: PlanEffect
    made_at: Time
    valid_until: Time


class RepairStep(Schema):
    """A stage: who brought the case there, when and why."""

    stage: Annotated[StageWord, Field(examples=["plan"])]
    text: ReasonText
    by: Annotated[Literal["borrower", "lender", "service", "staff"], Field(examples=["borrower"])]
    reason: Annotated[str, Field(examples=["applied"])]
    at: Time


class RepairFinding(Schema):
    """Why a case does not go on by itself."""

    code: Annotated[str, Field(examples=["no_plan_helps"])]
    text: ReasonText


class RepairConduct(Schema):
    """How an executed plan is kept, from the index."""

    rows: Annotated[int, Field(description="To be paid on time in a run", examples=[6])]
    on_time: Annotated[int, Field(description="Of the present run", examples=[2])]
    restarts: Annotated[int, Field(description="Runs that were broken", examples=[0])]
    days_past_due: Annotated[int, Field(examples=[0])]
    outstanding: Amount
    plan_hash: Annotated[Hash | None, Field(description="On chain; equals the stored plan's")]


class Repair(Schema):
    """One repair of one loan."""

    repair_id: RepairId
    loan_id: Hash
    borrower: Address
    holder: Address
    stage: Annotated[StageWord, Field(examples=["plan"])]
    text: ReasonText
    cause: CauseWord
    severity: Annotated[SeverityWord | None, Field(examples=["medium"])]
    rules: Annotated[str, Field(description="SHA-256 of the rules", examples=["9c" * 32])]
    findings: list[RepairFinding]
    change_id: Annotated[
        str | None,
        Field(
            description="What to sign: /v1/changes/{change_id}",
            examples=["change_mfrggzdfmztwq2lknnwg23tpoa"],
        ),
    ]
    lessons_missing: Annotated[
        list[str], Field(description="To pass before the lender signs", examples=[["budget"]])
    ]
    lessons_suggested: Annotated[
        list[str], Field(description="For the cause", examples=[["crisis"]])
    ]
    conduct: RepairConduct | None
    offers: list[RepairOffer]
    steps: list[RepairStep]
    opened_at: Time
    closed_at: Time | None


class RepairSummary(Schema):
    """A repair in a list."""

    repair_id: RepairId
    loan_id: Hash
    stage: Annotated[StageWord, Field(examples=["plan"])]
    severity: Annotated[SeverityWord | None, Field(examples=["medium"])]
    cause: CauseWord
    opened_at: Time
    closed_at: Time | None


class RepairList(Schema):
    """Newest first."""

    data: list[RepairSummary]


class RepairPage(Schema):
    """Oldest first."""

    data: list[RepairSummary]
    has_more: Annotated[bool, Field(examples=[False])]


class FoundPlan(Schema):
    """A plan and what it means."""

    plan: RepairPlan
    effect: PlanEffect


class RepairRecommendation(Schema):
    """Plans that fit and leave the lender no worse, the best for the lender first. Where there is
    none, `nearest` lacks the least; `worse_for_lender` counts plans left out for the lender."""

    helps: Annotated[bool, Field(examples=[True])]
    plans: list[FoundPlan]
    nearest: FoundPlan | None
    worse_for_lender: Annotated[int, Field(examples=[0])]


class RepairEvidence(Schema):
    """A document, base64."""

    kind: Annotated[str, Field(examples=["sick_note"])]
    content: Annotated[str, Field(examples=["SGVsbG8="])]


class RepairFile(Schema):
    """A repair with what the borrower told."""

    repair: Repair
    words: Annotated[str, Field(examples=["I was ill"])]
    budget: Annotated[Json, Field(examples=[{"repeats": True}])]
    lump_sum: Decimal
    evidence: list[RepairEvidence]


class ProblemInput(Schema):
    """What a person finds the problem to be."""

    severity: SeverityWord
    cause: CauseWord


class RefusalInput(Schema):
    """Why, in a word."""

    reason: Word


class OfferApproval(Schema):
    """The request that a second person agrees to, by `POST /v1/approvals/{approval_id}/approve`."""

    repair_id: RepairId
    number: Annotated[int, Field(examples=[1])]
    approval_id: Annotated[str, Field(examples=["approval_mfrggzdfmztwq2lknnwg23tpoa"])]
    digest: Annotated[str, Field(description="SHA-256 of the plan", examples=["9c" * 32])]


class RepairRulesAnswer(Schema):
    """The rules in force."""

    rules: Annotated[str, Field(description="SHA-256", examples=["9c" * 32])]
    document: Annotated[Json, Field(examples=[{"name": "standard"}])]
