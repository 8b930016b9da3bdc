"""The schema file that declares a table: target, columns, and what each may do in a score."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from tallystick.scoring.errors import SchemaInvalid

Kind = Literal["numeric", "categorical"]
Direction = Literal["increasing", "decreasing"]
Move = Literal["up", "down", "any"]

_TOP: Final = {"target", "positive", "columns", "exclude"}
_COLUMN: Final = {
    "kind",
    "missing",
    "monotone",
    "protected",
    "actionable",
    "label",
    "keep",
}
_YES_NO: Final = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True)
class Column:
    """One column of the table.

    `missing` lists the texts that stand for no value, beside the empty cell. `monotone` is the
    direction in which the default rate may move while the value grows. A `protected` column is
    never part of a score, only of the fairness figures. `actionable` says which way an applicant
    can move the value. `keep` retains a column that looks like a leak of the target.
    """

    name: str
    kind: Kind
    missing: tuple[str, ...] = ()
    monotone: Direction | None = None
    protected: bool = False
    actionable: Move | None = None
    label: dict[str, str] = field(default_factory=dict)
    keep: bool = False


@dataclass(frozen=True)
class Schema:
    """`positive` is the text of the target that means default."""

    target: str
    positive: str
    columns: tuple[Column, ...]
    exclude: tuple[str, ...] = ()

    def used(self) -> tuple[Column, ...]:
        """The columns that may be part of a score."""
        return tuple(column for column in self.columns if not column.protected)

    def protected(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.protected)


class _Texts(yaml.BaseLoader):  # type: ignore[misc]  # untyped
    """Every scalar stays the text that was written (no, 1e3, ~); a repeated key is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[object] = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name in seen:
                raise SchemaInvalid(str(name), f"appears twice (line {key.start_mark.line + 1})")
            seen.add(name)
        return dict(super().construct_mapping(node, deep=deep))


def read_schema(path: Path) -> Schema:
    """Read and check a schema file.

    Raises:
        SchemaInvalid: it cannot be read or breaks a rule.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaInvalid(str(path), f"cannot be read as UTF-8 text ({error})") from error
    try:
        data = yaml.load(text, Loader=_Texts)  # noqa: S506 - BaseLoader makes texts only
    except yaml.YAMLError as error:
        raise SchemaInvalid(str(path), f"is not YAML ({error})") from error
    return parse_schema(data)


def parse_schema(data: object) -> Schema:
    """A schema from nested dicts, lists and texts."""
    top = _mapping(data, "file", _TOP)
    target = _text(top.get("target"), "target")
    exclude = _texts(top.get("exclude", []), "exclude")
    listed = top.get("columns")
    if not isinstance(listed, dict) or not listed:
        raise SchemaInvalid("columns", "must list every column with its kind")
    columns = tuple(_column(str(name), value) for name, value in listed.items())
    names = {column.name for column in columns}
    if target in names:
        raise SchemaInvalid(f"columns.{target}", "is the target and must not be listed as a column")
    for name in exclude:
        if name in names or name == target:
            raise SchemaInvalid("exclude", f"{name} is both used and excluded")
    if all(column.protected for column in columns):
        raise SchemaInvalid("columns", "all are protected: nothing is left to score with")
    return Schema(target, _text(top.get("positive", "1"), "positive"), columns, exclude)


def _column(name: str, value: object) -> Column:
    where = f"columns.{name}"
    entry = _mapping(value, where, _COLUMN)
    kind = entry.get("kind")
    if kind not in ("numeric", "categorical"):
        raise SchemaInvalid(f"{where}.kind", f"must be numeric or categorical, not {kind}")
    monotone = entry.get("monotone")
    if monotone not in (None, "increasing", "decreasing"):
        raise SchemaInvalid(f"{where}.monotone", "must be increasing or decreasing")
    if monotone is not None and kind != "numeric":
        raise SchemaInvalid(f"{where}.monotone", "only a numeric column has a direction")
    actionable = entry.get("actionable")
    if actionable not in (None, "up", "down", "any"):
        raise SchemaInvalid(f"{where}.actionable", "must be up, down or any")
    missing = _texts(entry.get("missing", []), f"{where}.missing")
    if kind == "numeric":
        for text in missing:
            _number_or_word(text)
    return Column(
        name,
        kind,
        missing,
        monotone,
        _flag(entry.get("protected", "false"), f"{where}.protected"),
        actionable,
        _label(entry.get("label", {}), f"{where}.label"),
        _flag(entry.get("keep", "false"), f"{where}.keep"),
    )


def _number_or_word(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def spellings(text: str) -> tuple[str, ...]:
    """A text and, of a whole number, the form 2.0 that data frames give to 2 beside empty cells."""
    return (text, f"{text}.0") if text.lstrip("-").isdecimal() else (text,)


def absent_texts(column: Column) -> frozenset[str]:
    """The cells of a categorical column that stand for no value."""
    return frozenset({"", *(form for text in column.missing for form in spellings(text))})


def level_places(levels: tuple[str, ...]) -> dict[str, int]:
    """The bin of every level, in each of its spellings."""
    places = {form: place for place, level in enumerate(levels, 1) for form in spellings(level)}
    return places | {level: place for place, level in enumerate(levels, 1)}


def missing_numbers(column: Column) -> tuple[float, ...]:
    """The numbers among the texts that stand for no value: -1 also covers a cell -1.0."""
    numbers = (_number_or_word(text) for text in column.missing)
    return tuple(number for number in numbers if number is not None)


def _label(value: object, where: str) -> dict[str, str]:
    if isinstance(value, str):
        return {"en": value}
    return {key: _text(text, where) for key, text in _mapping(value, where, {"en", "zh"}).items()}


def _mapping(value: object, where: str, known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SchemaInvalid(where, "must be a mapping of names to values")
    for name in value:
        if name not in known:
            raise SchemaInvalid(f"{where}.{name}", f"is unknown; known: {', '.join(sorted(known))}")
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or value == "":
        raise SchemaInvalid(where, "must be one text")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise SchemaInvalid(where, "must be a list of texts")
    return tuple(value)


def _flag(value: object, where: str) -> bool:
    flag = _YES_NO.get(str(value).lower())
    if flag is None:
        raise SchemaInvalid(where, "must be true or false")
    return flag
