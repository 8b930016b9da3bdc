"""What lending does every day: the root of its decisions, and standings as behaviour moves them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from tallystick.chain.deployment import load_deployment
from tallystick.config import Settings
from tallystick.db import Database, migrate, open_database
from tallystick.decisions import behaviour, releases
from tallystick.decisions.behaviour import Moved
from tallystick.decisions.books import books_now
from tallystick.decisions.errors import NothingReleased
from tallystick.decisions.roots import Root, record_root
from tallystick.decisions.schema import schema
from tallystick.decisions.told import tell_reviews
from tallystick.identity.access.access import identity_file
from tallystick.identity.access.wallets import Wallets
from tallystick.identity.vault import SubjectErased, Vault
from tallystick.identity.vault.errors import KeyServiceInvalid
from tallystick.jobs.job import DAY, NotYet, Turn
from tallystick.loans.calendar import date_of, day_at
from tallystick.messages.outbox import enqueue, messages_file
from tallystick.offers.schema import schema as offers_schema
from tallystick.wallets.errors import IndexBehind

_TOLD_DAYS = 30
"""For so long it is worth telling."""


@contextmanager
def lending_database(settings: Settings) -> Iterator[Database]:
    """The service's database with the tables of lending."""
    with open_database(settings.db) as db:
        for each in (offers_schema, schema):
            migrate(db, each)
        yield db


def root(settings: Settings, turn: Turn) -> str:
    """The job: the root over the turn's decisions goes into the trail.

    Raises `DecisionConflict` when the trail has another root of that day.
    """
    if settings.vault_index_key is None:
        raise NotYet("nobody can sign in, so nothing is decided")
    return described(record(settings, turn.day, turn.now))


def record(settings: Settings, day: date, now: int) -> Root:
    """Writes the root of a day. Raises `DecisionConflict`."""
    file = identity_file(settings.identity)
    try:
        with lending_database(settings) as db:
            return record_root(db, file, day, now)
    finally:
        file.close()


def described(found: Root) -> str:
    """A root in a line."""
    return f"{found.day} {found.decisions} decisions {found.root}"


def standings(settings: Settings, turn: Turn) -> str:
    """The job: looks at every borrower's books, keeps whose standing moved, and tells them."""
    try:
        moved = look_at_all(settings, turn.now)
    except (KeyServiceInvalid, NothingReleased, IndexBehind) as error:
        raise NotYet(str(error)) from error
    tell_news(settings, turn.now)
    return f"{len(moved)} standings moved"


def tell_news(settings: Settings, now: int) -> None:
    """Puts a message into the outbox for every standing that moved and every review that was closed
    lately, once: also for those that a process killed before it told them has left untold."""
    file = messages_file(settings.messages)
    try:
        with lending_database(settings) as db, file.open() as box:
            for subject, moved, former in behaviour.moved_since(db, now - _TOLD_DAYS * DAY):
                facts = {
                    "limit_pct": moved.limit_pct,
                    "way": "up" if behaviour.is_up(moved, former) else "down",
                    "moved_on": date_of(day_at(moved.at)).isoformat(),
                }
                key = f"lending:{moved.at}"
                enqueue(box, subject, "limit_moved", facts, key, topic="lending", now=now)
            tell_reviews(db, box, now - _TOLD_DAYS * DAY, now)
    finally:
        file.close()


def look_at_all(settings: Settings, now: int) -> list[tuple[str, Moved]]:
    """Subjects whose standing moved.

    Raises `NothingReleased`, `KeyServiceInvalid`, `IndexBehind`.
    """
    vault = Vault.from_settings(settings)
    clocks = {load_deployment(settings.deployment).chain_id: now}
    found = []
    try:
        with lending_database(settings) as db:
            release = releases.active(db)
            policy = releases.bench_named(db, release, "champion").policy
            wallets = Wallets(vault)
            for subject in behaviour.subjects(db):
                try:
                    vault.require(subject)
                    owned = [wallet.address for wallet in wallets.of_subject(subject)]
                except SubjectErased:
                    continue
                books = books_now(db, owned, clocks)
                moved = behaviour.look(db, subject, books, policy, release, now)
                if moved is not None:
                    found.append((subject, moved))
    finally:
        vault.close()
    return found
