"""Everything that can go wrong while screening.

ScreeningError
├── RulesInvalid      the file of rules breaks a rule of its own
├── ListInvalid       a sanctions list cannot be read
├── HitUnknown        there is no hit of this id
└── ReviewRefused     a review that must not stand
"""

from __future__ import annotations


class ScreeningError(Exception):
    """Root of the tree."""


class RulesInvalid(ScreeningError):
    """`where` (a path such as velocity.0.most) breaks `rule` (a short English sentence)."""

    def __init__(self, where: str, rule: str) -> None:
        super().__init__(f"screening rules, {where}: {rule}")
        self.where = where
        self.rule = rule


class ListInvalid(ScreeningError):
    """A sanctions list breaks `rule` at `line` (from 1), where one is to blame."""

    def __init__(self, source: str, rule: str, line: int | None = None) -> None:
        super().__init__(f"{source}{'' if line is None else f', line {line}'}: {rule}")
        self.rule = rule
        self.line = line


class HitUnknown(ScreeningError):
    """There is no hit of this id."""


class ReviewRefused(ScreeningError):
    """A review that must not stand; the message says why."""
