"""Whether a person is on a kept list, for whoever checks identities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Self

from tallystick.config import Settings
from tallystick.identity.kyc.errors import ListsMissing
from tallystick.screening.rules import Rules, load_rules
from tallystick.screening.sanctions.check import resembling
from tallystick.screening.sanctions.index import ListIndex
from tallystick.screening.sanctions.lists import kept_lists


class Listed:
    """The lists of a folder, read again when its files change. Safe to share between threads."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        self._folder = folder
        self._rules = rules
        self._lock = Lock()
        self._read: tuple[list[str], ListIndex] | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """As the settings say. Raises `RulesInvalid`."""
        return cls(settings.screening_lists, load_rules(settings.screening_rules))

    def hits(
        self,
        names: Sequence[str],
        birth_date: str | None,
        country: str | None,  # noqa: ARG002 - lists say too little of countries
    ) -> Sequence[str]:
        """Entries that may be this person, `list/entry`. Raises `ListsMissing`, `ListInvalid`."""
        found = resembling(self._index(), names, birth_date, self._rules)
        return [f"{match.source.label}/{match.entry.entry}" for match, _ in found]

    def _index(self) -> ListIndex:
        files = sorted(path.name for path in self._folder.glob("*.json"))
        if not files:
            raise ListsMissing
        with self._lock:
            if self._read is None or self._read[0] != files:
                self._read = files, ListIndex(kept_lists(self._folder))
            return self._read[1]
