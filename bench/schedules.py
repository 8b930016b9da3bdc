"""Schedules per second, beside numpy-financial and a plain decimal loop in the same run.

    make bench-schedules

Each contender computes the installment of a level loan and every row's interest, principal and
balance, for 12 and for 360 months. What they give is not the same:

- `ledger`: the on-chain ledger's rows from a signed agreement, with due dates, exact integers;
- `offline`: the calculator's rows from checked terms, with due dates, exact integers;
- `offline_json`: the same, from the JSON object, all checks included;
- `decimal`: 28 digits, every row rounded half even to the cent, no dates;
- `numpy_financial`: `pmt`, `ipmt`, `ppmt` over all periods at once, binary floats, no rounding to
  the cent, no dates.

Times are of the processor. Contenders take turns, so that a busy machine slows all of them, and the
fastest turn of each counts. The last line is one JSON object.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import numpy as np
import numpy_financial as npf

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import month_day, ymd_of
from tallystick.loans.conditions import Conditions
from tallystick.loans.installment import level_installment
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.members import NO_ADDRESS, NO_HASH
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule
from tallystick.loans.schedule import schedule

TURNS = 40
TURN_SECONDS = 0.02
CENTS = 30_000_000
RATE_PCT = "5.25"
START = date(2026, 1, 31)
CENT = Decimal("0.01")


def agreement_of(count: int) -> Agreement:
    """The loan as an agreement of a 6-decimal token, rounded to its cent."""
    terms: dict[str, Any] = {"frequency": Frequency.MONTHS, "every": 1, "count": count}
    first = month_day(START.year, START.month, 1, START.day)
    principal, quantum, rate = CENTS * 10_000, 10_000, 52_500_000
    installment = level_installment(
        principal, rate, quantum, **terms, start_date=START, first_due_date=first, due_day=31
    )
    return Agreement(
        borrower="0x" + "11" * 20,
        lender="0x" + "22" * 20,
        token="0x" + "33" * 20,
        principal=principal,
        installment=installment,
        quantum=quantum,
        annual_rate=rate,
        penalty_rate=0,
        prepayment_fee=0,
        grace_days=0,
        penalty_cap_days=0,
        amortization=Amortization.LEVEL,
        interest_method=InterestMethod.DECLINING,
        day_count=DayCount.THIRTY_360,
        prepayment=Prepayment.SHORTER_TERM,
        waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL,
        grace_principal=0,
        grace_interest=0,
        start_date=ymd_of(START),
        first_due_date=ymd_of(first),
        due_day=31,
        rows=NO_ADDRESS,
        amends=NO_HASH,
        conditions=Conditions(NO_HASH, 0, 0, 0, 2**40 - 1),
        **terms,
    )


def ledger(count: int) -> Callable[[], object]:
    agreement = agreement_of(count)
    first = month_day(START.year, START.month, 1, START.day)

    def run() -> object:
        level_installment(
            agreement.principal,
            agreement.annual_rate,
            agreement.quantum,
            Frequency.MONTHS,
            1,
            count,
            START,
            first,
            31,
        )
        return schedule(agreement)

    return run


def input_of(count: int) -> dict[str, object]:
    return {
        "principal": f"{CENTS // 100}.00",
        "annual_rate_pct": RATE_PCT,
        "number_of_repayments": count,
        "disbursement_date": START.isoformat(),
    }


def offline(count: int) -> Callable[[], object]:
    terms = parse_schedule_input(input_of(count))
    return lambda: compute_schedule(terms)


def offline_json(count: int) -> Callable[[], object]:
    data = input_of(count)
    return lambda: compute_schedule(parse_schedule_input(data))


def decimal_loop(count: int) -> Callable[[], object]:
    principal, rate = Decimal(CENTS) / 100, Decimal(RATE_PCT) / 1200

    def run() -> object:
        factor = (1 + rate) ** count
        level = (principal * rate * factor / (factor - 1)).quantize(CENT, ROUND_HALF_EVEN)
        rows, balance = [], principal
        for n in range(1, count + 1):
            interest = (balance * rate).quantize(CENT, ROUND_HALF_EVEN)
            part = balance if n == count else min(level - interest, balance)
            balance -= part
            rows.append((n, part, interest, balance))
        return rows

    return run


def numpy_financial(count: int) -> Callable[[], object]:
    rate, principal = float(RATE_PCT) / 1200, CENTS / 100

    def run() -> object:
        periods = np.arange(1, count + 1)
        level = npf.pmt(rate, count, -principal)
        interest = npf.ipmt(rate, periods, count, -principal)
        part = npf.ppmt(rate, periods, count, -principal)
        return level, interest, part, principal - np.cumsum(part)

    return run


CONTENDERS: dict[str, Callable[[int], Callable[[], object]]] = {
    "ledger": ledger,
    "offline": offline,
    "offline_json": offline_json,
    "decimal": decimal_loop,
    "numpy_financial": numpy_financial,
}


def microseconds(count: int) -> dict[str, float]:
    """The fastest time of one schedule, for every contender."""
    runs = {name: make(count) for name, make in CONTENDERS.items()}
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(TURNS):
        for name, run in runs.items():
            done, begin = 0, time.process_time()
            while (passed := time.process_time() - begin) < TURN_SECONDS:
                run()
                done += 1
            best[name] = min(best[name], passed / done * 1e6)
    return best


def main() -> None:
    figures: dict[str, Any] = {"bench": "schedules", "rows": {}}
    for count in (12, 360):
        times = microseconds(count)
        print(f"\n{count} rows{'':12}us/schedule   schedules/s   x decimal   x numpy_financial")
        rows: dict[str, Any] = {}
        for name, spent in times.items():
            to_decimal = times["decimal"] / spent
            to_numpy = times["numpy_financial"] / spent
            print(
                f"{name:<18}{spent:>12.1f}{1e6 / spent:>14,.0f}{to_decimal:>12.2f}{to_numpy:>20.2f}"
            )
            rows[name] = {
                "us": round(spent, 2),
                "per_second": round(1e6 / spent),
                "times_decimal": round(to_decimal, 3),
                "times_numpy_financial": round(to_numpy, 3),
            }
        figures["rows"][str(count)] = rows
    print()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
