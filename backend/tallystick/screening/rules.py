"""The rules as versioned data: read, checked, and known by their digest."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.screening.errors import RulesInvalid
from tallystick.screening.hits import Severity

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Velocity(_Part):
    """More than `most` different `count` with one value of kind `of` within `hours`."""

    of: str
    count: Literal["applications", "subjects"]
    hours: int = Field(ge=1, le=24 * 366)
    most: Count
    severity: Severity


class Ring(_Part):
    """Who is linked by what they share; `fraud` is for a link to confirmed fraud."""

    kinds: tuple[str, ...]
    steps: int = Field(ge=2, le=12)
    hub: int = Field(ge=2, le=1000)
    most: Count
    severity: Severity
    fraud: Severity


class Sanctions(_Part):
    """Least likeness, of 100, of a name that is a hit; more when the dates of birth differ."""

    likeness: int = Field(ge=50, le=100)
    likeness_other_birth: int = Field(ge=50, le=100)
    severity: Severity
    wallet: Severity


class Most(_Part):
    """More than `most` is a hit."""

    most: Count
    severity: Severity


class Statements(_Part):
    """What a bank statement's quality report may not say; days for `gap` and `stale`."""

    arithmetic: Severity
    repeats: Most
    gap: Most
    stale: Most
    currencies: Severity


class Rules(_Part):
    """All rules of one version."""

    version: int = Field(ge=1)
    velocity: tuple[Velocity, ...]
    duplicates: dict[str, Severity]
    known_fraud: dict[str, Severity]
    ring: Ring
    sanctions: Sanctions
    statements: Statements
    keep_days: int = Field(ge=1, le=3660)

    @property
    def digest(self) -> str:
        """SHA-256 of the rules, whatever the file's spelling."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def load_rules(path: Path | None = None) -> Rules:
    """The rules of a file, those of this release if none is named. Raises `RulesInvalid`."""
    shipped = files("tallystick.screening").joinpath("rules.yaml")
    name = "rules.yaml" if path is None else str(path)
    try:
        text = (shipped if path is None else path).read_text(encoding="utf-8")
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RulesInvalid(name, f"cannot be read ({error})") from error
    try:
        return Rules.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or name
        raise RulesInvalid(where, first["msg"]) from None
