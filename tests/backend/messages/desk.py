"""Messages on real files, a real vault and real transports; the clock is set by hand."""

from __future__ import annotations

import json
from pathlib import Path

from tests.backend.messages.test_templates import facts_of

from tallystick.identity.access.access import identity_file
from tallystick.identity.rights.rights import Rights
from tallystick.identity.vault import Vault
from tallystick.identity.vault.keys import LocalKeys
from tallystick.messages.dispatcher import Dispatcher
from tallystick.messages.kinds import kind_named
from tallystick.messages.outbox import deliveries, enqueue, find, messages_file
from tallystick.messages.people import People
from tallystick.messages.preferences import Wishes, set_wishes
from tallystick.messages.rules import load_rules
from tallystick.messages.transports import Transport

NOON = 1_774_958_400
"""12:00 UTC, 31 March 2026: two days after clocks were set forward in Europe."""
DAY = 86_400
ORIGIN = "https://loans.example"


class Desk:
    def __init__(self, folder: Path) -> None:
        self.now = float(NOON)
        self.folder = folder
        self.vault = Vault(
            folder / "vault.db", LocalKeys({"k": b"\x01" * 32}), b"\x02" * 32, lambda: self.now
        )
        self.identity = identity_file(folder / "identity.db")
        self.rights = Rights(self.identity, self.vault)
        self.people = People(self.vault, self.rights)
        self.file = messages_file(folder / "messages.db")
        self.rules = load_rules()
        self.ways: dict[str, Transport] = {}
        self.dispatcher = self.another()
        self._keys = 0

    def another(self) -> Dispatcher:
        return Dispatcher(self.file, self.ways, self.people, self.rules, ORIGIN, lambda: self.now)

    def person(self, wishes: Wishes | None = None, **contact: str) -> str:
        subject = self.vault.new_subject()
        if contact:
            fields = {name: value.encode() for name, value in contact.items()}
            self.vault.put(subject, "contact", fields)
        if wishes is not None:
            self.wish(subject, wishes)
        return subject

    def wish(self, subject: str, wishes: Wishes) -> None:
        wishes.check(self.rules.quiet)
        with self.file.open() as db:
            set_wishes(db, subject, wishes, int(self.now))

    def tell(self, subject: str, kind: str = "due_soon", key: str | None = None) -> str:
        self._keys += 1
        with self.file.open() as db:
            told = enqueue(
                db,
                subject,
                kind,
                facts_of(kind_named(kind)),
                key or f"k{self._keys}",
                now=int(self.now),
            )
        assert told is not None
        return told

    def run(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            self.dispatcher.round()

    def states(self, subject: str, message_id: str) -> dict[str, tuple[str, str | None]]:
        with self.file.open() as db:
            message = find(db, [subject], message_id)
            return {name: (state, reason) for name, state, reason in deliveries(db, message)}

    def trail(self) -> list[tuple[str, str]]:
        with self.identity.open() as db:
            rows = db.execute("SELECT act, object FROM trail ORDER BY number").fetchall()
        return [(act, object_) for act, object_ in rows]

    def close(self) -> None:
        self.dispatcher.close()
        self.file.close()
        self.identity.close()
        self.vault.close()


def sunk(path: Path) -> list[dict[str, str]]:
    """What is in a sink."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
