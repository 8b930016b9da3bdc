"""The sentences of the column "step", and what each asks of a life."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from tests.lives.table import money, units

from tallystick.loans.debt import Owed, Split
from tallystick.loans.kinds import Status


class Refused(Exception):
    """The book does not do it; `name` is the name of its error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Seen:
    """What a step took and told, how the loan stands after it, and what people are told of it."""

    split: Split
    status: Status
    row: int
    owed: Owed
    told: tuple[str, ...]
    messages: tuple[str, ...]

    def cells(self) -> tuple[str, ...]:
        """As the columns of a table after the step."""
        split, owed = self.split, self.owed
        return (
            *map(money, (split.penalty, split.interest, split.fee, split.principal)),
            self.status.label.replace("_", " "),
            "" if self.status is Status.CLOSED else str(self.row + 1),
            str(owed.days_past_due or ""),
            money(owed.due.total),
            money(owed.payoff),
            ", ".join(self.told),
            ", ".join(self.messages),
        )


class Life(Protocol):
    """A loan to which things happen. A step that the book does not do raises `Refused`."""

    def go(self, day: int) -> None: ...
    def look(self) -> Seen: ...
    def wait(self) -> None: ...
    def originate(self) -> None: ...
    def pull(self) -> None: ...
    def pay(self, amount: int) -> None: ...
    def pay_off(self) -> None: ...
    def pay_through(self, amount: int) -> None: ...
    def have(self, balance: int) -> None: ...
    def allow(self, allowance: int) -> None: ...
    def autopay(self, switch: str) -> None: ...
    def default(self) -> None: ...
    def accelerate(self) -> None: ...
    def write_off(self) -> None: ...
    def draw(self) -> None: ...
    def repay_guarantor(self, amount: int) -> None: ...
    def add_collateral(self, amount: int) -> None: ...
    def buy_collateral(self, amount: int) -> None: ...
    def release(self) -> None: ...
    def sell_claim(self, buyer: str, price: int) -> None: ...
    def settle(self, amount: int) -> None: ...
    def amend(self, words: dict[str, str]) -> None: ...


_AMOUNT = r"([\d,]+(?:\.\d+)?)"
_SENTENCES = (
    ("the loan begins", "originate"),
    ("nothing happens", "wait"),
    ("the keeper pulls", "pull"),
    (f"the borrower pays {_AMOUNT}", "pay"),
    ("the borrower pays everything", "pay_off"),
    (f"the employer pays {_AMOUNT}", "pay_through"),
    (f"the borrower has {_AMOUNT}", "have"),
    (f"the borrower allows {_AMOUNT}", "allow"),
    ("the borrower switches autopay (on|off)", "autopay"),
    ("the lender declares default", "default"),
    ("the lender accelerates", "accelerate"),
    ("the lender writes off", "write_off"),
    ("the guarantor is drawn on", "draw"),
    (f"the borrower repays the guarantor {_AMOUNT}", "repay_guarantor"),
    (f"the borrower adds {_AMOUNT} of collateral", "add_collateral"),
    (f"somebody buys {_AMOUNT} of collateral", "buy_collateral"),
    ("the collateral is released", "release"),
    (f"the lender sells the claim to (cem|dora) for {_AMOUNT}", "sell_claim"),
    (f"both settle for {_AMOUNT}", "settle"),
    ("both sign new terms: (.+)", "amend"),
)


def take(life: Life, step: str) -> None:
    """Does what the sentence says; raises ValueError for one that is not in the list."""
    for sentence, name in _SENTENCES:
        found = re.fullmatch(sentence, step)
        if found:
            getattr(life, name)(*map(_argument, found.groups()))
            return
    raise ValueError(f"nobody knows what {step!r} means")


def _argument(text: str) -> int | str | dict[str, str]:
    if re.fullmatch(_AMOUNT, text):
        return units(text)
    if text in ("on", "off", "cem", "dora"):
        return text
    return dict(part.strip().split(" ", 1) for part in text.split(";"))


def play(life: Life, steps: list[tuple[int, str]]) -> list[Seen]:
    """What is seen after each step; days since 1970-01-01."""
    out = []
    for day, step in steps:
        life.go(day)
        try:
            take(life, step)
            seen = life.look()
        except Refused as refused:
            seen = life.look()
            seen = replace(seen, told=(f"refused: {refused.name}",))
        out.append(seen)
    return out
