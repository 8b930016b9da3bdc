"""Contact rules: what the law of a place allows, as a file that its operator writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

from tallystick.messages.errors import PreferenceInvalid, RulesInvalid
from tallystick.messages.preferences import Quiet, read_quiet

DEFAULT = Path(__file__).parent / "rules.yaml"
_LIMITED = ("email", "sms", "chat")


@dataclass(frozen=True, slots=True)
class Rules:
    """`most_per_day` and `most_per_week` by channel, in any 24 hours and any seven days.

    `before` and `after` are days from the due date, rising.
    """

    time_zone: str
    quiet: Quiet
    quiet_channels: frozenset[str]
    most_per_day: Mapping[str, int]
    most_per_week: Mapping[str, int]
    before: tuple[int, ...]
    after: tuple[int, ...]


def load_rules(path: Path | None = None) -> Rules:
    """The rules in a file, or those of this release. Raises `RulesInvalid`."""
    path = path or DEFAULT
    try:
        data = yaml.safe_load(path.read_text())
        return _rules(data)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, PreferenceInvalid) as error:
        raise RulesInvalid(f"{path}: {error}") from error


def _rules(data: Mapping[str, Any]) -> Rules:
    if data["time_zone"] not in available_timezones():
        raise ValueError("time_zone is no name of the IANA database")
    days = {name: data[name] for name in ("before", "after")}
    for name, found in days.items():
        if not all(type(day) is int and 0 < day <= 365 for day in found) or found != sorted(found):
            raise ValueError(f"{name} must be rising days from 1 to 365")
    limits = {name: data[name] for name in ("most_per_day", "most_per_week")}
    for name, found in limits.items():
        if found.keys() != set(_LIMITED) or not all(
            type(most) is int and most >= 0 for most in found.values()
        ):
            raise ValueError(f"{name} must have a number for each of {', '.join(_LIMITED)}")
    return Rules(
        time_zone=data["time_zone"],
        quiet=read_quiet(data["quiet"]),
        quiet_channels=frozenset(data["quiet_channels"]),
        before=tuple(days["before"]),
        after=tuple(days["after"]),
        **limits,
    )
