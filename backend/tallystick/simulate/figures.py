"""What became of a portfolio, as plain values for a report. Amounts in base units."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tallystick.audit.report import Report
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.loans.delinquency.cashflow import monthly_cashflow
from tallystick.loans.delinquency.days import days_past_due
from tallystick.loans.delinquency.exposure import History, history
from tallystick.loans.delinquency.months import month_end, month_label, month_of
from tallystick.loans.delinquency.policy import Policy
from tallystick.loans.delinquency.portfolio import classify, ppm
from tallystick.loans.delinquency.roll import CLOSED, roll
from tallystick.loans.events import Cured, Defaulted, Restored, Settled, WrittenOff
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Source, Status
from tallystick.simulate.acts import Acts
from tallystick.simulate.people import Borrower
from tallystick.simulate.play import Noted

_PAGE = 500
_LATE = 30
"""Days past due beyond which a loan counts for the cure rate."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run, days since 1970-01-01."""

    borrowers: list[Borrower]
    acts: Acts
    noted: Noted
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Served:
    """What the service did beside the chain: messages, repairs, daily work, mails that came."""

    told: dict[str, Any]
    cases: dict[str, int]
    work: dict[str, int]
    help: dict[str, int]
    mails: int


def figures(db: Database, book: int, run: Run, audited: Report, served: Served) -> dict[str, Any]:
    """The whole report. Reads every loan of `book`, a key of the index."""
    loans = list(_loans(db, book))
    histories = [history(loan) for loan in loans]
    ends = _month_ends(run.first, run.last)
    return {
        "borrowers": len(run.borrowers),
        "days": run.last - run.first + 1,
        "loans": len(loans),
        "events": audited.events,
        "months": [_month(histories, end) for end in ends],
        "rolls": _rolls(histories, ends),
        "cure": _cure(histories, ends),
        "cashflow": [flow.to_json() for flow in monthly_cashflow(loans)],
        "habits": _by_habit(loans, run.borrowers),
        "sources": _sources(loans),
        "gas": _gas(run.acts, run.noted),
        "keeper": dict(run.noted.pulls)
        | {"outages": run.noted.outages, "reorgs": run.noted.reorgs},
        "messages": served.told | {"mails": served.mails, "outages": run.noted.mail_outages},
        "repairs": {"cases": served.cases, "asked": served.help},
        "work": served.work,
        "refused": dict(run.acts.wallets.refused),
        "broken": broken(loans, run.noted) + _unsent(served),
        "audit": {
            "equal": audited.equal,
            "block": audited.block_number,
            "differences": [str(found) for found in audited.all_differences()],
        },
    }


def broken(loans: Iterable[LoanState], noted: Noted) -> list[str]:
    """Invariants that do not hold; empty when all is well."""
    found = []
    pulled = 0
    for loan in loans:
        name = f"loan 0x{loan.loan_id.hex()}"
        principal = sum(payment.split.principal for payment in loan.payments)
        if loan.closed and loan.debt.balance:
            found.append(f"{name} is closed and owes {loan.debt.balance}")
        if not loan.changes and principal + loan.debt.balance < loan.original.principal - principal:
            found.append(f"{name} lost principal")
        if principal > loan.original.principal and not loan.debt.amended:
            found.append(f"{name} repaid {principal} of {loan.original.principal}")
        pulled += sum(payment.source is Source.COLLECTED for payment in loan.payments)
    told = noted.pulls["collected"] - noted.pulls["undone"]
    if pulled != told:
        found.append(f"the keeper counts {told} pulls, the chain {pulled}")
    return found


def _unsent(served: Served) -> list[str]:
    """Mails that are counted otherwise than they came."""
    sent = sum(
        way["count"]
        for way in served.told["deliveries"]
        if (way["channel"], way["state"]) == ("email", "sent")
    )
    if sent == served.mails:
        return []
    return [f"the service sent {sent} mails, and {served.mails} came"]


