"""Signals that an applicant consented to share (shop, device, meter), under a schema that declares
every one: what is not declared, or not consented to, never reaches a score."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tallystick.intake.errors import DocumentRefused, LayoutInvalid

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COUNT_MOST: Final = 500
Name = Annotated[str, Field(pattern=_NAME.pattern)]


class Signal(BaseModel):
    """One signal: its kind, the purpose whose consent it needs, and what values can be real."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["numeric", "categorical"]
    consent: Name
    label: dict[Literal["en", "zh"], str]
    least: float | None = None
    most: float | None = None
    levels: tuple[str, ...] | None = None
    unit: str | None = None
    fresh_days: int | None = Field(None, ge=1)
    """Older values are no longer used."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if set(self.label) != {"en", "zh"}:
            raise ValueError("label must have en and zh")
        if self.kind == "categorical" and not self.levels:
            raise ValueError("a categorical signal lists its levels")
        if self.kind == "numeric" and self.levels is not None:
            raise ValueError("a numeric signal has no levels")
        return self


class SignalSchema(BaseModel):
    """All signals of a version, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1)
    signals: dict[Name, Signal]


@dataclass(frozen=True, slots=True)
class Signals:
    """`values` by signal, ready for scoring; `left_out` says why a declared one is not used."""

    values: dict[str, float | str]
    left_out: dict[str, Literal["no_consent", "stale"]]

    def features(self) -> dict[str, float | str]:
        """The values by column name."""
        return {f"signal_{name}": value for name, value in self.values.items()}


def load_signals(path: Path) -> SignalSchema:
    """Raises `LayoutInvalid`."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LayoutInvalid(str(path), f"cannot be read ({error})") from error
    try:
        return SignalSchema.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise LayoutInvalid(".".join(map(str, first["loc"])) or str(path), first["msg"]) from None


def read_signals(
    schema: SignalSchema, rows: Any, *, consents: Collection[str], day: int
) -> Signals:
    """Signals from `[{"signal": name, "value": value, "day": day}]`, as of `day`.

    A value without consent is dropped unread. Raises `DocumentRefused` with row and column.
    """
    if not isinstance(rows, list) or len(rows) > _COUNT_MOST:
        raise DocumentRefused(f"must be a list of at most {_COUNT_MOST} signals")
    values: dict[str, float | str] = {}
    left_out: dict[str, Literal["no_consent", "stale"]] = {}
    for number, row in enumerate(rows, 1):
        name, signal = _declared(schema, row, number)
        if name in values or name in left_out:
            raise DocumentRefused(f"{name} is there twice", row=number, column="signal")
        if signal.consent not in consents:
            left_out[name] = "no_consent"
            continue
        seen = row.get("day")
        if not isinstance(seen, int) or isinstance(seen, bool) or seen > day:
            raise DocumentRefused(
                "must be a day since 1970-01-01, not in the future", row=number, column="day"
            )
        value = _value(signal, row.get("value"), number)
        if signal.fresh_days is not None and day - seen > signal.fresh_days:
            left_out[name] = "stale"
        else:
            values[name] = value
    return Signals(values, left_out)


def _declared(schema: SignalSchema, row: Any, number: int) -> tuple[str, Signal]:
    if not isinstance(row, Mapping) or set(row) != {"signal", "value", "day"}:
        raise DocumentRefused("must have signal, value and day, and nothing else", row=number)
    name = row["signal"]
    if not isinstance(name, str) or name not in schema.signals:
        raise DocumentRefused("is not declared", row=number, column="signal")
    return name, schema.signals[name]


def _value(signal: Signal, value: Any, number: int) -> float | str:
    def refused(rule: str) -> DocumentRefused:
        return DocumentRefused(rule, row=number, column="value")

    if signal.kind == "categorical":
        if not isinstance(value, str) or value not in (signal.levels or ()):
            raise refused(f"must be one of {', '.join(signal.levels or ())}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise refused("must be a finite number")
    if signal.least is not None and value < signal.least:
        raise refused(f"must be at least {signal.least:g}")
    if signal.most is not None and value > signal.most:
        raise refused(f"must be at most {signal.most:g}")
    return value
