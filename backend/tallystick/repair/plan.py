"""A plan: what would be signed, to the unit, and what it means for both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

from tallystick.amendments.terms import Guaranty, NewTerms, amended_on, build_amendment, rows_after
from tallystick.decisions.document import canonical, digest
from tallystick.loans import ledger
from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import date_of, day_at, day_of
from tallystick.loans.debt import Owed, Split
from tallystick.loans.kinds import Amortization
from tallystick.loans.members import NO_HASH
from tallystick.repair.basis import Basis
from tallystick.repair.rules import Limits, Measure, Odds

Flow = tuple[int, int]
"""A day since 1970-01-01, and base units that the borrower pays on it."""
_YEAR = 365
_PRECISION = 34
_AS_AGREED = Decimal(1000)
"""No floor forbids a rate that is not lowered."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a plan does: new terms, an `amount` that settles everything, or, with neither, that
    what is overdue is paid by the `by` day. `start` is the day whose terms they are."""

    measure: Measure
    start: int
    until: int
    terms: NewTerms | None = None
    amount: int | None = None
    by: int | None = None
    lessons: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Every member, for storing and hashing."""
        return {
            "measure": self.measure.value,
            "start": date_of(self.start).isoformat(),
            "until": self.until,
            "terms": None if self.terms is None else _terms_json(self.terms),
            "amount": None if self.amount is None else str(self.amount),
            "by": None if self.by is None else date_of(self.by).isoformat(),
            "lessons": list(self.lessons),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Proposal:
        """The inverse of `to_json`."""
        by, amount, terms = data["by"], data["amount"], data["terms"]
        return cls(
            Measure(data["measure"]),
            day_of(date.fromisoformat(data["start"])),
            data["until"],
            None if terms is None else _terms_from(terms),
            None if amount is None else int(amount),
            None if by is None else day_of(date.fromisoformat(by)),
            tuple(data["lessons"]),
        )

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal: what both sides, and two people of one side, agree to."""
        return digest(canonical(self.to_json()))


@dataclass(frozen=True, slots=True)
class Effect:
    """What a plan means. Amounts in base units.

    `flows` is what the borrower pays and when, `monthly` the most of any month; `npv` is what the
    lender can expect of it today, `npv_without` what it can expect without a plan.
    """

    flows: tuple[Flow, ...]
    forgiven: Split
    balance: int
    monthly: int
    total: int
    npv: int
    npv_without: int

    def to_json(self) -> dict[str, Any]:
        """Amounts as decimal strings, days as ISO dates."""
        return {
            "rows": [[date_of(day).isoformat(), str(amount)] for day, amount in self.flows],
            "forgiven": {
                name: str(getattr(self.forgiven, name))
                for name in ("penalty", "interest", "principal")
            },
            "balance": str(self.balance),
            "monthly": str(self.monthly),
            "total": str(self.total),
            "npv": str(self.npv),
            "npv_without": str(self.npv_without),
        }


def signed_terms(basis: Basis, proposal: Proposal) -> Agreement:
    """The agreement that a proposal of new terms would have the parties sign, nonces and plan hash
    aside. Raises `TermsInvalid`, `LoanClosed`."""
    if proposal.terms is None:
        raise ValueError("the proposal has no new terms")
    agreement, _ = build_amendment(
        basis.loan, proposal.terms, NO_HASH, proposal.until, basis.now, date_of(proposal.start)
    )
    return agreement


def outcome_of(basis: Basis, proposal: Proposal) -> tuple[list[Flow], Split, int]:
    """What the borrower pays if the plan takes effect today, what is forgiven, and the principal
    that is owed from then on: the book's own arithmetic. Raises `TermsInvalid`, `LoanClosed`."""
    loan = basis.loan
    if proposal.terms is not None:
        agreement, amendment = build_amendment(
            loan, proposal.terms, NO_HASH, proposal.until, basis.now, date_of(proposal.start)
        )
        state, forgiven = amended_on(loan, agreement, amendment, basis.day)
        flows = [(row.due, row.unpaid) for row in rows_after(agreement, state)]
        return flows, forgiven, state.debt.balance
    if proposal.amount is not None:
        _, taken, forgiven = ledger.settle(loan.agreement, loan.stored, basis.day, proposal.amount)
        return [(day_at(proposal.until), taken.total)], forgiven, 0
    return _as_agreed(basis, proposal.by or basis.day), Split(), basis.today.outstanding


def effect_of(basis: Basis, proposal: Proposal, odds: Odds, discount_pct: Decimal) -> Effect:
    """The effect if the plan takes effect today. Raises `TermsInvalid`, `LoanClosed`."""
    flows, forgiven, balance = outcome_of(basis, proposal)
    value = Value(basis.day, discount_pct)
    owed = _everything(basis.today)
    recovery = (odds.recovery_pct, odds.recovery_months)
    return Effect(
        flows=tuple(flows),
        forgiven=forgiven,
        balance=balance,
        monthly=max(by_month(flows).values(), default=0),
        total=sum(amount for _, amount in flows),
        npv=value.expected(flows, odds.plan_kept_pct, (balance or owed, *recovery)),
        npv_without=value.expected(
            _as_agreed(basis, basis.day), odds.paid_without_pct, (owed, *recovery)
        ),
    )


def by_month(flows: list[Flow]) -> dict[int, int]:
    """What falls into each month, numbered as `tallystick.loans.recommend.terms.month_of` does."""
    months: dict[int, int] = {}
    for day, amount in flows:
        when = date_of(day)
        month = 12 * when.year + when.month - 1
        months[month] = months.get(month, 0) + amount
    return months


@dataclass(frozen=True, slots=True)
class Value:
    """Money that comes later, valued on `day` at `discount_pct` a year."""

    day: int
    discount_pct: Decimal

    def present(self, flows: list[Flow]) -> Decimal:
        """Sum of amount / (1 + d) ** (days / 365)."""
        with localcontext() as context:
            context.prec = _PRECISION
            factor = 1 + self.discount_pct / 100
            return sum(
                (amount / factor ** (Decimal(day - self.day) / _YEAR) for day, amount in flows),
                Decimal(0),
            )

    def expected(
        self, flows: list[Flow], kept_pct: Decimal, otherwise: tuple[int, Decimal, int]
    ) -> int:
        """`flows` with probability `kept_pct`; else a share of what is owed, months later."""
        owed, recovery_pct, months = otherwise
        later = self.day + months * _YEAR // 12
        with localcontext() as context:
            context.prec = _PRECISION
            kept = kept_pct / 100 * self.present(flows)
            recovered = self.present([(later, owed)]) * recovery_pct / 100
            whole = kept + (1 - kept_pct / 100) * recovered
            return int(whole.quantize(Decimal(1), ROUND_HALF_EVEN))


def asks(basis: Basis, proposal: Proposal) -> Limits:
    """What a proposal asks of the lender, in the terms of the rules' limits, exactly."""
    before, last = basis.loan.agreement, basis.last
    owed = _everything(last)
    none = Limits(rows=1, rate_floor_pct=_AS_AGREED)
    if proposal.amount is not None:
        return none.model_copy(update={"settle_pct": _share(proposal.amount, owed)})
    if proposal.terms is None:
        return none
    terms = proposal.terms
    skipped = sum(1 for skip in range(1, 121) if basis.first_due(skip) <= terms.first_due)
    interest = last.due.interest + last.accrued
    return Limits.model_construct(
        rows=terms.count,
        holiday=max(skipped, terms.grace_interest),
        rate_cut_pct=max(_pct(before.annual_rate - terms.annual_rate), Decimal(0)),
        rate_floor_pct=_pct(terms.annual_rate)
        if terms.annual_rate < before.annual_rate
        else _AS_AGREED,
        waive_penalty_pct=_share(min(terms.waived.penalty, last.due.penalty), last.due.penalty),
        waive_interest_pct=_share(min(terms.waived.interest, interest), interest),
        waive_principal_pct=_share(terms.waived.principal, last.outstanding),
        settle_pct=Decimal(100),
    )


def _as_agreed(basis: Basis, by: int) -> list[Flow]:
    """What is due by `by`, with its penalty, and every later row."""
    owed = ledger.owed_at(basis.loan.agreement, basis.loan.stored, max(by, basis.day))
    flows = [(max(by, basis.day), owed.due.total)] if owed.due.total else []
    return flows + [(row.due, row.unpaid) for row in basis.rows if row.due > max(by, basis.day)]


def _everything(owed: Owed) -> int:
    return owed.due.total + owed.accrued + owed.outstanding - owed.due.principal


def _pct(rate: int) -> Decimal:
    return Decimal(rate) / (RATE_SCALE // 100)


def _share(part: int, whole: int) -> Decimal:
    """Per cent, exact to a ten-millionth and never rounded down."""
    if not whole:
        return Decimal(0) if not part else Decimal(100)
    return Decimal(-(-part * 10**9 // whole)) / 10**7


def _terms_json(terms: NewTerms) -> dict[str, Any]:
    guaranty = terms.guaranty
    return {
        "annual_rate": str(terms.annual_rate),
        "count": terms.count,
        "first_due": terms.first_due.isoformat(),
        "due_day": terms.due_day,
        "amortization": terms.amortization.label,
        "grace_principal": terms.grace_principal,
        "grace_interest": terms.grace_interest,
        "waived": {
            name: str(getattr(terms.waived, name)) for name in ("penalty", "interest", "principal")
        },
        "capitalise": terms.capitalise,
        "watch_rows": terms.watch_rows,
        "reason": terms.reason,
        "guaranty": None
        if guaranty is None
        else {
            "guarantor": guaranty.guarantor,
            "guaranteed": str(guaranty.guaranteed),
            "days": guaranty.days,
        },
    }


def _terms_from(data: dict[str, Any]) -> NewTerms:
    guaranty = data["guaranty"]
    terms = NewTerms(
        annual_rate=int(data["annual_rate"]),
        count=data["count"],
        first_due=date.fromisoformat(data["first_due"]),
        amortization=Amortization.from_label(data["amortization"]),
        due_day=data["due_day"],
        grace_principal=data["grace_principal"],
        grace_interest=data["grace_interest"],
        waived=Split(**{name: int(amount) for name, amount in data["waived"].items()}),
        capitalise=data["capitalise"],
        watch_rows=data["watch_rows"],
        reason=data["reason"],
    )
    if guaranty is None:
        return terms
    given = Guaranty(guaranty["guarantor"], int(guaranty["guaranteed"]), guaranty["days"])
    return replace(terms, guaranty=given)