def _loans(db: Database, book: int) -> Iterable[LoanState]:
    for loan_id in repository.loan_ids(db, book):
        loan = repository.get_loan(db, loan_id)
        if loan is not None:
            yield loan


def _month_ends(first: int, last: int) -> list[int]:
    months = range(month_of(first), month_of(last) + 1)
    return [min(month_end(month), last) for month in months if min(month_end(month), last) >= first]


def _month(histories: list[History], end: int) -> dict[str, Any]:
    report = classify((now for each in histories if (now := each.at(end)) is not None), end)
    return {
        "month": month_label(month_of(end)),
        "loans": report.total.loans,
        "outstanding": str(report.total.outstanding),
        "par_ppm": {str(above): report.par_ppm(above) for above in report.par},
        "provision": str(report.provision),
    }


def _rolls(histories: list[History], ends: list[int]) -> dict[str, dict[str, int]]:
    """Where the outstanding of a bucket was a month later, all months together, in millionths."""
    moved: dict[str, Counter[str]] = defaultdict(Counter)
    for before, after in pairwise(ends):
        for bucket, line in roll(histories, before, after).moved.items():
            for where, part in line.items():
                moved[bucket][where] += part.outstanding
    columns = (*Policy().bucket_labels, CLOSED)
    return {
        bucket: {where: ppm(line[where], line.total()) for where in columns}
        for bucket, line in moved.items()
        if line.total()
    }


def _cure(histories: list[History], ends: list[int]) -> dict[str, int]:
    """Of the loans that were ever more than 30 days late at a month's end: how many are current or
    closed now."""
    late = [each for each in histories if any(_is_late(each, end, _LATE) for end in ends)]
    well = [each for each in late if not _is_late(each, ends[-1], 0)]
    return {"late": len(late), "cured": len(well), "ppm": ppm(len(well), len(late))}


def _is_late(each: History, day: int, above: int) -> bool:
    exposure = each.at(day)
    return exposure is not None and days_past_due(exposure.due_day, day) > above


def _by_habit(loans: list[LoanState], borrowers: list[Borrower]) -> dict[str, dict[str, Any]]:
    habits = {borrower.person.address: borrower.habit.value for borrower in borrowers}
    columns: dict[str, Counter[str]] = defaultdict(Counter)
    for loan in loans:
        line = columns[habits[loan.original.borrower]]
        line["loans"] += 1
        line["lent"] += loan.original.principal
        line["repaid"] += loan.paid.principal
        line["earned"] += loan.paid.interest + loan.paid.penalty + loan.paid.fee
        kinds = {type(change) for change in loan.changes}
        line["closed"] += loan.closed is not None
        line["amended"] += loan.debt.amended
        line["restored"] += Restored in kinds
        line["defaulted"] += Defaulted in kinds
        line["cured"] += Cured in kinds
        line["settled"] += Settled in kinds
        line["written_off"] += WrittenOff in kinds
        line["running"] += loan.debt.status is Status.ACTIVE
    money = ("lent", "repaid", "earned")
    return {
        habit: {name: str(n) if name in money else n for name, n in line.items()}
        for habit, line in sorted(columns.items())
    }


def _sources(loans: list[LoanState]) -> dict[str, int]:
    return dict(Counter(paid.source.label for loan in loans for paid in loan.payments))


def _gas(acts: Acts, noted: Noted) -> dict[str, dict[str, int]]:
    wallets = acts.wallets
    gas = {
        what: {"transactions": wallets.sent[what], "gas_each": used // wallets.sent[what]}
        for what, used in sorted(wallets.gas.items())
    }
    pulled = noted.pulls["collected"] + noted.pulls["drawn"]
    gas["keeper"] = {
        "transactions": noted.keeper_transactions,
        "gas_each": noted.keeper_gas // max(1, noted.keeper_transactions),
        "gas_per_payment": noted.keeper_gas // max(1, pulled),
    }
    return gas
