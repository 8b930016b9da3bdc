"""What an applicant says, checked against the product, with a report on its quality."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from tallystick.decisions.case import Issue
from tallystick.decisions.catalogue import Catalogue, InputField, Product
from tallystick.decisions.document import SCALE, hundredths
from tallystick.decisions.errors import ApplicationInvalid
from tallystick.loans.errors import InputInvalid
from tallystick.loans.recommend.parse import parse_recommend_input

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
STATEMENT = "bank_statement"
"""The document that is there once a statement was handed in, and read."""


@dataclass(frozen=True, slots=True)
class Application:
    """As it came in. Amounts and numbers are decimal texts; `documents` maps kinds to SHA-256;
    `attestations` are signed statements about the wallet as `IssuerGate` takes them, `devices`
    opaque ids of what it was sent from, `statements` ids of bank statements that were handed in,
    `signals` what is shared, as `tallystick.intake.signals` reads it."""

    product: str
    purpose: str
    jurisdiction: str
    amount: str
    term: int
    declared: dict[str, str]
    budget: dict[str, Any]
    documents: dict[str, str] = field(default_factory=dict)
    attestations: tuple[tuple[str, bytes], ...] = ()
    devices: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    signals: tuple[dict[str, Any], ...] = ()
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies: a subject, the wallet that will borrow, and all its wallets (EIP-55).

    `networks` are addresses that it came from; they leave the process only as blind indexes.
    """

    subject: str
    wallet: str
    wallets: tuple[str, ...]
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What a product makes of it: amount in hundredths, every field, what is unusual."""

    amount: int
    declared: dict[str, str | None]
    quality: tuple[Issue, ...]


def check(application: Application, catalogue: Catalogue, today: date) -> Checked:
    """Raises `ApplicationInvalid` with everything that is wrong."""
    product = catalogue.products.get(application.product)
    if product is None:
        raise ApplicationInvalid(("#/product", "is not in the catalogue"))
    faults = list(_faults(application, product, catalogue))
    declared: dict[str, str | None] = {}
    for name, wanted in product.fields.items():
        value = application.declared.get(name)
        rule = _field_fault(wanted, value)
        if rule is not None:
            faults.append((f"#/declared/{name}", rule))
        declared[name] = value
    faults += _budget_faults(application, product, today)
    if faults:
        raise ApplicationInvalid(*faults)
    return Checked(
        hundredths(Decimal(application.amount)), declared, tuple(_unusual(product, declared))
    )


def _faults(
    application: Application, product: Product, catalogue: Catalogue
) -> Iterator[tuple[str, str]]:
    if application.purpose not in product.purposes:
        yield "#/purpose", f"must be one of {', '.join(product.purposes)}"
    if application.jurisdiction not in product.jurisdictions:
        yield "#/jurisdiction", f"must be one of {', '.join(product.jurisdictions)}"
    term = product.term
    if not term.least <= application.term <= term.most:
        yield "#/term", f"must lie in {term.least}..{term.most}"
    yield from _amount_faults(application.amount, product)
    for name in application.declared.keys() - product.fields.keys():
        yield f"#/declared/{name}", "is not asked for by this product"
    for name, hash_ in application.documents.items():
        if name not in catalogue.documents:
            yield f"#/documents/{name}", "is no document of the catalogue"
        elif name == STATEMENT:
            yield f"#/documents/{name}", "is handed in by POST /v1/me/bank-statements"
        if not _SHA256.fullmatch(hash_):
            yield f"#/documents/{name}", "must be a SHA-256 in 64 hexadecimal digits"


def _amount_faults(text: str, product: Product) -> Iterator[tuple[str, str]]:
    bounds = product.amount
    amount = _number(text)
    if amount is None or amount != amount.quantize(Decimal(1).scaleb(-SCALE)):
        yield "#/amount", f"must be a decimal with at most {SCALE} places"
    elif not bounds.least <= amount <= bounds.most:
        yield "#/amount", f"must lie in {bounds.least}..{bounds.most}"
    elif amount % bounds.step:
        yield "#/amount", f"must be a multiple of {bounds.step}"


def _field_fault(wanted: InputField, value: str | None) -> str | None:
    if value is None:
        return "is missing" if wanted.required else None
    if wanted.kind == "categorical":
        known = ", ".join(wanted.levels)
        return None if value in wanted.levels else f"must be one of {known}"
    number = _number(value)
    if number is None:
        return "must be a decimal number"
    if wanted.least is not None and number < wanted.least:
        return f"must be at least {wanted.least}"
    if wanted.most is not None and number > wanted.most:
        return f"must be at most {wanted.most}"
    return None


def _budget_faults(
    application: Application, product: Product, today: date
) -> list[tuple[str, str]]:
    asked = {
        "principal": "1",
        "annual_rate_pct": "0",
        "disbursement_date": today.isoformat(),
        "frequency": product.term.frequency,
        "repay_every": product.term.every,
        "money_scale": SCALE,
        "max_share_pct": "100",
        "product": {
            "amortization": ["equal_principal"],
            "number_of_repayments": {"most": max(application.term, 1)},
        },
        "budget": application.budget,
    }
    if application.term > product.term.most:
        return []  # said already
    try:
        covered = parse_recommend_input(asked).product.most
    except InputInvalid as error:
        return [(f"#{error.pointer}", error.rule)]
    if covered < application.term:
        return [("#/budget/months", f"must reach all {application.term} repayments, or repeat")]
    return []


def _unusual(product: Product, declared: dict[str, str | None]) -> Iterator[Issue]:
    for name, wanted in product.fields.items():
        value = declared[name]
        if wanted.usual is None or value is None:
            continue
        low, high = wanted.usual
        if not low <= Decimal(value) <= high:
            yield Issue(
                field=name,
                code="unusual",
                en=f"{wanted.label.en}: {value} is outside the usual {low} to {high}",
                zh=f"{wanted.label.zh}:{value} 超出通常范围 {low} 至 {high}",
            )


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if _DECIMAL.fullmatch(text) else None
    except InvalidOperation:
        return None
