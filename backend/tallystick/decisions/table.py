"""Decision tables with typed facts.

A row applies when every condition in its `when` holds; without conditions it always does. A
condition on a number is `< 5`, `<= 5`, `> 5`, `>= 5`, `= 5` or `1 to 5` (1 is in it, 5 is not); on
a text it is the text, or a list of texts of which one must be it. `absent` and `present` ask
whether a fact is known. `if known` before a condition makes it one that does not hold for an
unknown fact; any other condition then raises `FactMissing`, so that nothing is decided by what
nobody knows.

Tables are checked before they are used: facts that do not exist, conditions of the wrong kind,
rows that can never apply, and a table without a last row for everything else are errors.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field

from tallystick.decisions.document import Document
from tallystick.decisions.errors import DecisionError, DocumentInvalid

Kind = Literal["number", "text"]
Fact = int | Decimal | str | None
Facts = Mapping[str, Fact]

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
_COMPARISON = re.compile(rf"(<=|>=|<|>|=) ?({_NUMBER})")
_RANGE = re.compile(rf"({_NUMBER}) to ({_NUMBER})")
_IF_KNOWN = "if known "
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}


class FactMissing(DecisionError):
    """A row asks for a fact that is not known."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


@dataclass(frozen=True, slots=True)
class Condition:
    """`kind` is None where the condition asks only whether the fact is known; `strict` where it
    cannot be answered for a fact that is not."""

    text: str
    kind: Kind | None
    holds: Callable[[Any], bool]
    strict: bool = True


def _condition(value: object) -> Condition:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        wanted = frozenset(value)
        return Condition(" | ".join(value), "text", wanted.__contains__)
    if not isinstance(value, str) or not value:
        raise ValueError("a condition is a text or a list of texts")
    if value == "absent":
        return Condition(value, None, lambda fact: fact is None, strict=False)
    if value == "present":
        return Condition(value, None, lambda fact: fact is not None, strict=False)
    if value.startswith(_IF_KNOWN):
        asked = _comparison(value.removeprefix(_IF_KNOWN))
        known = asked.holds
        return Condition(
            value, asked.kind, lambda fact: fact is not None and known(fact), strict=False
        )
    return _comparison(value)


def _comparison(value: str) -> Condition:
    if match := _COMPARISON.fullmatch(value):
        compare, bound = _OPERATORS[match[1]], Decimal(match[2])
        return Condition(value, "number", lambda fact: compare(fact, bound))
    if match := _RANGE.fullmatch(value):
        low, high = Decimal(match[1]), Decimal(match[2])
        if low >= high:
            raise ValueError("a range must not be empty")
        return Condition(value, "number", lambda fact: low <= fact < high)
    if value[0] in "<>=":
        raise ValueError(f"{value} compares with no number")
    return Condition(value, "text", lambda fact: bool(fact == value))


class Row(Document):
    """Base of the rows of every table."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    when: dict[str, Annotated[Condition, BeforeValidator(_condition)]] = Field(default_factory=dict)

    def applies(self, facts: Facts) -> bool:
        """Whether every condition holds. Raises `FactMissing`."""
        for name, condition in self.when.items():
            fact = facts[name]
            if fact is None and condition.strict:
                raise FactMissing(name)
            if not condition.holds(fact):
                return False
        return True


R = TypeVar("R", bound=Row)


def first(rows: Sequence[R], facts: Facts) -> R:
    """The first row that applies; a checked table always has one. Raises `FactMissing`."""
    return next(row for row in rows if row.applies(facts))


def every(rows: Sequence[R], facts: Facts) -> list[R]:
    """All rows that apply. Raises `FactMissing`."""
    return [row for row in rows if row.applies(facts)]


def check_table(
    rows: Sequence[Row], known: Mapping[str, Kind], where: str, *, total: bool = False
) -> None:
    """Raises `DocumentInvalid`. Of a `total` table the first row that applies is taken."""
    seen: list[dict[str, str]] = []
    for place, row in enumerate(rows):
        at = f"{where}.{place}"
        for name, condition in row.when.items():
            kind = known.get(name)
            if kind is None:
                raise DocumentInvalid(f"{at}.when.{name}", "there is no such fact")
            if condition.kind not in (None, kind):
                raise DocumentInvalid(f"{at}.when.{name}", f"the fact is a {kind}")
        texts = {name: condition.text for name, condition in row.when.items()}
        for before in seen if total else ():
            if before.items() <= texts.items():
                raise DocumentInvalid(at, "an earlier row always applies first")
        seen.append(texts)
    if total and (not rows or rows[-1].when):
        raise DocumentInvalid(where, "the last row must have no conditions")
