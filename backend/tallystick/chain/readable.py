"""The values of an event in JSON's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from tallystick.loans.agreement import Agreement
from tallystick.loans.events import BookEvent
from tallystick.loans.kinds import Kind

_NOT_SHOWN = ("ref", "loan_id")


def values_of(event: BookEvent) -> dict[str, str | bool]:
    """The members of an event: numbers as decimal strings, bytes as hex, kinds by label.

    What is nested is laid flat, as in ``waived_principal``; agreements are left out, they are shown
    beside.
    """
    return dict(_flat(event))


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str | bool]]:
    for field in fields(value):
        member, name = getattr(value, field.name), prefix + field.name.rstrip("_")
        if name in _NOT_SHOWN or isinstance(member, Agreement):
            continue
        if is_dataclass(member):
            yield from _flat(member, name + "_")
        elif isinstance(member, Kind):
            yield name, member.label
        elif isinstance(member, bytes):
            yield name, "0x" + member.hex()
        elif isinstance(member, bool | str):
            yield name, member
        else:
            yield name, str(member)
