"""What another policy would have made of applications that were decided already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tallystick.decisions.document import SCALE
from tallystick.decisions.engine import Outcome, judge
from tallystick.decisions.errors import InputsErased
from tallystick.decisions.releases import Bench
from tallystick.decisions.replay import REVIEW
from tallystick.decisions.sealed import RECORD, open_sealed
from tallystick.decisions.store import Decision
from tallystick.identity.rights.errors import ReadRefused
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import Vault
from tallystick.loans.offline.result import decimal
from tallystick.loans.recommend.schedule_json import percent_text


@dataclass
class Book:
    """What would be lent: count, hundredths, mean rate and expected loss by amount."""

    count: int = 0
    amount: int = 0
    interest: Fraction = Fraction(0)
    loss: Fraction = Fraction(0)

    def add(self, proposal: dict[str, Any], loss_pct: Fraction) -> None:
        amount = int(Fraction(proposal["amount"]) * 10**SCALE)
        self.count += 1
        self.amount += amount
        self.interest += amount * Fraction(proposal["annual_rate_pct"]) / 100
        self.loss += amount * loss_pct / 100

    def to_json(self) -> dict[str, Any]:
        mean = self.interest / self.amount if self.amount else Fraction(0)
        return {
            "approved": self.count,
            "amount": decimal(self.amount, SCALE),
            "mean_rate_pct": percent_text(mean, 4),
            "expected_loss": decimal(round(self.loss), SCALE),
        }


@dataclass
class WhatIf:
    """Then and now, side by side. `skipped` were erased, or must not be read."""

    decided: int = 0
    skipped: int = 0
    moves: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    then: Book = field(default_factory=Book)
    now: Book = field(default_factory=Book)

    def to_json(self) -> dict[str, Any]:
        return {
            "decided": self.decided,
            "skipped": self.skipped,
            "outcomes": dict(sorted(self.moves.items())),
            "reasons": dict(self.reasons.most_common()),
            "then": self.then.to_json(),
            "now": self.now.to_json(),
        }


def what_if(
    decisions: Iterable[Decision], bench: Bench, vault: Vault, rights: Rights, actor: str
) -> WhatIf:
    """Judges every case again by `bench`, its scorecard included; nothing is kept.

    Every read is in the trail. Cases of products that its catalogue lacks are skipped.
    """
    found = WhatIf()
    for decision in decisions:
        if decision.product not in bench.catalogue.products:
            found.skipped += 1
            continue
        try:
            rights.admit(actor, decision.subject, RECORD, REVIEW)
            sealed = open_sealed(vault, decision)
        except (InputsErased, ReadRefused):
            found.skipped += 1
            continue
        case, before = sealed.read_case(), sealed.read_outcome()
        product = bench.catalogue.products[case.product]
        outcome = judge(case, bench.scorer.score(case, product), bench.catalogue, bench.policy)
        _count(found, before, outcome)
    return found


def _count(found: WhatIf, before: dict[str, Any], outcome: Outcome) -> None:
    after = outcome.to_json()
    found.decided += 1
    found.moves[f"{before['outcome']} to {after['outcome']}"] += 1
    found.reasons.update(each["code"] for each in after["reasons"])
    for book, told in ((found.then, before), (found.now, after)):
        if told["outcome"] == "approve":
            loss = Fraction(told["price"]["expected_loss_pct"])
            book.add(told["proposal"], loss)
