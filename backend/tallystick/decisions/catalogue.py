"""The product catalogue: what is lent, to whom, for what, within which bounds."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tallystick.decisions.document import Document, Label, Money, Name, Percent, Text
from tallystick.identity.rights.purposes import PURPOSES, Basis
from tallystick.intake.signals import Signal
from tallystick.loans.kinds import Amortization

PLANS = {
    "equal_installments": Amortization.LEVEL,
    "equal_principal": Amortization.EQUAL_PRINCIPAL,
    "interest_only": Amortization.INTEREST_ONLY,
    "bullet": Amortization.BULLET,
    "custom": Amortization.CUSTOM,
}
"""Plans of the recommender that an agreement can state."""

PlanName = Literal["equal_installments", "equal_principal", "interest_only", "bullet", "custom"]
Segment = Literal["salaried", "micro_enterprise", "farmer", "high_net_worth"]
Grade = Annotated[str, Field(pattern=r"^[A-Z]$")]
Source = Annotated[
    str,
    Field(
        pattern=r"^(declared|books|request|bank|chain|wallet|signal)\.[a-z][a-z0-9_]*$"
        r"|^constant\..{1,64}$"
    ),
]
KYC_LEVELS = ("none", "declared", "basic", "verified", "enhanced")
"""In order: what was said and not checked is `declared`; the rest is attested by an issuer."""


class Cap(Document):
    """What the law of a jurisdiction allows, per cent a year, and where that stands.

    `annual_rate_pct` bounds the nominal rate, `annual_cost_pct` the effective one.
    """

    annual_rate_pct: Percent
    annual_cost_pct: Percent | None = None
    penalty_rate_pct: Percent
    source: Text


class Purpose(Document):
    """What the money is for; `discount_pct` a year off the rate, for which `documents` vouch."""

    label: Label
    discount_pct: Percent = Decimal(0)
    documents: tuple[Name, ...] = ()


class InputField(Document):
    """One thing an applicant declares.

    Numbers outside `least` to `most` are refused; outside `usual` they are noted. A field that is
    not `required` may be left out. `levels` says of each what the scorecard calls it.
    """

    kind: Literal["numeric", "categorical"]
    label: Label
    required: bool = True
    least: Decimal | None = None
    most: Decimal | None = None
    usual: tuple[Decimal, Decimal] | None = None
    levels: dict[Name, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        numeric = self.kind == "numeric"
        if numeric and self.levels:
            raise ValueError("a number has no levels")
        if not numeric and (not self.levels or self.usual or self.least is not None):
            raise ValueError("a categorical field lists its levels and nothing else")
        return self


class Amounts(Document):
    """From `least` to `most`, in whole `step`s."""

    least: Money
    most: Money
    step: Money

    @model_validator(mode="after")
    def _order(self) -> Self:
        if not 0 < self.step <= self.least <= self.most:
            raise ValueError("needs 0 < step <= least <= most")
        return self


class Terms(Document):
    """How many repayments, how far apart."""

    least: Annotated[int, Field(ge=1, le=120)]
    most: Annotated[int, Field(ge=1, le=120)]
    frequency: Literal["weeks", "months"] = "months"
    every: Annotated[int, Field(ge=1, le=12)] = 1

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.least > self.most:
            raise ValueError("needs least <= most")
        return self


class Band(Document):
    """The rates a grade may be offered, per cent a year."""

    least_pct: Percent
    most_pct: Percent


class Product(Document):
    """One product. `grid` says which grades it is for; `score` fills columns of the scorecard from
    declared fields, our own books, the request, bank statements, the chain, the wallet, signals, or
    a constant."""

    label: Label
    segment: Segment
    purposes: Annotated[tuple[Name, ...], Field(min_length=1)]
    jurisdictions: Annotated[tuple[str, ...], Field(min_length=1)]
    amount: Amounts
    term: Terms
    plans: Annotated[tuple[PlanName, ...], Field(min_length=1)]
    grace_on_principal: tuple[Annotated[int, Field(ge=0, le=24)], ...] = (0,)
    grid: Annotated[dict[Grade, Band], Field(min_length=1)]
    kyc_level: Literal["none", "declared", "basic", "verified", "enhanced"]
    documents: tuple[Name, ...] = ()
    fields: Annotated[dict[Name, InputField], Field(min_length=1)]
    score: Annotated[dict[str, Source], Field(min_length=1)]

    @model_validator(mode="after")
    def _sources(self) -> Self:
        for column, source in self.score.items():
            where, _, name = source.partition(".")
            if where == "declared" and name not in self.fields:
                raise ValueError(f"score.{column}: there is no field {name}")
            if where == "request" and name not in REQUEST_FACTS:
                raise ValueError(f"score.{column}: {name} is not part of a request")
        return self

    def kyc_number(self) -> int:
        """The level as a number, 0 for none."""
        return KYC_LEVELS.index(self.kyc_level)


REQUEST_FACTS = ("amount", "term", "purpose")


class Catalogue(Document):
    """All products, and what they refer to. Amounts are in the `currency` (ISO 4217), with two
    decimals; without one, amounts of bank statements count for nothing. `signals` are what
    applicants may share, each under the consent that it names."""

    version: Annotated[int, Field(ge=1)]
    currency: Annotated[str | None, Field(pattern=r"^[A-Z]{3}$")] = None
    signals: dict[Name, Signal] = Field(default_factory=dict)
    segments: dict[Segment, Label]
    purposes: dict[Name, Purpose]
    jurisdictions: dict[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], Cap]
    documents: dict[Name, Label]
    products: Annotated[dict[Name, Product], Field(min_length=1)]

    @model_validator(mode="after")
    def _refers(self) -> Self:
        for name, product in self.products.items():
            for listed, known, what in (
                (product.purposes, self.purposes, "purpose"),
                (product.jurisdictions, self.jurisdictions, "jurisdiction"),
                (product.documents, self.documents, "document"),
                ((product.segment,), self.segments, "segment"),
            ):
                for item in listed:
                    if item not in known:
                        raise ValueError(f"products.{name}: there is no {what} {item}")
        for purpose in self.purposes.values():
            for item in purpose.documents:
                if item not in self.documents:
                    raise ValueError(f"purposes: there is no document {item}")
        return self

    @model_validator(mode="after")
    def _shares(self) -> Self:
        for name, signal in self.signals.items():
            asked = PURPOSES.get(signal.consent)
            if asked is None or asked.basis is not Basis.CONSENT:
                raise ValueError(f"signals.{name}: nobody can consent to {signal.consent}")
        for name, product in self.products.items():
            for column, source in product.score.items():
                where, _, item = source.partition(".")
                if where == "signal" and item not in self.signals:
                    raise ValueError(f"products.{name}.score.{column}: there is no signal {item}")
        return self

    @cached_property
    def shared(self) -> dict[str, Literal["number", "text"]]:
        """The kind of every signal."""
        return {
            f"signal.{name}": "number" if signal.kind == "numeric" else "text"
            for name, signal in self.signals.items()
        }

    @cached_property
    def declared(self) -> dict[str, Literal["number", "text"]]:
        """The kind of every declared field. Raises ValueError where two products differ."""
        kinds: dict[str, Literal["number", "text"]] = {}
        for product in self.products.values():
            for name, field in product.fields.items():
                kind: Literal["number", "text"] = "number" if field.kind == "numeric" else "text"
                if kinds.setdefault(f"declared.{name}", kind) != kind:
                    raise ValueError(f"{name} is a number in one product and a text in another")
        return kinds
