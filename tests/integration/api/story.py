"""Four loans and half a year: one punctual, one late, one closed early, one never paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.integration.api.server import Stage
from tests.integration.world import UNIT, World

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import due_day
from tallystick.loans.kinds import Amortization


@dataclass(frozen=True, slots=True)
class Story:
    """The loans by name, oldest first, and the server that shows them."""

    stage: Stage
    loans: dict[str, Agreement]

    def id(self, name: str) -> str:
        return "0x" + self.stage.world.loan_id(self.loans[name]).hex()

    def get(self, path: str, **params: Any) -> Any:
        return self.stage.get(path, **params)


def play(world: World) -> dict[str, Agreement]:
    """Originates the loans and lives through five due dates."""
    loans = {
        "punctual": world.originate(borrower="ada", lender="ben", principal=12_000 * UNIT),
        "late": world.originate(
            borrower="cem",
            lender="ben",
            amortization=Amortization.EQUAL_PRINCIPAL,
            principal=8_500 * UNIT,
            installment=710 * UNIT,
            penalty_rate=240_000_000,
        ),
        "closed": world.originate(
            borrower="ada",
            lender="dora",
            amortization=Amortization.INTEREST_ONLY,
            principal=3_000 * UNIT,
            installment=0,
            count=6,
        ),
        "unpaid": world.originate(
            borrower="cem",
            lender="dora",
            amortization=Amortization.BULLET,
            principal=250_000 * UNIT,
            installment=0,
            count=1,
        ),
    }
    punctual, late, closed = loans["punctual"], loans["late"], loans["closed"]
    days = [due_day(punctual, row) for row in range(5)]
    for row, day in enumerate(days):
        world.travel_to_day(day)
        if row < 2:
            world.collect(punctual, late, closed)
        elif row < 4:
            world.collect(punctual, closed)
        else:
            world.collect(punctual)
        if row == 1:
            world.travel_to_day(day + 9)
            world.pay(late, 1_500 * UNIT)
        if row == 3:
            world.travel_to_day(day + 6)
            world.payoff(closed)
            world.pay(late, 900 * UNIT)
    world.travel_to_day(days[-1] + 13)
    return loans
