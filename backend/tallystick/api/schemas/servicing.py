"""Closes, cases of loans that fall behind, promises, disputes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tallystick.api.schemas.identity import SubjectId
from tallystick.api.schemas.objections import Text
from tallystick.api.schemas.plans import ReasonText
from tallystick.api.schemas.types import Address, Amount, ChainId, Date, Hash, Schema, Time, Token

CollectionId = Annotated[
    str,
    Field(
        pattern=r"^collection_[a-z2-7]{26}$",
        description="Opaque",
        examples=["collection_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
PromiseId = Annotated[
    str,
    Field(
        pattern=r"^promise_[a-z2-7]{26}$",
        description="Opaque",
        examples=["promise_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
DisputeId = Annotated[
    str,
    Field(
        pattern=r"^dispute_[a-z2-7]{26}$",
        description="Opaque",
        examples=["dispute_mfrggzdfmztwq2lknnwg23tpoa"],
    ),
]
MyAmount = Annotated[
    str,
    Field(
        pattern=r"^[1-9][0-9]{0,38}$", description="Base units, an integer", examples=["106620000"]
    ),
]
Days = Annotated[int, Field(ge=0, description="Days past due", examples=[12])]
AssetClassName = Annotated[
    Literal["normal", "special_mention", "substandard", "doubtful", "loss"],
    Field(description="Five-category class", examples=["special_mention"]),
]
ActionName = Literal[
    "remind",
    "ask_allowance",
    "call",
    "offer_repair",
    "review_plan",
    "tell_guarantor",
    "letter",
    "visit",
    "legal",
    "wait",
]
CaseState = Literal["open", "agency", "closed"]
Channel = Literal["call", "message", "email", "letter", "visit"]
ContactOutcome = Literal[
    "reached", "not_reached", "refused", "wrong_person", "promised", "left_message"
]
Topic = Literal[
    "amount",
    "payment_missing",
    "not_my_loan",
    "terms",
    "contacts",
    "conduct",
    "data",
    "product",
    "other",
]
DisputeKind = Literal["dispute", "complaint", "feedback"]
DisputeOutcome = Literal["upheld", "partly_upheld", "rejected"]
Lender = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9_-]{1,40}$",
        description="One that the servicing policy names",
        examples=["north"],
    ),
]


class Cell(Schema):
    """Loans of one token, class and bucket."""

    token: Address
    asset_class: AssetClassName
    bucket: Annotated[str, Field(description="Days past due", examples=["1-30"])]
    loans: Annotated[int, Field(examples=[12])]
    outstanding: Amount
    provision: Amount


class Close(Schema):
    """The close of one book and business date."""

    chain_id: ChainId
    book: Address
    date: Date
    time_zone: Annotated[str, Field(examples=["UTC"])]
    ended_at: Time
    loans: Annotated[int, Field(description="That ran", examples=[120])]
    finished: Annotated[bool, Field(examples=[True])]
    sums: list[Cell]


class ClosePage(Schema):
    data: list[Close]
    has_more: Annotated[bool, Field(examples=[False])]


class CloseLine(Schema):
    """Where a loan stood from this date on, until a later line says otherwise."""

    line_id: Annotated[str, Field(description="For paging", examples=["2026-03-31.0"])]
    date: Date
    version: Annotated[int, Field(description="Above 0: a correction", examples=[0])]
    due_date: Annotated[Date | None, Field(description="Null: nothing is owed")]
    days_past_due: Days
    bucket: Annotated[str, Field(description="Days past due", examples=["1-30"])]
    asset_class: AssetClassName
    outstanding: Amount
    provision: Amount


class CloseLines(Schema):
    data: list[CloseLine]
    has_more: Annotated[bool, Field(examples=[False])]


class CloseCorrection(Schema):
    """A line that was written again."""

    correction_id: Annotated[str, Field(examples=["7"])]
    loan_id: Hash
    reason: Annotated[Literal["reorg", "late_event"], Field(examples=["reorg"])]
    before: Annotated[dict[str, Any], Field(examples=[{"days_past_due": 1}])]
    after: Annotated[dict[str, Any], Field(examples=[{"days_past_due": 0}])]
    at: Time


class CorrectionPage(Schema):
    data: list[CloseCorrection]
    has_more: Annotated[bool, Field(examples=[False])]


class CaseStanding(Schema):
    """How the loan stood when it was last looked at."""

    date: Date
    days_past_due: Days
    due: Amount
    outstanding: Amount
    cure_pct: Annotated[
        str, Field(description="Probability that it is current again soon", examples=["62.5"])
    ]
    expected: Annotated[Amount, Field(description="`due` times that: the order of the queue")]


class Suggestion(Schema):
    """What early warning suggests."""

    action: Annotated[ActionName, Field(examples=["call"])]
    text: ReasonText


class Collection(Schema):
    """A case."""

    collection_id: CollectionId
    loan_id: Hash
    token: Address
    borrower: Address
    state: Annotated[CaseState, Field(examples=["open"])]
    cause: Annotated[Literal["trigger", "person"], Field(examples=["trigger"])]
    triggers: Annotated[
        list[str], Field(description="Rules of early warning", examples=[["late_30"]])
    ]
    urgency: Annotated[int, Field(description="1 is most", examples=[1])]
    suggestion: Suggestion | None
    assignee: SubjectId | None
    agency: Annotated[str | None, Field(examples=["north"])]
    standing: CaseStanding
    opened_at: Time
    closed_at: Time | None
    closure: Annotated[str | None, Field(description="Why it was closed", examples=["cured"])]


class CollectionPage(Schema):
    data: list[Collection]
    has_more: Annotated[bool, Field(examples=[False])]


class CaseToken(Schema):
    """Cases that run in one token."""

    token: Token
    cases: Annotated[int, Field(examples=[12])]
    oldest_at: Time


class CaseTokens(Schema):
    data: list[CaseToken]


class Contact(Schema):
    """One contact; `words` as long as the borrower's data is not erased."""

    contact_id: Annotated[str, Field(examples=["contact_mfrggzdfmztwq2lknnwg23tpoa"])]
    collector: SubjectId
    direction: Annotated[Literal["out", "in"], Field(examples=["out"])]
    channel: Annotated[Channel, Field(examples=["call"])]
    outcome: Annotated[ContactOutcome, Field(examples=["reached"])]
    words: Annotated[str | None, Field(examples=["Was ill, pays on Friday."])]
    at: Time


