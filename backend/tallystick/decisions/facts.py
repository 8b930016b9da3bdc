"""What decision tables may ask about: the names of all facts, and their values for one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal

from tallystick.decisions.case import Case
from tallystick.decisions.catalogue import Catalogue
from tallystick.decisions.document import SCALE
from tallystick.decisions.table import Fact, Kind
from tallystick.intake.features import StatementFeatures
from tallystick.loans.offline.result import decimal
from tallystick.wallets.credit import CreditHistory

BOOKS = (
    "loans",
    "active",
    "closed",
    "months_known",
    "dues",
    "late_dues",
    "worst_days_late",
    "days_late_now",
    "repairs",
    "losses",
)
"""Facts from our own books; `tallystick.decisions.books` says what each counts."""

BANK = (
    "statements",
    *(each.name for each in fields(StatementFeatures)),
    "wrong_balances",
    "repeats",
    "longest_gap",
    "days_old",
    "income_gap_pct",
)
"""Facts from bank statements; `tallystick.decisions.bank` says what each is."""
CHAIN = tuple(name.removeprefix("chain_") for name in CreditHistory().features())
"""Facts from the credit history on all chains; `docs/wallets.md` says what each is."""
WALLET: dict[str, Kind] = {
    "kind": "text",
    "nonce": "number",
    "age_days": "number",
    "has_native": "number",
    "token_balance": "number",
}
"""Facts of the borrowing wallet, its balance in whole currency."""

_BOOKS: dict[str, Kind] = {f"books.{name}": "number" for name in BOOKS}
_ALWAYS: dict[str, Kind] = {
    "product": "text",
    "segment": "text",
    "purpose": "text",
    "jurisdiction": "text",
    "amount": "number",
    "term": "number",
    "kyc_level": "number",
    "kyc_needed": "number",
    "documents_missing": "number",
    "quality_issues": "number",
    "exposure": "number",
    "pd_pct": "number",
    "score": "number",
    **_BOOKS,
    **{f"bank.{name}": "number" for name in BANK},
    **{f"chain.{name}": "number" for name in CHAIN},
    **{f"wallet.{name}": kind for name, kind in WALLET.items()},
}
_PRICED: dict[str, Kind] = {"grade": "text"}
_OFFERED: dict[str, Kind] = {"offered": "number", "rate_pct": "number", "repayments": "number"}


def known_facts(catalogue: Catalogue, *, stage: int = 0) -> dict[str, Kind]:
    """Facts and their kinds: 0 before the grade is known, 1 after it, 2 with an offer at hand."""
    known: dict[str, Kind] = {**_ALWAYS, **catalogue.declared, **catalogue.shared}
    if stage >= 1:
        known |= _PRICED
    if stage >= 2:
        known |= _OFFERED
    return known


def facts_of(
    case: Case, catalogue: Catalogue, pd: Decimal | None, score: int | None
) -> dict[str, Fact]:
    """The facts of a case. Amounts in whole currency, `pd` a share of one."""
    product, known = catalogue.products[case.product], known_facts(catalogue)
    facts: dict[str, Fact] = dict.fromkeys(known)
    facts |= {
        "product": case.product,
        "segment": product.segment,
        "purpose": case.purpose,
        "jurisdiction": case.jurisdiction,
        "amount": whole(case.amount),
        "term": case.term,
        "kyc_level": case.kyc_level,
        "kyc_needed": product.kyc_number(),
        "documents_missing": len(missing_documents(case, catalogue)),
        "quality_issues": len(case.quality),
        "exposure": whole(case.exposure.subject),
        "pd_pct": None if pd is None else pd * 100,
        "score": score,
    }
    for name in BOOKS:
        facts[f"books.{name}"] = case.books.get(name)
    for name, field in product.fields.items():
        value = case.declared.get(name)
        numeric = value is not None and field.kind == "numeric"
        facts[f"declared.{name}"] = Decimal(value or "0") if numeric else value
    facts["bank.statements"] = 0
    groups = ("bank", case.bank), ("chain", case.chain), ("wallet", case.wallet)
    for group, values in (*groups, ("signal", case.signals)):
        facts |= _told(group, values, known)
    return facts


def _told(
    group: str, values: Mapping[str, str | None], known: Mapping[str, Kind]
) -> dict[str, Fact]:
    """Facts of one group; what this release does not know is left out."""
    found: dict[str, Fact] = {}
    for name, value in values.items():
        kind = known.get(f"{group}.{name}")
        if kind is not None:
            number = kind == "number" and value is not None
            found[f"{group}.{name}"] = Decimal(str(value)) if number else value
    return found


def missing_documents(case: Case, catalogue: Catalogue) -> list[str]:
    """Documents that product and purpose ask for and the application does not have."""
    product, purpose = catalogue.products[case.product], catalogue.purposes[case.purpose]
    wanted = dict.fromkeys((*product.documents, *purpose.documents))
    return [name for name in wanted if name not in case.documents]


def whole(amount: int) -> Decimal:
    """Hundredths as money."""
    return Decimal(decimal(amount, SCALE))
