"""Applications for the tests, and blind indexes without a vault's files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tallystick.identity.vault.index import blind
from tallystick.screening import Application

NOON = 1_790_000_000
HOUR = 3600


class Blinds:
    """As the vault makes them; `owners` by index and value."""

    def __init__(self, owners: dict[tuple[str, str], str] | None = None) -> None:
        self.owners = owners or {}

    def blind(self, name: str, value: str) -> bytes:
        return blind(b"\x07" * 32, name, value)

    def find(self, name: str, value: str) -> str | None:
        return self.owners.get((name, value))


def application(number: int, **changes: Any) -> Application:
    """The application with this number; each has an applicant of its own unless told otherwise."""
    plain = Application(f"application_{number}", f"subject_{number}", NOON + number)
    return replace(plain, **changes)
