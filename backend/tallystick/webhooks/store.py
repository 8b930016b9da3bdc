"""Webhooks: who is told of what, where, and signed by which secret."""

from __future__ import annotations

import base64
import secrets
from dataclasses import astuple, dataclass

from tallystick.db import write
from tallystick.identity.vault import RecordUnknown, Vault
from tallystick.identity.vault.files import PrivateFile
from tallystick.identity.vault.vault import new_id
from tallystick.webhooks.errors import WebhooksTooMany, WebhookUnknown

MOST_WEBHOOKS = 20
FORMER_SECRET_SECONDS = 86_400
ALL = "*"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a webhook is told of. `types` None: of everything; `chain_id` None: of the first book's
    chain, as each follows one chain; `book` None: of all books there."""

    types: frozenset[str] | None = None
    loan: str | None = None
    borrower: str | None = None
    lender: str | None = None
    chain_id: int | None = None
    book: str | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook without address and secret. `created_at` in Unix seconds."""

    webhook_id: str
    subject: str
    filter: Filter
    place: str | None
    sequence: int
    created_at: int


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes, and by which secrets it is signed."""

    url: str
    secrets: tuple[str, ...]


_FILTER = "types, loan, borrower, lender, chain_id, book"
_WEBHOOK = f"webhook_id, subject, {_FILTER}, place, sequence, created_at"


class Webhooks:
    """Webhooks of one file, their addresses and secrets in the vault. Safe to share."""

    def __init__(self, file: PrivateFile, vault: Vault) -> None:
        self._file = file
        self._vault = vault

    def create(self, subject: str, url: str, wanted: Filter) -> tuple[Webhook, str]:
        """A new webhook, told of what happens from now on, and its secret.

        Raises `WebhooksTooMany`.
        """
        now, webhook_id, secret = self._vault.now(), new_id("webhook"), _secret()
        types = ALL if wanted.types is None else " ".join(sorted(wanted.types))
        self._vault.put(
            subject, _record(webhook_id), {"url": url.encode(), "secret": secret.encode()}
        )
        with self._file.open() as db, write(db) as conn:
            (count,) = conn.execute(
                "SELECT count(*) FROM webhooks WHERE subject = ?", (subject,)
            ).fetchone()
            if count >= MOST_WEBHOOKS:
                raise WebhooksTooMany
            conn.execute(
                f"INSERT INTO webhooks (webhook_id, subject, {_FILTER}, created_at)"  # noqa: S608
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (webhook_id, subject, types, *astuple(wanted)[1:], now),
            )
        return self.get(subject, webhook_id), secret

    def get(self, subject: str, webhook_id: str) -> Webhook:
        """One's own. Raises `WebhookUnknown`."""
        with self._file.open() as db:
            row = db.execute(
                f"SELECT {_WEBHOOK} FROM webhooks WHERE webhook_id = ? AND subject = ?",  # noqa: S608
                (webhook_id, subject),
            ).fetchone()
        if row is None:
            raise WebhookUnknown
        return _webhook(row)

    def of_subject(self, subject: str) -> list[Webhook]:
        """The owner's webhooks, oldest first."""
        return [hook for hook in self.all() if hook.subject == subject]

    def all(self) -> list[Webhook]:
        """Every webhook, oldest first."""
        with self._file.open() as db:
            rows = db.execute(
                f"SELECT {_WEBHOOK} FROM webhooks ORDER BY created_at, webhook_id"  # noqa: S608
            ).fetchall()
        return [_webhook(row) for row in rows]

    def delete(self, subject: str, webhook_id: str) -> None:
        """Ends a webhook; what was not delivered is dropped. Raises `WebhookUnknown`."""
        with self._file.open() as db, write(db) as conn:
            gone = conn.execute(
                "DELETE FROM webhooks WHERE webhook_id = ? AND subject = ?", (webhook_id, subject)
            )
            if gone.rowcount == 0:
                raise WebhookUnknown
        self._vault.forget(subject, _record(webhook_id))

    def drop(self, webhook_id: str) -> None:
        """Ends a webhook whose owner is gone."""
        with self._file.open() as db, write(db) as conn:
            conn.execute("DELETE FROM webhooks WHERE webhook_id = ?", (webhook_id,))

    def rotate(self, subject: str, webhook_id: str) -> str:
        """A new secret; for a day messages are signed by the former one too.

        Raises `WebhookUnknown`.
        """
        self.get(subject, webhook_id)
        former = self._vault.get(subject, _record(webhook_id)).fields
        secret = _secret()
        fields = {
            "url": former["url"],
            "secret": secret.encode(),
            "former": former["secret"],
            "former_until": str(self._vault.now() + FORMER_SECRET_SECONDS).encode(),
        }
        self._vault.put(subject, _record(webhook_id), fields)
        return secret

    def target(self, subject: str, webhook_id: str) -> Target:
        """Where to deliver. Raises `WebhookUnknown`, `SubjectErased`."""
        try:
            fields = self._vault.get(subject, _record(webhook_id)).fields
        except RecordUnknown:
            raise WebhookUnknown from None
        signing = [fields["secret"].decode()]
        if int(fields.get("former_until", b"0")) > self._vault.now():
            signing.append(fields["former"].decode())
        return Target(fields["url"].decode(), tuple(signing))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _record(webhook_id: str) -> str:
    return f"webhook:{webhook_id}"


def _webhook(row: tuple[object, ...]) -> Webhook:
    webhook_id, subject, types, *wanted = row[:8]
    named = None if types == ALL else frozenset(str(types).split())
    return Webhook(webhook_id, subject, Filter(named, *wanted), *row[8:])  # type: ignore[arg-type]
