"""Who lives in a simulation, and how each of them is with money. Drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum

from tallystick.demo.people import Person

UNIT = 10**6
"""One whole test dollar in base units."""


class Habit(StrEnum):
    """What kind of borrower somebody is; nobody but the simulation knows."""

    STEADY = "steady"
    """Earns enough, and lets the book pull whatever is due."""
    FORGETFUL = "forgetful"
    """Earns enough, allows a few installments at a time, and notices late that they are spent."""
    STRUGGLING = "struggling"
    """Loses a good part of the income for some months."""
    FRAUDULENT = "fraudulent"
    """Pays an installment or two, and then nothing, ever."""


SHARES = {
    Habit.STEADY: 0.68,
    Habit.FORGETFUL: 0.16,
    Habit.STRUGGLING: 0.14,
    Habit.FRAUDULENT: 0.02,
}
"""How many there are of each."""


MAILS = 0.2
"""Share of borrowers who read their messages by e-mail; the others have an inbox only."""


@dataclass(slots=True)
class Borrower:
    """One person. Amounts in base units a month, days as offsets from the first day.

    `spare` is what is left of the income for installments in a usual month; from `shock_begins` on,
    for `shock_days`, only `shock_left` of it. `notices` are the days until a forgetful one sees a
    failed pull.
    """

    person: Person
    habit: Habit
    payday: int
    spare: int
    starts: int
    shock_begins: int = -1
    shock_days: int = 0
    shock_left: float = 1.0
    notices: int = 1
    honest_rows: int = 0
    seeks_help: bool = True
    loans: list[bytes] = field(default_factory=list)
    next_loan: int | None = None
    wakes: int | None = None
    """The day on which a forgetful one allows again."""
    mails: bool = False
    """Has told the lender an e-mail address."""
    asked: bytes | None = None
    """The last loan for which help was asked."""

    def income(self, day: int) -> int:
        """What a payday on `day` brings, beyond living."""
        shocked = self.shock_begins <= day < self.shock_begins + self.shock_days
        return int(self.spare * self.shock_left) if shocked else self.spare


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who takes part."""

    borrowers: list[Borrower]
    lenders: list[Person]
    guarantors: list[Person]
    buyer: Person
    """Buys collateral, and pays wages."""


def people(count: int, days: int, chance: random.Random) -> People:
    """`count` borrowers whose first loans begin within the first part of `days`."""
    borrowers = [_borrower(number, days, chance) for number in range(count)]
    return People(
        borrowers,
        [Person(f"lender {n}", "lender") for n in range(max(2, count // 100))],
        [Person(f"guarantor {n}", "guarantor") for n in range(max(1, count // 50))],
        Person("employer", "guarantor"),
    )


def _borrower(number: int, days: int, chance: random.Random) -> Borrower:
    habit = chance.choices(list(SHARES), list(SHARES.values()))[0]
    starts = chance.randrange(max(1, min(120, days // 4)))
    borrower = Borrower(
        Person(f"borrower {number}", "borrower"),
        habit,
        payday=chance.randint(1, 28),
        spare=int(chance.lognormvariate(5.3, 0.5)) * UNIT,
        starts=starts,
    )
    borrower.next_loan = starts
    borrower.mails = chance.random() < MAILS
    if habit is Habit.STRUGGLING:
        borrower.shock_begins = starts + chance.randint(10, 150)
        borrower.shock_days = chance.randint(45, 200)
        borrower.shock_left = chance.choice((0.0, 0.2, 0.4, 0.6))
        borrower.seeks_help = chance.random() < 0.75
    elif habit is Habit.FORGETFUL:
        borrower.notices = chance.choice((1, 1, 2, 3, 5, 9, 20))
    elif habit is Habit.FRAUDULENT:
        borrower.honest_rows = chance.randint(0, 2)
    return borrower
