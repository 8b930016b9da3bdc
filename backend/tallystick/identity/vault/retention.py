"""Deletes what has been kept for as long as it may be."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.config import Settings
from tallystick.db import write
from tallystick.identity.vault.errors import KeyServiceInvalid
from tallystick.identity.vault.files import owe_scrub
from tallystick.identity.vault.scrub import finish_deletions
from tallystick.identity.vault.vault import Vault
from tallystick.jobs.job import NotYet, Turn


@dataclass(frozen=True, slots=True)
class Retained:
    """Versions of records that were `deleted`, and those whose time is over but that are `held`."""

    deleted: int
    held: int

    def __str__(self) -> str:
        return f"{self.deleted} deleted, {self.held} kept by a legal hold"


def daily(settings: Settings, _: Turn) -> str:
    """The job. Raises `ScrubBlocked`."""
    try:
        vault = Vault.from_settings(settings)
    except KeyServiceInvalid as error:
        raise NotYet(str(error)) from error
    try:
        return str(enforce_retention(vault))
    finally:
        vault.close()


def enforce_retention(vault: Vault) -> Retained:
    """Deletes every version of a record whose time is over, unless a hold keeps its subject.

    Also finishes erasures that were interrupted. Raises `ScrubBlocked`.
    """
    now = vault.now()
    # the lock on the keys keeps a hold from being laid on what is being deleted
    with vault.keys.open() as keys, write(keys) as holds, vault.fields.open() as db:
        live = "SELECT DISTINCT subject FROM holds WHERE until IS NULL OR until > ?"
        held = {subject for (subject,) in holds.execute(live, (now,))}
        over = db.execute(
            "SELECT subject, record, version FROM records WHERE keep_until <= ?", (now,)
        ).fetchall()
        due = [place for place in over if place[0] not in held]
        if due:
            with write(db) as conn:
                conn.executemany(
                    "DELETE FROM records WHERE subject = ? AND record = ? AND version = ?", due
                )
                owe_scrub(conn, now)
    finish_deletions(vault)
    return Retained(len(due), len(over) - len(due))
