"""Everything that can go wrong while scoring.

ScoringError
├── SchemaInvalid           the schema file breaks a rule
├── DataInvalid             a table breaks a rule, at a row and column where one is to blame
├── ModelInvalid            a model's files are missing, altered, or not trusted
└── TrainingFailed          the training environment could not be made or the training broke off
"""

from __future__ import annotations


class ScoringError(Exception):
    """Root of the tree."""


class SchemaInvalid(ScoringError):
    """`where` (a path such as columns.age.kind) breaks `rule` (a short English sentence)."""

    def __init__(self, where: str, rule: str) -> None:
        super().__init__(f"schema, {where}: {rule}")
        self.where = where
        self.rule = rule


class DataInvalid(ScoringError):
    """A table breaks `rule`; `line` counts from 1 with the header, `column` is a name, or None."""

    def __init__(self, rule: str, *, line: int | None = None, column: str | None = None) -> None:
        place = [f"line {line}"] if line is not None else []
        place += [f"column {column}"] if column is not None else []
        super().__init__(f"{', '.join(place)}: {rule}" if place else rule)
        self.rule = rule
        self.line = line
        self.column = column


class ModelInvalid(ScoringError):
    """A model that is not scored with: files are missing, altered, or signed by a stranger."""


class TrainingFailed(ScoringError):
    """The training environment could not be made, or the training broke off."""
