"""All rules over one application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from tallystick.config import Settings
from tallystick.db import write
from tallystick.identity.vault import Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.screening import queue
from tallystick.screening.application import Application
from tallystick.screening.hits import Hit, worst_first
from tallystick.screening.queue import Filed, Outcome
from tallystick.screening.rings import all_rings, rings
from tallystick.screening.rules import Rules, load_rules
from tallystick.screening.sanctions.check import sanctions
from tallystick.screening.sanctions.index import ListIndex
from tallystick.screening.sanctions.lists import SanctionsList, kept_lists
from tallystick.screening.schema import schema
from tallystick.screening.statements import statements
from tallystick.screening.traces import Blinds, blinded, duplicates, own_fraud, record, velocity

_DAY = 86_400


class Screening:
    """Screens applications and keeps what it finds. Safe to share between threads."""

    def __init__(
        self,
        path: Path,
        blinds: Blinds,
        rules: Rules | None = None,
        lists: Sequence[SanctionsList] = (),
    ) -> None:
        self.rules = rules or load_rules()
        self._lists = ListIndex(lists)
        self._file = PrivateFile(path, schema)
        self._blinds = blinds

    @classmethod
    def from_settings(cls, settings: Settings, vault: Vault) -> Self:
        """As the settings say. Raises `RulesInvalid`, `ListInvalid`."""
        rules = load_rules(settings.screening_rules)
        return cls(settings.screening, vault, rules, kept_lists(settings.screening_lists))

    def screen(self, application: Application) -> list[Hit]:
        """What the rules find, worst first; it also lies in the queue of reviews.

        Asked again for the same application, the same is found, as far as traces are kept. Two
        applications at once are screened one after the other, so that one of them sees the other.
        """
        kept = blinded(application, self._blinds)
        alone = [
            *sanctions(self._lists, application, self.rules, self._blinds),
            *statements(application, self.rules),
        ]
        with self._file.open() as db, write(db) as conn:
            tracks = record(conn, application, kept)
            hits = worst_first(
                [
                    *alone,
                    *velocity(conn, tracks, self.rules),
                    *duplicates(conn, tracks, self.rules),
                    *own_fraud(conn, tracks, self.rules),
                    *rings(conn, tracks, self.rules),
                ]
            )
            queue.file_hits(conn, application, hits, self.rules.digest)
        return hits

    def open_hits(self, limit: int = 50, after: int = 0) -> list[Filed]:
        """Hits that wait for a person, oldest first."""
        with self._file.open() as db:
            return queue.open_hits(db, limit, after)

    def hits_of(self, application_id: str) -> list[Filed]:
        """Every hit of an application, with its reviews."""
        with self._file.open() as db:
            return queue.hits_of(db, application_id)

    def hit(self, hit_id: int) -> Filed:
        """One hit with its reviews. Raises `HitUnknown`."""
        with self._file.open() as db:
            return queue.hit_of(db, hit_id)

    def review(self, hit_id: int, reviewer: str, outcome: Outcome, reason: str, *, at: int) -> None:
        """Adds what a reviewer says of a hit. Raises `HitUnknown`, `ReviewRefused`."""
        with self._file.open() as db, write(db) as conn:
            queue.review(conn, hit_id, reviewer, outcome, reason, at)

    @property
    def lists(self) -> tuple[SanctionsList, ...]:
        """The lists that names are compared with."""
        return self._lists.lists

    def rings(self) -> list[dict[str, Any]]:
        """Every group of linked applicants that is larger than usual, the largest first."""
        with self._file.open() as db:
            return all_rings(db.conn, self.rules)

    def forget(self, subject: str) -> None:
        """Deletes every trace and hit of a subject, overwritten with zeros."""
        self._delete([("traces", "subject = ?", subject), ("hits", "subject = ?", subject)])

    def prune(self, now: int) -> int:
        """Deletes what is older than the rules keep it, but hits; returns how much."""
        end = now - self.rules.keep_days * _DAY
        return self._delete([("traces", "at < ?", end), ("transfers", "at < ?", end)])

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _delete(self, what: Iterable[tuple[str, str, object]]) -> int:
        count = 0
        with self._file.open() as db, write(db) as conn:
            for table, where, value in what:
                count += conn.execute(f"DELETE FROM {table} WHERE {where}", (value,)).rowcount  # noqa: S608 - our names
        return count
