"""A policy's own cases: it must decide every one right before it may be released."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tallystick.decisions.case import Case, Exposure, Hit, Issue, Ledger, Standing
from tallystick.decisions.catalogue import Catalogue
from tallystick.decisions.document import hundredths
from tallystick.decisions.engine import PPM, Outcome, Scored, judge
from tallystick.decisions.errors import DocumentInvalid
from tallystick.decisions.facts import BOOKS, known_facts
from tallystick.decisions.policy import Example, Policy
from tallystick.decisions.standing import standing_of
from tallystick.decisions.words import number
from tallystick.wallets.credit import CreditHistory

_AT = 1_768_435_200
"""2026-01-15: the day of every example."""
_NO_CHAIN = {
    name.removeprefix("chain_"): value for name, value in CreditHistory().features().items()
}
_FIRST_MONTH = 2026 * 12 + 1


def run_examples(policy: Policy, catalogue: Catalogue) -> int:
    """How many cases there are. Raises `DocumentInvalid` for the first that comes out otherwise."""
    for example in policy.cases:
        outcome = judge(case_of(example, catalogue, policy), _scored(example), catalogue, policy)
        found, wanted = _told(outcome), example.expect.model_dump(exclude_none=True)
        for member, value in wanted.items():
            if found[member] != value:
                rule = f"{member} should be {_shown(value)}, is {_shown(found[member])}"
                raise DocumentInvalid(f"cases.{example.name}", rule)
    return len(policy.cases)


def case_of(example: Example, catalogue: Catalogue, policy: Policy) -> Case:
    """The whole case that an example states in short. Raises `DocumentInvalid`."""
    product = catalogue.products.get(example.product)
    if product is None or example.purpose not in product.purposes:
        raise DocumentInvalid(f"cases.{example.name}", "there is no such product and purpose")
    if example.jurisdiction not in product.jurisdictions:
        raise DocumentInvalid(f"cases.{example.name}", f"is not lent in {example.jurisdiction}")
    known = known_facts(catalogue)
    for group in ("bank", "chain", "wallet", "signals"):
        for each in getattr(example, group):
            if f"{group.removesuffix('s')}.{each}" not in known:
                raise DocumentInvalid(f"cases.{example.name}.{group}", f"there is no fact {each}")
    documents = example.documents
    if documents is None:
        documents = (*product.documents, *catalogue.purposes[example.purpose].documents)
    books: dict[str, int | None] = {**dict.fromkeys(BOOKS, 0), **example.books}
    owed = 0 if example.owed is None else hundredths(example.owed)
    standing = standing_of(books, policy)
    return Case(
        application_id="application_example",
        at=_AT,
        borrower="0x" + "11" * 20,
        consent="consent_example",
        product=example.product,
        purpose=example.purpose,
        jurisdiction=example.jurisdiction,
        amount=hundredths(example.amount),
        term=example.term,
        kyc_level=example.kyc_level,
        documents=dict.fromkeys(documents, "00" * 32),
        declared={**dict.fromkeys(product.fields), **example.declared},
        budget=_budget(example.free),
        books=books,
        exposure=Exposure(subject=owed, total=owed, segment=owed),
        standing=Standing(grade_shift=standing.grade_shift, limit_pct=standing.limit_pct),
        hits=tuple(
            Hit(rule="example", severity=severity, en="a check", zh="核查")
            for severity in example.hits
        ),
        quality=(Issue(field="example", code="unusual", en="unusual", zh="不同寻常"),)
        * example.quality_issues,
        ledger=Ledger(lender="0x" + "22" * 20, token="0x" + "33" * 20, decimals=6),
        bank=dict(example.bank),
        chain={name: number(value) for name, value in _NO_CHAIN.items()} | example.chain,
        wallet=dict(example.wallet),
        signals=dict(example.signals),
    )


def _budget(free: tuple[Decimal, ...]) -> dict[str, Any]:
    months = []
    for place, amount in enumerate(free):
        year, month = divmod(_FIRST_MONTH + place, 12)
        label = f"{year:04d}-{month + 1:02d}"
        months.append({"month": label, "income": str(amount), "expense": "0"})
    return {"repeats": True, "months": months}


def _scored(example: Example) -> Scored:
    return Scored(int(example.pd_pct * PPM / 100), None)


def _told(outcome: Outcome) -> dict[str, Any]:
    proposal = outcome.proposal
    shown = {} if proposal is None else proposal.to_json()
    return {
        "outcome": outcome.verdict,
        "grade": outcome.grade,
        "rate_pct": Decimal(shown["annual_rate_pct"]) if shown else None,
        "amount": Decimal(shown["amount"]) if shown else None,
        "plan": shown.get("amortization"),
        "reasons": tuple(each.code for each in outcome.reasons),
    }


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