class CaseAction(Schema):
    """Something that was done."""

    action: Annotated[ActionName, Field(examples=["call"])]
    actor: SubjectId
    at: Time


class Promise(Schema):
    """A promise to pay; whether it was kept is what the chain says."""

    promise_id: PromiseId
    loan_id: Hash
    amount: Amount
    due_date: Date
    state: Annotated[Literal["open", "kept", "broken", "withdrawn"], Field(examples=["open"])]
    paid: Annotated[Amount, Field(description="By the borrower since, in time")]
    made_at: Time
    decided_on: Annotated[Date | None, Field(description="Business date of the close that said it")]


class PromisePage(Schema):
    data: list[Promise]
    has_more: Annotated[bool, Field(examples=[False])]


class CaseFile(Schema):
    """A case with all that was done in it."""

    case: Collection
    contacts: list[Contact]
    actions: list[CaseAction]
    promises: list[Promise]
    disputes: list[Dispute]
    history: Annotated[
        list[TrailStep], Field(description="What the audit trail says of the case, oldest first")
    ]


class TrailStep(Schema):
    """An entry of the audit trail."""

    number: Annotated[int, Field(description="In the trail", examples=[71])]
    at: Time
    actor: Annotated[str, Field(examples=["service"])]
    act: Annotated[str, Field(examples=["open_collection"])]
    purpose: Annotated[str, Field(examples=[""])]


