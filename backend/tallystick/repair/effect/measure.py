"""The figures: rates with Wilson intervals, loss avoided with a seeded bootstrap."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tallystick.loans.fold import LoanState
from tallystick.repair.effect.match import Pair, match
from tallystick.repair.effect.units import Past, Repaired, outcome, repaired

LITERATURE = {"success": 0.85, "repayment": 0.90, "overdue": 0.10, "redefault": 0.05}
"""What a programme of credit repair is said to reach."""
_Z = 1.959963984540054
_DRAWS = 2000
_LEAST_PAIRS = 2


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `of`, with the bounds of a 95 % Wilson interval; None where there is nothing."""

    hits: int
    of: int
    low: float | None = None
    high: float | None = None

    @classmethod
    def wilson(cls, hits: int, of: int) -> Rate:
        """The interval of a proportion, good for few and for extreme ones."""
        if not of:
            return cls(0, 0)
        p, z2 = hits / of, _Z * _Z
        centre = (p + z2 / (2 * of)) / (1 + z2 / of)
        half = _Z * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of)) / (1 + z2 / of)
        return cls(hits, of, max(centre - half, 0.0), min(centre + half, 1.0))

    @property
    def value(self) -> float | None:
        """The proportion."""
        return self.hits / self.of if self.of else None

    def to_json(self) -> dict[str, Any]:
        """Everything, rounded to six decimals."""
        members = {"value": self.value, "low": self.low, "high": self.high}
        rounded = {
            name: None if number is None else round(number, 6) for name, number in members.items()
        }
        return {"hits": self.hits, "of": self.of} | rounded


@dataclass(frozen=True, slots=True)
class Avoided:
    """Loss over outstanding, of pairs: repaired, like ones, and the difference with a 95 %
    interval of the bootstrap over pairs; None with fewer than two pairs."""

    pairs: int
    treated: float | None
    control: float | None
    difference: float | None
    low: float | None
    high: float | None
    amounts: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Rates rounded to six decimals; `amounts` avoided by token, base units."""
        names = ("treated", "control", "difference", "low", "high")
        numbers = {name: getattr(self, name) for name in names}
        rounded = {
            name: None if number is None else round(number, 6) for name, number in numbers.items()
        }
        amounts = {token: str(amount) for token, amount in self.amounts.items()}
        return {"pairs": self.pairs} | rounded | {"amounts": amounts}


@dataclass(frozen=True, slots=True)
class Effect:
    """The whole report. `control_success` and `control_redefault` are of the like loans; `balance`
    holds standardised differences of means, before matching and after."""

    day: int
    horizon: int
    loans: int
    repaired: int
    unmatched: int
    rates: dict[str, Rate]
    control: dict[str, Rate]
    avoided: Avoided
    balance: dict[str, tuple[float | None, float | None]]

    def to_json(self) -> dict[str, Any]:
        """The report with the literature's figures beside."""
        return {
            "day": self.day,
            "horizon_days": self.horizon,
            "loans": self.loans,
            "repaired": self.repaired,
            "matched": self.avoided.pairs,
            "unmatched": self.unmatched,
            "rates": {
                name: rate.to_json() | {"literature": LITERATURE.get(name)}
                for name, rate in self.rates.items()
            },
            "comparison": {name: rate.to_json() for name, rate in self.control.items()},
            "loss": self.avoided.to_json(),
            "balance": {
                name: {"before": before, "after": after}
                for name, (before, after) in self.balance.items()
            },
        }


def measure(loans: Iterable[LoanState], day: int, horizon: int, seed: int = 1) -> Effect:
    """The effect of repairs as of `day`, over `horizon` days after each; the same loans and seed
    give the same report."""
    pasts = [Past.of(loan) for loan in loans]
    treated = list(repaired(pasts, day, horizon))
    pairs = match(treated, pasts, day, horizon)
    after = [outcome(one.unit, horizon) for one in treated]
    beside = [outcome(pair.control, horizon) for pair in pairs]
    rows_due = sum(one.rows_due for one in treated)
    rows_late = sum(one.rows_late for one in treated)
    return Effect(
        day=day,
        horizon=horizon,
        loans=len(pasts),
        repaired=len(treated),
        unmatched=len(treated) - len(pairs),
        rates={
            "success": Rate.wilson(sum(one.good for one in after), len(after)),
            "repayment": Rate.wilson(rows_due - rows_late, rows_due),
            "overdue": Rate.wilson(rows_late, rows_due),
            "redefault": Rate.wilson(sum(one.bad for one in after), len(after)),
        },
        control={
            "success": Rate.wilson(sum(one.good for one in beside), len(beside)),
            "redefault": Rate.wilson(sum(one.bad for one in beside), len(beside)),
        },
        avoided=_avoided(pairs, horizon, seed),
        balance=_balance(treated, pairs, pasts),
    )


def _avoided(pairs: Sequence[Pair], horizon: int, seed: int) -> Avoided:
    if len(pairs) < _LEAST_PAIRS:
        return Avoided(len(pairs), None, None, None, None, None)
    losses = [
        (
            outcome(pair.treated.unit, horizon).lost / max(pair.treated.unit.outstanding, 1),
            outcome(pair.control, horizon).lost / max(pair.control.outstanding, 1),
        )
        for pair in pairs
    ]
    chance = random.Random(seed)  # noqa: S311 - a bootstrap, repeatable on purpose
    draws = sorted(
        _mean([control - treated for treated, control in chance.choices(losses, k=len(losses))])
        for _ in range(_DRAWS)
    )
    amounts: dict[str, int] = {}
    for pair, (treated, control) in zip(pairs, losses, strict=True):
        token = pair.treated.unit.past.loan.agreement.token
        saved = round((control - treated) * pair.treated.unit.outstanding)
        amounts[token] = amounts.get(token, 0) + saved
    return Avoided(
        len(pairs),
        _mean([treated for treated, _ in losses]),
        _mean([control for _, control in losses]),
        _mean([control - treated for treated, control in losses]),
        draws[int(0.025 * _DRAWS)],
        draws[int(0.975 * _DRAWS)],
        amounts,
    )


def _balance(
    treated: Sequence[Repaired], pairs: Sequence[Pair], pasts: Sequence[Past]
) -> dict[str, tuple[float | None, float | None]]:
    """How unlike the groups are in size and share outstanding: all other loans, and like ones."""
    mine = [one.unit for one in treated]
    repaired_ids = {one.past.loan.loan_id for one in mine}
    others = [past for past in pasts if past.loan.loan_id not in repaired_ids]
    sizes = [math.log(unit.principal) for unit in mine]
    return {
        "log_principal": (
            _unlike(sizes, [math.log(past.loan.original.principal) for past in others]),
            _unlike(
                [math.log(pair.treated.unit.principal) for pair in pairs],
                [math.log(pair.control.principal) for pair in pairs],
            ),
        ),
        "outstanding_share": (
            None,
            _unlike(
                [pair.treated.unit.share for pair in pairs],
                [pair.control.share for pair in pairs],
            ),
        ),
        "days_past_due": (
            None,
            _unlike(
                [float(pair.treated.unit.late) for pair in pairs],
                [float(pair.control.late) for pair in pairs],
            ),
        ),
    }


def _unlike(left: Sequence[float], right: Sequence[float]) -> float | None:
    if len(left) < _LEAST_PAIRS or len(right) < _LEAST_PAIRS:
        return None
    spread = math.sqrt((_variance(left) + _variance(right)) / 2)
    apart = _mean(left) - _mean(right)
    if spread == 0:
        return 0.0 if apart == 0 else None
    return round(apart / spread, 6)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)