class Dispute(Schema):
    """A dispute about a loan, or a complaint about us."""

    dispute_id: DisputeId
    kind: Annotated[DisputeKind, Field(examples=["dispute"])]
    topic: Annotated[Topic, Field(examples=["amount"])]
    loan_id: Hash | None
    subject: SubjectId
    state: Annotated[Literal["open", "answered", "withdrawn"], Field(examples=["open"])]
    outcome: Annotated[DisputeOutcome | None, Field(examples=[None])]
    text: Annotated[ReasonText | None, Field(description="The outcome in words")]
    due_date: Annotated[Date, Field(description="Business day by which it is to be answered")]
    overdue: Annotated[bool, Field(examples=[False])]
    filed_at: Time
    closed_at: Time | None


class DisputePage(Schema):
    data: list[Dispute]
    has_more: Annotated[bool, Field(examples=[False])]


class DisputeWords(Schema):
    """A matter with what was written in it; null once it was erased."""

    dispute: Dispute
    words: Annotated[str | None, Field(examples=["I paid on the 3rd."])]
    explanation: Annotated[str | None, Field(examples=["The payment came on the 5th."])]


class NewCollection(Schema):
    """Which loan."""

    loan_id: Hash


class Assignment(Schema):
    """To whom; null: to nobody."""

    assignee: Annotated[
        str | None,
        Field(pattern=r"^subject_[a-z2-7]{26}$", examples=["subject_mfrggzdfmztwq2lknnwg23tpoa"]),
    ]


class NewContact(Schema):
    """A contact that was made. What we begin (`out`) must be allowed at this moment."""

    direction: Annotated[Literal["out", "in"], Field(examples=["in"])]
    channel: Annotated[Channel, Field(examples=["call"])]
    outcome: Annotated[ContactOutcome, Field(examples=["reached"])]
    words: Annotated[Text | None, Field(examples=["Was ill, pays on Friday."])] = None


class NewAction(Schema):
    """What was done."""

    action: Annotated[ActionName, Field(examples=["offer_repair"])]


class NewPromise(Schema):
    """How much, and by when."""

    amount: MyAmount
    due_date: Date


class NewOwnPromise(NewPromise):
    """About which loan, how much, and by when."""

    loan_id: Hash


class HandOver(Schema):
    """To whom."""

    agency: Lender


class Closure(Schema):
    """Why a person closes a case."""

    reason: Annotated[
        Literal["repair_agreed", "written_off", "cured", "mistake"],
        Field(examples=["repair_agreed"]),
    ]


class NewDispute(Schema):
    """What about; a dispute is about a loan of one's own."""

    kind: Annotated[DisputeKind, Field(examples=["complaint"])]
    topic: Annotated[Topic, Field(examples=["conduct"])]
    loan_id: Annotated[Hash | None, Field(examples=[None])] = None
    words: Annotated[Text, Field(examples=["I was called at night."])]


class DisputeAnswer(Schema):
    """A person's answer."""

    outcome: Annotated[DisputeOutcome, Field(examples=["upheld"])]
    explanation: Annotated[Text, Field(examples=["We have told the collector."])]


class Group(Schema):
    """Cases of one kind: how many, and how many were current again."""

    cases: Annotated[int, Field(examples=[40])]
    cured: Annotated[int, Field(examples=[25])]


class Stratum(Schema):
    """Cases that were alike when they were opened."""

    urgency: Annotated[int, Field(examples=[1])]
    bucket: Annotated[str, Field(examples=["1-30"])]
    handled: Group
    unhandled: Group


class Effect(Schema):
    """What handling cases did, with the limits of the figure. Differences in percentage points."""

    strata: list[Stratum]
    cases: Annotated[int, Field(description="That were compared", examples=[80])]
    difference_pct: Annotated[str | None, Field(description="Handled less not", examples=["12.5"])]
    low_pct: Annotated[str | None, Field(description="Of 95 %", examples=["1.5"])]
    high_pct: Annotated[str | None, Field(description="Of 95 %", examples=["23.5"])]
    method: ReasonText
    limits: ReasonText


CaseFile.model_rebuild()
